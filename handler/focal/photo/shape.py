"""Whether a map of a photo, such as a mask or its depth, has the photo's shape."""

from __future__ import annotations

Size = tuple[int, int]  # height and width

# Depth networks work on sides that are multiples of 14 or 32, phones on sensors of a little another shape.
MOST_STRETCH = 1.02


def is_rounded_copy(size: Size, of: Size) -> bool:
    """Whether one is the other, enlarged or reduced, with its sides rounded to whole pixels."""
    (h, w), (height, width) = size, of
    return not (height * (w - 1) > width * (h + 1) or height * (w + 1) < width * (h - 1))


def is_nearly_of_shape(size: Size, of: Size) -> bool:
    """Whether a smooth map of one size fits a photo of the other when it is stretched a little."""
    (h, w), (height, width) = size, of
    stretch = (w * height) / (h * width)
    return 1 / MOST_STRETCH <= stretch <= MOST_STRETCH or is_rounded_copy(size, of)
