"""One device beside the processor: the same classes, maps and masks within tolerances, and the time that they take.

The reference is the processor in float32. Networks that find people run on the processor wherever Focal runs, and are
left out.
"""

from __future__ import annotations

import copy
import itertools
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from focal.inspection import inspect
from focal.machine.process import prepare
from focal.mask.photo_graph import build_graph
from focal.mask.refined import refined_mask
from focal.network import backbones
from focal.network.classifier import classify
from focal.network.model import CPU, Model, load_model
from focal.network.saliency import grey_saliency, guided_saliency
from focal.options import Options
from focal.photo.photo import Photo
from focal.photo.views import whole_view
from focal.pipeline import develop

from .benchmark.photos import SIZES, made_photo

# A GPU sums in another order, and the processor may take the gradients of a mask in bfloat16. So the pipeline's own
# masks differ by as much as tests/network/test_bfloat16.py allows; all else is held against float32.
LEAST = {"features": 0.999, "gradients": 0.99, "saliency": 0.99, "mask": 0.98, "pipeline's mask": 0.95}
MOST = {"probability": 1e-3}
COMPARED_SEEDS, COMPARED_MEGAPIXELS = (0, 1), 0.5
BATCHES = (1, 8)

Pixels = npt.NDArray[np.uint8]


def check(
    device: torch.device, names: Sequence[str], megapixels: Sequence[float], rounds: int, weights: Path | None
) -> dict[str, Any]:
    """What is found of the backbones of these names, as it is printed.

    device: what is held against the processor.   megapixels: of the photos that are timed.   rounds: of each time.
    weights: the folder with EfficientNet-Lite0's file, if it is known.
    """
    prepare(threads=1)
    # A tenth of float32's digits are not enough for a comparison.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        reference, origin = _reference(name, weights)
        tried = replace(reference, network=copy.deepcopy(reference.network).to(device), device=device)
        photos = [_photo(COMPARED_MEGAPIXELS, seed) for seed in COMPARED_SEEDS]
        compared = [compare(reference, tried, photo) for photo in photos]
        times = {"cpu": _times(reference, megapixels, rounds)}
        if device != CPU:
            times[str(device)] = _times(tried, megapixels, rounds)
        found[name] = {"weights": origin, "compared": compared, "milliseconds": times}
    passed = all(is_within(each) for of_backbone in found.values() for each in of_backbone["compared"])
    return {
        "passed": passed,
        "machine": _machine(device),
        "tolerances": {"least": LEAST, "most": MOST},
        "backbones": found,
    }


def compare(reference: Model, tried: Model, photo: Photo) -> dict[str, float | bool]:
    """How alike two models find a photo: cosines, soft intersections over unions, and a difference of probabilities.

    The saliency is that of the reference's class in both.
    """
    expected, found = (classify(model, photo.preview) for model in (reference, tried))
    index, view = int(expected.argmax()), whole_view(photo.preview)
    (exact,), (ours,) = (guided_saliency(model, view, [index]) for model in (reference, tried))
    masks = [refined_mask(build_graph(photo.preview, each.features), each).mask for each in (exact, ours)]
    options = Options(target=index, people="off")
    alphas = [develop(photo, options, model, wants_saliency=False).subject.alpha for model in (reference, tried)]
    return {
        "class": bool(expected.argmax() == found.argmax()),
        "probability": float(np.abs(expected - found).max()),
        "features": min(map(_cosine, exact.features.maps, ours.features.maps)),
        "gradients": min(map(_cosine, *([each.fine_gradient, *each.feature_gradients] for each in (exact, ours)))),
        "saliency": _cosine(grey_saliency(exact.gradient), grey_saliency(ours.gradient)),
        "mask": _overlap(*masks),
        "pipeline's mask": _overlap(*alphas),
    }


def is_within(compared: dict[str, float | bool]) -> bool:
    """Whether a comparison is within all tolerances."""
    alike = all(compared[name] >= least for name, least in LEAST.items())
    return bool(compared["class"]) and alike and all(compared[name] <= most for name, most in MOST.items())


def _reference(backbone: str, weights: Path | None) -> tuple[Model, str]:
    """A backbone on the processor, with its real weights if they are at hand, and where its weights come from."""
    declared = backbones.find(backbone)
    folders = [] if weights is None else [weights]
    if declared.weights.package and (package := find_spec(declared.weights.package)) and package.origin:
        folders.append(Path(package.origin).parent)
    for file in (file for folder in folders for file in folder.rglob(declared.weights.file_name)):
        return load_model(declared, file), str(file)
    torch.manual_seed(0)
    return Model(declared, declared.build().eval().requires_grad_(False), CPU), "seed 0"


def _photo(megapixels: float, seed: int = 0) -> Photo:
    return Photo(made_photo(*SIZES[megapixels], seed), None, "PNG")


def _times(model: Model, megapixels: Sequence[float], rounds: int) -> list[dict[str, float]]:
    """The median milliseconds of each of `_steps`, for batches of BATCHES photos of each size."""
    found = []
    for size, batch in itertools.product(megapixels, BATCHES):
        steps = _steps(model, [_photo(size, seed).pixels for seed in range(batch)])
        medians = {name: _median_ms(step, model.device, rounds) for name, step in steps.items()}
        found.append({"megapixels": size, "batch": batch, **medians})
    return found


def _steps(model: Model, pixels: Sequence[Pixels]) -> dict[str, Callable[[], object]]:
    """What is timed of a batch: class and saliency of its photos, their pictures, and their classes in one pass.

    The pipeline takes the photos of a batch one after the other, so that the bits of an answer do not depend on what
    else is asked; the one pass shows what a GPU would gain without that.
    """
    options, side = Options(people="off"), model.backbone.crop_px
    views = model.normalise(np.zeros((len(pixels), side, side, 3), np.uint8))

    def photos() -> list[Photo]:
        return [Photo(each, None, "PNG") for each in pixels]  # anew: a photo remembers its preview

    def classes() -> None:
        with torch.inference_mode():
            model.network(views)

    return {
        "class and saliency": lambda: [
            inspect(each, options, model, wants_saliency=True).saliency.gradient for each in photos()
        ],
        "class to picture": lambda: [develop(each, options, model, wants_saliency=False) for each in photos()],
        "classes in one pass": classes,
    }


def _median_ms(step: Callable[[], object], device: torch.device, rounds: int) -> float:
    """The median time of a step that has run once before, by the device's own events where it is a GPU."""
    step()
    times: list[float] = []
    for _ in range(rounds):
        if device.type == "cuda":
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
            torch.cuda.synchronize(device)
            start.record()
            step()
            end.record()
            torch.cuda.synchronize(device)
            times.append(start.elapsed_time(end))
        else:
            began_s = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - began_s))
    return float(round(statistics.median(times), 2))


def _cosine(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    x, y = (np.asarray(each, np.float64).ravel() for each in (a, b))
    return float(x @ y) / max(float(np.linalg.norm(x)) * float(np.linalg.norm(y)), 1e-30)


def _overlap(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    """The soft intersection over the union of two masks; 1 where both are empty."""
    union = float(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum()) / union if union else 1.0


def _machine(device: torch.device) -> dict[str, str]:
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else "none"
    return {
        "device": str(device),
        "gpu": gpu,
        "cuda": str(torch.version.cuda),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
