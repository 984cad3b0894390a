"""The most memory that a server may need, and how many workers fit this machine or container."""

from __future__ import annotations

from focal.settings import Settings
from setup.console import CommandError
from setup.machine import memory_bytes

from .torchserve import memory_megabytes


def most_bytes(limits: Settings, workers: int) -> int:
    """The most that a server of so many workers takes, whatever it is sent: docs/operations.md explains each part."""
    photos = workers * (limits.worker_memory_bytes + limits.decoder_memory_bytes)
    java = 2 * memory_megabytes(limits, workers) * 1_000_000  # objects, and as much again for buffers
    return photos + java + limits.body_memory_bytes(workers)


def refuse_more_than_fit(limits: Settings, workers: int) -> None:
    """Raise CommandError if so many workers may need more memory than there is, and say how many fit."""
    there = memory_bytes()
    if most_bytes(limits, workers) <= there:
        return
    fitting = next((fewer for fewer in range(workers - 1, 0, -1) if most_bytes(limits, fewer) <= there), 0)
    instead = f"choose {fitting}" if fitting else "lower FOCAL_MAX_MEGAPIXELS"
    raise CommandError(
        f"{workers} worker{'s' if workers > 1 else ''} may need {most_bytes(limits, workers) / 1e9:.1f} GB with these "
        f"limits, and there are {there / 1e9:.1f} GB here: {instead}, or insist with --force."
    )
