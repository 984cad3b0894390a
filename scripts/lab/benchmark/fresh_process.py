"""One short run of Focal or of the published code in fresh processes, so that no run inherits another's memory.

How long the published code takes at 12 megapixels depends on the state of the machine's memory, which a process keeps
for as long as it lives: rounds in one process repeat one state, runs in fresh processes sample many.

`python3 -m lab.benchmark.fresh_process WHAT BACKBONE MEGAPIXELS` is the run; it prints the seconds of one photo.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from setup.console import CommandError
from setup.environment import PYTHON_PATH

SIDES = FOCAL, PUBLISHED = "focal", "published, resident"
PHOTOS = 2  # that are timed, after one that is not


def run_afresh(what: str, backbone: str, megapixels: float) -> float:
    """The median seconds of a photo in a run of its own.   what: "focal" or "published, resident".

    Raises CommandError if the run fails.
    """
    offline = {"FOCAL_OFFLINE": "1"}  # no run waits for weights that could not be had before it
    done = subprocess.run(
        [sys.executable, "-m", __name__, what, backbone, str(megapixels)],
        env=os.environ | offline | {"PYTHONPATH": PYTHON_PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"A run of {what} failed: {done.stderr.strip()}")
    return float(done.stdout.split()[-1])


def main() -> None:
    """Time a few photos, both sides by the same steps."""
    what, backbone, megapixels = sys.argv[1:]
    if what not in SIDES:
        raise SystemExit(f"{what} is neither {' nor '.join(SIDES)}.")
    from .in_process import InProcess, PhotoRequest  # imports torch

    request = PhotoRequest.of(float(megapixels), "JPEG", "json")
    with InProcess() as in_process:
        answers: dict[str, Callable[[], object]] = {
            FOCAL: lambda: in_process.focal(backbone, request),
            PUBLISHED: lambda: in_process.resident.answer(request.body),
        }
        answers[what]()
        took_s = []
        for _ in range(PHOTOS):
            start_s = time.perf_counter()
            answers[what]()
            took_s.append(time.perf_counter() - start_s)
    print(median(took_s))


if __name__ == "__main__":
    main()
