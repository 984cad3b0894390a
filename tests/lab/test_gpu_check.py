"""The check of a GPU, on a machine that has none: the processor beside itself, and what it says without a GPU."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from focal.network.model import Model
from focal.photo.photo import Photo
from lab.benchmark.photos import SIZES, made_photo
from lab.gpu_check import LEAST, MOST, compare, is_within

from tests.conftest import ROOT

# Focal's other packages, which a machine with a GPU need not have.
OTHERS = ("ai_edge_litert", "imagecodecs", "multipart", "pillow_heif", "psutil", "ray", "simplejpeg", "tifffile", "ts")
PROGRAM = f"""
import runpy, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OTHERS}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
sys.path[:0] = ["scripts", "handler"]
if "--device" in sys.argv:
    import lab.gpu_check
    lab.gpu_check.BATCHES = (1, 4)  # in half the time
runpy.run_path("scripts/gpu-check", run_name="__main__")
"""


def run_check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_processor_is_like_itself_and_is_timed_with_no_other_package() -> None:
    ran = run_check("--device", "cpu", "--backbones", "efficientnet_lite0", "--megapixels", "0.2", "--rounds", "1")

    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["passed"]
    lite0 = found["backbones"]["efficientnet_lite0"]
    assert "efficientnet-lite0" in lite0["weights"]
    assert all(set(each) == {"class", *LEAST, *MOST} for each in lite0["compared"])
    assert [(each["megapixels"], each["batch"]) for each in lite0["milliseconds"]["cpu"]] == [(0.2, 1), (0.2, 4)]
    one, four = lite0["milliseconds"]["cpu"]
    assert all(0 < one[name] < four[name] for name in one if name not in ("megapixels", "batch"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_says_so_in_one_sentence() -> None:
    ran = run_check()

    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr == "!!! torch sees no GPU here; run this on a machine that has one, or with --device cpu.\n"


def test_a_device_that_computes_something_else_is_not_within_the_tolerances(model: Model) -> None:
    photo = Photo(made_photo(*SIZES[0.2]), None, "PNG")
    wrong = replace(model, backbone=replace(model.backbone, mean=(0.3, 0.5, 0.4)))

    assert is_within(compare(model, model, photo))
    assert not is_within(compare(model, wrong, photo))
