"""What to do where a mask is likely wrong, or a photo blurred already: a gentle blur, which cannot ruin it."""

from __future__ import annotations

# Below it lies one in twelve of the masks that find the subject: docs/mask.md.
LOW_CONFIDENCE = 0.66
# A third of the blur, chosen by eye: what is wrongly taken for background goes a little soft, and stays itself. A wider
# soft edge only drew a halo; between sharp and nearly sharp no edge is seen.
GENTLE_SHARE = 1 / 3


def is_gentle(fallback: str, confidence: float | None, *, is_blurred: bool = False) -> bool:
    """Whether the gentle blur is called for.

    fallback: the option, "auto", "always" or "never".   confidence: of the mask, 0..1; None where it is unknown.
    is_blurred: whether the photo shows a camera's own blur already, which another one would double.
    """
    if fallback == "auto":
        return is_blurred or (confidence is not None and confidence < LOW_CONFIDENCE)
    return fallback == "always"


def gentle_strength(strength_frac: float) -> float:
    """The gentle blur's circle of confusion, from the one asked for; both fractions of the longer side."""
    return GENTLE_SHARE * strength_frac
