"""TorchServe's workers: how many there should be, and which processes they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

import psutil
from setup.console import CommandError
from setup.machine import available_cores


def worker_count(environment: Mapping[str, str] = os.environ) -> int:
    """Worker processes: FOCAL_WORKERS, or as many as keep workers x torch threads within the cores.

    Processes scale better than threads: docs/performance.md.
    """
    threads = _whole_number("FOCAL_TORCH_THREADS", environment.get("FOCAL_TORCH_THREADS") or "1")
    workers = environment.get("FOCAL_WORKERS") or str(max(1, available_cores() // threads))
    return _whole_number("FOCAL_WORKERS", workers)


def worker_pids(torchserve_pid: int) -> list[int]:
    """The worker processes of a TorchServe, in ascending order."""
    pids = []
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(torchserve_pid).children():
            with suppress(psutil.Error):
                if any(word.endswith("model_service_worker.py") for word in child.cmdline()):
                    pids.append(child.pid)
    return sorted(pids)


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1024):
        raise CommandError(f"{name} must be a whole number from 1 to 1024.")
    return int(text)
