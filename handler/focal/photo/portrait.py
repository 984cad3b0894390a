"""What the portrait mode of any maker's phone left in a photo's file; what is damaged there is ignored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import apple_depth, exif, google_depth
from .depth import NO_PORTRAIT, DepthMap, Portrait
from .jpeg_segments import whole_xmp
from .limits import CheckSize
from .picture import Picture
from .readers import READERS
from .shape import is_nearly_of_shape
from .upright import UPRIGHT


def read_portrait(data: bytes, source_format: str, check_size: CheckSize) -> tuple[Portrait, bytes | None]:
    """What a file holds besides its picture, not turned yet; and the encoded sharp picture, if it holds one."""
    try:
        if source_format == "HEIF":
            return apple_depth.in_heif(data, check_size), None
        if source_format == "JPEG":
            found = google_depth.in_jpeg(data, whole_xmp(data), check_size)
            if found.depth or found.original:
                return Portrait(found.depth, is_blurred=found.is_blurred), found.original
            return apple_depth.in_jpeg(data, check_size), None
    except Exception:  # decoders raise nearly anything on hostile bytes; the photo itself may be sound
        return NO_PORTRAIT, None
    return NO_PORTRAIT, None


def fitted(portrait: Portrait, picture: Picture) -> Portrait:
    """A portrait's maps, turned as the picture is; those of another shape than the picture's are left out.

    Whether the picture is blurred is known by its EXIF, too.
    """

    def fits(size: tuple[int, ...]) -> bool:
        return is_nearly_of_shape((size[0], size[1]), (picture.height, picture.width))

    turn, depth, matte = UPRIGHT[picture.orientation], portrait.depth, portrait.matte
    if depth:
        disparity = np.asarray(turn(depth.disparity), np.float32)
        depth = DepthMap(disparity, depth.source) if fits(depth.disparity.shape) else None
    if matte is not None:
        matte = np.asarray(turn(matte), np.uint8) if fits(matte.shape) else None
    is_blurred = portrait.is_blurred or exif.is_rendered_portrait(picture.extras.exif)
    return replace(portrait, depth=depth, matte=matte, is_blurred=is_blurred)


def sharp_picture(original: bytes, picture: Picture, check_size: CheckSize) -> Picture | None:
    """The sharp picture in place of the blurred one, if it is sound and as large; its colours are its own."""
    try:
        sharp = READERS["JPEG"](original, check_size)
    except Exception:  # as above
        return None
    if (sharp.width, sharp.height) != (picture.width, picture.height):
        return None
    marking = sharp.marking or picture.marking
    return replace(sharp, marking=marking, orientation=picture.orientation, extras=picture.extras)
