"""The benchmark's sections without a server: Focal in this process and in fresh ones, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from .figures import Label, Record
from .fresh_process import run_afresh
from .in_process import ImageFloor, InProcess, PhotoRequest
from .photos import photo_file
from .plan import LARGEST_OFTEN, Plan
from .rounds import Case, interleave

MOST_PUBLISHED_ROUNDS = 5
RUNS_MEGAPIXELS = 12.0


def stages(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """Focal in process: the total and each stage, for every size, file format, request format and backbone."""
    records = []
    for megapixels, rounds in plan.rounds.items():
        cases = [
            focal_case(in_process, backbone, megapixels, image_format, sent)
            for backbone in plan.backbones
            for image_format in plan.formats
            for sent in ("json", "raw")
            if len(photo_file(megapixels, image_format)) <= in_process.settings.max_photo_bytes
        ]
        records += interleave("stages", cases, rounds)
    return records


def floor(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """Focal in process against the published code, the floor and the baselines."""
    records = []
    for megapixels, rounds in plan.rounds.items():
        request = PhotoRequest.of(megapixels, "JPEG", "json")
        answered, _ = in_process.focal(plan.backbones[0], request)
        images = ImageFloor(photo_file(megapixels, "JPEG"), answered, in_process.quality)
        sized: dict[str, Label] = {"megapixels": megapixels}
        cases = [
            *(focal_case(in_process, backbone, megapixels, "JPEG", "json") for backbone in plan.backbones),
            Case({"what": "image floor", **sized}, images.run),
            *(
                Case({"what": baseline.name, **sized}, baseline.on(photo_file(megapixels, "JPEG")))
                for baseline in plan.baselines
            ),
        ]
        if megapixels <= LARGEST_OFTEN:
            cases += [
                Case({"what": "published", **sized}, _quietly(in_process.published.answer, request.body)),
                Case({"what": "published, resident", **sized}, _quietly(in_process.resident.answer, request.body)),
            ]
        found = interleave("floor", cases, min(rounds, MOST_PUBLISHED_ROUNDS))
        floors_s = {backbone: in_process.network_floors_s(backbone)["network floor"] for backbone in plan.backbones}
        records += found + [
            Record("floor", tuple(value + floors_s[backbone] for value in one.values),
                   {"what": "floor", "backbone": backbone, **sized})
            for one in found if one.labels["what"] == "image floor" for backbone in plan.backbones
        ]  # fmt: skip
    return records


def runs(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """Focal and the published code with resident weights, each in fresh processes for each run."""
    backbone = plan.backbones[0]
    sides: dict[str, dict[str, Label]] = {"focal": {"backbone": backbone}, "published, resident": {}}
    cases = [
        Case(
            {"what": what, "megapixels": RUNS_MEGAPIXELS, **labels},
            partial(run_afresh, what, backbone, RUNS_MEGAPIXELS),
        )
        for what, labels in sides.items()
    ]
    return interleave("runs", cases, plan.runs, warm_up=False)


def network(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """Class and saliency of 1 and 8 photos, against the floor of this machine's memory and arithmetic."""
    cases = [
        Case({"what": "network", "backbone": backbone, "batch": batch}, in_process.inspections(backbone, batch))
        for backbone in plan.backbones
        for batch in (1, 8)
    ]
    floors = [
        Record("network", (floor_s,), {**case.labels, "what": what})
        for case in cases
        for what, floor_s in in_process.network_floors_s(
            str(case.labels["backbone"]), int(case.labels["batch"])
        ).items()
    ]
    return interleave("network", cases, max(plan.rounds.values())) + floors


def focal_case(in_process: InProcess, backbone: str, megapixels: float, image_format: str, sent: str) -> Case:
    """Focal in process, on one photo."""
    request = PhotoRequest.of(megapixels, image_format, sent)
    labels: dict[str, Label] = {
        "what": "focal",
        "backbone": backbone,
        "megapixels": megapixels,
        "format": image_format,
        "sent": sent,
    }
    return Case(labels, lambda: in_process.focal(backbone, request)[1].seconds)


def _quietly(work: Callable[[bytes], bytes], body: bytes) -> Callable[[], None]:
    def run() -> None:
        work(body)

    return run
