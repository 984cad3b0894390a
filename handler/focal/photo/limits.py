"""The limits of a photo, held before a pixel of it is decoded."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..errors import PhotoTooLarge
from ..settings import Settings

# Width and height -> nothing, or PhotoTooLarge.
CheckSize = Callable[[int, int], None]

# The largest of the usual ones, of newspaper presses, have 4 MB.
MAX_PROFILE_BYTES = 8_000_000


def check_size(width: int, height: int, settings: Settings) -> None:
    """Raises PhotoTooLarge; for its shape first, which no scaling mends."""
    longer, shorter = max(width, height), min(width, height)
    if longer > settings.max_aspect_ratio * shorter:
        raise PhotoTooLarge(
            f"The photo is {width} by {height} pixels; its longer side may be at most "
            f"{settings.max_aspect_ratio:g} times the shorter: crop it."
        )
    if width * height > settings.max_pixels:
        megapixels = math.ceil(width * height / 10_000) / 100  # rounded up, so that it is more than the limit
        raise PhotoTooLarge(
            f"The photo has {megapixels:.2f} megapixels; the limit is {settings.max_megapixels:g}: send a smaller one."
        )
    if longer > settings.max_side_px:
        raise PhotoTooLarge(
            f"The photo's longer side has {longer} pixels; the limit is {settings.max_side_px}: send a smaller one."
        )


def check_profile(profile: bytes | None) -> bytes | None:
    """The ICC profile of a file, if it has one. Raises PhotoTooLarge."""
    if profile and len(profile) > MAX_PROFILE_BYTES:
        raise PhotoTooLarge(
            f"The photo's colour profile has more than {MAX_PROFILE_BYTES / 1e6:g} MB; "
            "convert the photo to sRGB or Display P3 and send it again."
        )
    return profile or None
