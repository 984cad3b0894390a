"""The sections of the benchmark that start servers: waits, rates, processor time, memory and starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from setup.machine import affinity, pinned_to

from .figures import Label, Record
from .in_process import InProcess, PhotoRequest
from .memory import WorkerMemory
from .plan import LARGEST_OFTEN, Plan
from .processor import ProcessorTime
from .rounds import Case, interleave
from .sections_in_process import focal_case
from .server import WINDOW_S, Client, bench_server, model_store, rate, throughput
from .startup import serve_to_answer_s, torchserve_to_answer_s

MEMORY_MEGAPIXELS = (0.2, 0.5, 2, 12, 24, 48)
CLIENTS = (1, 2, 4, 8)
BATCH_CLIENTS = (1, 2, 4)
# size of a batch, milliseconds of waiting until it is full
BATCHES = ((1, 5), (4, 5), (8, 5), (4, 50), (8, 50))
ALL_CORES = affinity()
PAUSE_S = 0.1
SHARED_PHOTOS = 20  # over which processor time is averaged: the system counts it in hundredths of a second


def http(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """One client through the gateway and TorchServe, against the same in process."""
    records = []
    with ExitStack() as servers:
        urls = {
            backbone: plan.url or servers.enter_context(bench_server(backbone, model_store(folder, backbone)))[0]
            for backbone in plan.backbones
        }
        for megapixels, rounds in plan.rounds.items():
            if megapixels > LARGEST_OFTEN:
                continue
            cases = []
            for backbone, url in urls.items():
                for sent in ("json", "raw"):
                    inner = focal_case(in_process, backbone, megapixels, "JPEG", sent)
                    request = PhotoRequest.of(megapixels, "JPEG", sent)
                    cases += [inner, Case({**inner.labels, "what": "http"}, _asking(Client(url), request))]
            records += interleave("http", cases, rounds)
    return records


def batch(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """Photos a second and a client's wait, for each batch size and delay of TorchServe.

    With one backbone only: any backbone works on the photos of a batch one after the other.
    """
    backbone, request, cases = plan.backbones[0], PhotoRequest.of(0.5, "JPEG", "json"), []
    with ExitStack() as servers:
        for size, delay_ms in BATCHES:
            url, _ = servers.enter_context(bench_server(backbone, model_store(folder, backbone, size, delay_ms)))
            for number in BATCH_CLIENTS:
                labels: dict[str, Label] = {"batch": size, "delay_ms": delay_ms, "clients": number}
                cases.append(Case({"backbone": backbone, **labels}, _answering(url, request, number)))
        found = interleave("batch", cases, plan.server_rounds, warm_up=False)
    return [
        Record("batch", one.values, {"what": what, **_without_stage(one)}, unit)
        for what, unit in (("rate", "photos/s"), ("wait", "s"))
        for one in found
        if one.labels.get("stage") == what
    ]


def clients(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """Photos a second for 1, 2, 4 and 8 clients, with server and clients pinned to one core or to two."""
    request, cases = PhotoRequest.of(2, "JPEG", "json"), []
    with ExitStack() as servers:
        for backbone in plan.backbones:
            for count in (1, 2):
                cores = frozenset(range(count))
                with pinned_to(cores):
                    url, _ = servers.enter_context(bench_server(backbone, model_store(folder, backbone)))
                for number in CLIENTS:
                    labels = {"backbone": backbone, "cores": count, "clients": number}
                    cases.append(Case(labels, rate(url, request, number, cores), "photos/s"))
        return interleave("clients", cases, plan.server_rounds, warm_up=False)


def shares(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """The processor time of a photo in each part of a server, and in the client."""
    records = []
    for backbone in plan.backbones:
        with bench_server(backbone, model_store(folder, backbone), FOCAL_WORKERS="1") as (url, runtime):
            client, processor = Client(url), ProcessorTime(runtime)
            for megapixels in (size for size in plan.rounds if size <= LARGEST_OFTEN):
                request = PhotoRequest.of(megapixels, "JPEG", "json")
                for _ in range(SHARED_PHOTOS):  # warms up Java too
                    client.ask(request)
                processor.restart()
                for _ in range(SHARED_PHOTOS):
                    client.ask(request)
                records += [
                    Record("shares", (seconds / SHARED_PHOTOS,),
                           {"backbone": backbone, "megapixels": megapixels, "part": part})
                    for part, seconds in processor.taken_s().items()
                ]  # fmt: skip
    return records


def memory(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """The memory of a worker and its decoder, idle and at the peak of each size; and what two workers share."""
    records = []
    for backbone in plan.backbones:
        store = model_store(folder, backbone)
        with bench_server(backbone, store, FOCAL_WORKERS="1") as (url, runtime):
            worker, client = WorkerMemory(runtime), Client(url)
            idle = worker.now()
            records += [
                Record("memory", (value,), {"backbone": backbone, "what": f"idle {name}"}, "MB")
                for name, value in {**idle, "worker, its own": worker.own()}.items()
            ]
            for megapixels in MEMORY_MEGAPIXELS:
                request = PhotoRequest.of(megapixels, "JPEG", "json")
                peaks = []
                for _ in range(plan.server_rounds):
                    worker.reset_peaks()
                    client.ask(request)
                    peaks.append(sum(worker.peaks().values()) - sum(idle.values()))
                labels = {"backbone": backbone, "what": "above idle", "megapixels": megapixels}
                records.append(Record("memory", tuple(peaks), labels, "MB"))
        with bench_server(backbone, store, FOCAL_WORKERS="2") as (url, runtime):
            worker = WorkerMemory(runtime)
            while not worker.are_loaded(2):
                time.sleep(PAUSE_S)
            rate(url, PhotoRequest.of(0.5, "JPEG", "json"), 4, ALL_CORES)()  # so that both workers have answered
            records += [
                Record("memory", (value,), {"backbone": backbone, "what": f"two workers, {name}"}, "MB")
                for name, value in worker.workers().items()
            ]
    return records


def startup(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """From the start of scripts/serve, and of TorchServe alone, to the first answer to a photo."""
    cases = []
    for backbone in plan.backbones:
        cases += [
            Case({"backbone": backbone, "what": "scripts/serve"}, _started(serve_to_answer_s, folder, backbone)),
            Case(
                {"backbone": backbone, "what": "TorchServe alone"}, _started(torchserve_to_answer_s, folder, backbone)
            ),
        ]
    return interleave("cold", cases, plan.server_rounds)


def _asking(client: Client, request: PhotoRequest) -> Callable[[], None]:
    def run() -> None:
        client.ask(request)

    return run


def _answering(url: str, request: PhotoRequest, clients: int) -> Callable[[], dict[str, float]]:
    def run() -> dict[str, float]:
        found = throughput(url, request, clients, WINDOW_S, ALL_CORES)
        return {"rate": found.photos_per_s, "wait": found.median_s}

    return run


def _without_stage(record: Record) -> dict[str, Label]:
    return {name: value for name, value in record.labels.items() if name != "stage"}


def _started(
    to_answer_s: Callable[[Path, str, PhotoRequest], float], folder: Path, backbone: str
) -> Callable[[], float]:
    return lambda: to_answer_s(folder, backbone, PhotoRequest.of(0.5, "JPEG", "json"))
