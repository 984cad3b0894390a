"""What a TIFF says of its colours: a profile, a camera's mark, or the tags of TIFF 6.0 (section 20)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from . import exif, icc
from .limits import check_profile
from .spaces import BT709, Primaries, RgbSpace
from .tiff_kinds import MODELS

if TYPE_CHECKING:
    from tifffile import TiffPage

TRANSFER_FUNCTION, WHITE_POINT, PRIMARIES, EXIF_TAG, PROFILE = 301, 318, 319, 34_665, 34_675  # tags
MAX_CURVE_POINTS = 4096
SAME = 0.002  # of chromaticities: programs round those of sRGB to three places


def marking_of(page: TiffPage) -> bytes | RgbSpace | None:
    """The profile or space of a page; None is sRGB. Raises PhotoTooLarge."""
    profile = page.tags.valueof(PROFILE)
    return check_profile(bytes(profile)) if profile else _camera_space(page) or _calibration(page)


def _camera_space(page: TiffPage) -> RgbSpace | None:
    """What EXIF says of the colours."""
    exif_tags = page.tags.valueof(EXIF_TAG)
    if not isinstance(exif_tags, dict):
        return None
    index = (exif_tags.get("InteroperabilityTag") or {}).get("InteroperabilityIndex")
    return exif.marked_space(index, exif_tags.get("ColorSpace"))


def _calibration(page: TiffPage) -> bytes | RgbSpace | None:
    """What chromaticities and curves say: where there are curves, as a profile, since these need not be powers."""
    model, curves = MODELS.get(page.photometric), _curves(page)
    if model == "GRAY" and curves:
        return icc.grey_profile(curves[0])
    if model != "RGB":
        return None
    primaries = _primaries(page)
    if curves:
        return icc.rgb_profile_of_curves(primaries or BT709, curves if len(curves) == 3 else curves * 3)
    return RgbSpace(primaries, "srgb") if primaries else None


def _primaries(page: TiffPage) -> Primaries | None:
    """The primaries, if the file has white and all three, they make sense, and are not sRGB's."""
    with suppress(TypeError, ValueError, ZeroDivisionError):
        (white,) = _points(page.tags.valueof(WHITE_POINT))
        red, green, blue = _points(page.tags.valueof(PRIMARIES))
        found = Primaries(red, green, blue, white)
        distance = np.abs(np.subtract((red, green, blue, white), (BT709.red, BT709.green, BT709.blue, BT709.white)))
        return found if found.span_a_space and distance.max() > SAME else None
    return None


def _points(fractions: Sequence[int]) -> list[tuple[float, float]]:
    values = [numerator / denominator for numerator, denominator in zip(fractions[::2], fractions[1::2], strict=True)]
    return list(zip(values[::2], values[1::2], strict=True))


def _curves(page: TiffPage) -> list[npt.NDArray[np.uint16]]:
    """The light of each value, of one or three channels, of all values or as many as a curve needs."""
    stored = page.tags.valueof(TRANSFER_FUNCTION)
    length = 2**page.bitspersample if isinstance(page.bitspersample, int) else 0
    values = np.asarray([] if stored is None else stored, np.uint16).ravel()
    if not length or values.size not in (length, 3 * length):
        return []
    tables = values.reshape(-1, length)
    places = np.round(np.linspace(0, length - 1, min(length, MAX_CURVE_POINTS))).astype(int)
    # A curve that leads nowhere, of zeros say, is one that a program left empty.
    return [table[places] for table in tables] if (tables[:, -1] > tables[:, 0]).all() else []
