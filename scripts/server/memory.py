"""The most memory that a server may need, and how many workers fit this machine or container."""

from __future__ import annotations

from focal.settings import Settings
from setup.console import CommandError, warn
from setup.machine import memory_bytes

from .torchserve_config import memory_megabytes


def most_bytes(limits: Settings, workers: int) -> int:
    """The most that a server of so many workers takes, whatever it is sent: docs/operations.md explains each part."""
    photos = workers * (limits.worker_memory_bytes + limits.decoder_memory_bytes)
    java = 2 * memory_megabytes(limits, workers) * 1_000_000  # objects, and as much again for buffers
    return photos + java + limits.body_memory_bytes(workers)


def fitting_workers(limits: Settings, workers: int) -> int:
    """How many of so many workers fit into the memory of this machine or container, whatever they are sent; maybe 0."""
    there = memory_bytes()
    return next((fewer for fewer in range(workers, 0, -1) if most_bytes(limits, fewer) <= there), 0)


def refuse_more_than_fit(limits: Settings, workers: int) -> None:
    """Raise CommandError if so many workers may need more memory than there is, and say how many fit."""
    fitting = fitting_workers(limits, workers)
    if fitting == workers:
        return
    instead = f"choose {fitting}" if fitting else "lower FOCAL_MAX_MEGAPIXELS"
    raise CommandError(
        f"{workers} worker{'s' if workers > 1 else ''} may need {most_bytes(limits, workers) / 1e9:.1f} GB with these "
        f"limits, and there are {memory_bytes() / 1e9:.1f} GB here: {instead}, or insist with --force."
    )


def as_many_as_fit(limits: Settings, workers: int) -> int:
    """So many workers or, with a warning, the fewer that fit; one starts in any case, since small photos need less."""
    fitting, there = fitting_workers(limits, workers), f"there are {memory_bytes() / 1e9:.1f} GB here"
    if 0 < fitting < workers:
        warn(
            f"{fitting} of {workers} workers start: one more may need {most_bytes(limits, fitting + 1) / 1e9:.1f} GB "
            f"in all, and {there}; more start with a lower FOCAL_MAX_MEGAPIXELS, and all with --force."
        )
    elif not fitting:
        warn(
            f"1 worker may need {most_bytes(limits, 1) / 1e9:.1f} GB, and {there}: "
            "lower FOCAL_MAX_MEGAPIXELS, or the largest photos may find too little memory."
        )
    return max(1, fitting)
