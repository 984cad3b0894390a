"""Depth and matte of an iPhone's portrait photo: auxiliary pictures of a HEIC, or the frames behind a JPEG's first.

Apple's depth is disparity in 8 bits, white near, linear from apdi:FloatMinValue to FloatMaxValue; Apple calls it
relative, so that neither end is known in metres. The matte is 8 bits, linear, white where people are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pillow_heif

from ..arrays import Pixels
from . import xmp
from .depth import DepthMap, Portrait, of_disparity, of_distance
from .grey_map import read_grey_map, reduced
from .iso_boxes import meta_boxes
from .jpeg_segments import following_pictures, whole_xmp
from .limits import CheckSize

SOURCE = "photo"
# Kinds of auxiliary pictures: depth as HEVC itself names it (ISO/IEC 23008-12) and as MIAF does, and Apple's matte.
DEPTH_KINDS = (b"urn:mpeg:hevc:2015:auxid:2", b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth")
MATTE_KIND = "urn:com:apple:photo:2018:aux:portraiteffectsmatte"
# depth_representation_type of ISO/IEC 23008-2, G.14.3.3: 0 and 1, and 3 with a curve, are larger for what is nearer.
UNIFORM_Z = 2
# The matte of a JPEG calls itself depth; only the subtype tells the two apart.
KIND, SUBTYPE, MATTE_SUBTYPE = "apdi:AuxiliaryImageType", "apdi:AuxiliaryImageSubType", b"portraiteffectsmatte"


def in_heif(data: bytes, check_size: CheckSize) -> Portrait:
    """Of a HEIC. Raises PhotoTooLarge, and anything on damaged pictures."""
    properties = meta_boxes(data).get(b"iprp", b"")
    if not any(kind in properties for kind in (*DEPTH_KINDS, MATTE_KIND.encode())):
        return Portrait()
    with _auxiliary_pictures():
        file = pillow_heif.open_heif(io.BytesIO(data))
        image: Any = file[file.primary_index]
    depth = next((_heif_depth(each, check_size) for each in image.info["depth_images"]), None)
    mattes = [image.get_aux_image(number) for number in image.info["aux"].get(MATTE_KIND, ())[:1]]
    return Portrait(depth, _matte(_plane(mattes[0], check_size)) if mattes else None)


def in_jpeg(data: bytes, check_size: CheckSize) -> Portrait:
    """Of the frames behind a JPEG's first picture. Raises PhotoTooLarge, and anything on damaged frames."""
    depth, matte = None, None
    for frame in following_pictures(data):
        packet = whole_xmp(frame)
        kind, subtype = xmp.value(packet, KIND), xmp.value(packet, SUBTYPE)
        if subtype == MATTE_SUBTYPE:
            matte = _matte(read_grey_map(frame, check_size))
        elif subtype is None and kind == b"disparity":
            depth = of_disparity(read_grey_map(frame, check_size), SOURCE)
        elif subtype is None and kind == b"depth":
            least, greatest = (xmp.number(packet, f"apdi:Float{end}Value") or 0.0 for end in ("Min", "Max"))
            depth = of_distance(read_grey_map(frame, check_size), least, greatest, SOURCE)
    return Portrait(depth, matte)


@contextmanager
def _auxiliary_pictures() -> Iterator[None]:
    """Within the block, pillow-heif lists the auxiliary pictures of what it opens, which photos have no use for."""
    options = pillow_heif.options
    options.DEPTH_IMAGES = options.AUX_IMAGES = True
    try:
        yield
    finally:
        options.DEPTH_IMAGES = options.AUX_IMAGES = False


def _heif_depth(image: Any, check_size: CheckSize) -> DepthMap:
    greys, metadata = reduced(_plane(image, check_size)), image.info["metadata"]
    if metadata.get("representation_type") == UNIFORM_Z:
        return of_distance(greys, metadata.get("z_near", 0.0), metadata.get("z_far", 0.0), SOURCE)
    return of_disparity(greys, SOURCE)


def _plane(image: Any, check_size: CheckSize) -> Any:
    check_size(*image.size)
    samples = np.asarray(image.to_pillow())
    return samples if samples.ndim == 2 else samples[..., 1]


def _matte(samples: Any) -> Pixels:
    return np.asarray(reduced(samples) >> 8, np.uint8)
