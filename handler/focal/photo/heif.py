"""HEIF and AVIF: pictures in ISO boxes, whose own turns and crops count; an orientation in EXIF or XMP is but a remark.

pillow-heif (libheif) reads HEIC and the colour of both, Pillow (libavif) the pixels of AVIF, and imagecodecs (libavif)
those of HDR AVIFs, for which 8 bits are too few.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

from . import coded_colour, exif, gain_map
from .file_kinds import unsupported
from .iso_boxes import coded_item, crop
from .limits import CheckSize, check_profile
from .picture import BITS, Extras, Model, Picture, Samples
from .pillow import picture_of
from .spaces import HEIF_TRANSFERS, RgbSpace, of_code_points
from .transparency import straight

GRID = b"grid"
# What the pictures of a HEIF may be coded as besides HEVC; of an AVIF that does not call itself one, AV1.
OTHER_CODINGS = {
    b"av01": "AV1", b"avc1": "H.264", b"jpeg": "JPEG", b"j2k1": "JPEG 2000", b"vvc1": "H.266", b"evc1": "EVC",
    b"lhv1": "layered HEVC", b"unci": "plain samples", b"mski": "a mask",
}  # fmt: skip

# Only the main picture of a file is looked at.
pillow_heif.options.THUMBNAILS = pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.AUX_IMAGES = False


def read_heif(data: bytes, check_size: CheckSize) -> Picture:
    """Open a HEIC. Raises PhotoTooLarge, UnsupportedFormat, and anything on a damaged file."""
    item = coded_item(data)
    if item and item.kind in OTHER_CODINGS:
        raise unsupported(f"a HEIF picture coded as {OTHER_CODINGS[item.kind]}")
    image = _main(data)
    check_size(*image.size)
    marking, bits = _marking(data, image.info), image.info["bit_depth"]
    if _is_hdr(marking) and bits > 8:
        image = _main(data, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        samples = _sixteen_bits(np.asarray(image), bits)
    else:
        samples = np.asarray(image)
    check_size(*image.size)  # decoding may find another one
    picture = _of_samples("HEIF", straight(samples) if image.premultiplied_alpha else samples, marking)
    return replace(picture, extras=_extras(data, image.info))


def read_avif(data: bytes, check_size: CheckSize) -> Picture:
    """Open an AVIF, or the first frame of one.

    Raises PhotoTooLarge, UnsupportedFormat, and anything on a damaged file.
    """
    item = coded_item(data)
    if item and any(kind != GRID for kind in item.derivations):
        raise unsupported("an AVIF picture made by overlay of, or reference to, another")
    with Image.open(io.BytesIO(data), formats=["AVIF"]) as image:
        check_size(*image.size)
        box = crop(data, *image.size)
        # Pillow writes the container's own turn there, and nothing else can be read of it.
        turn = exif.orientation(image.info.get("exif"))
        known = _main(data).info
        marking = _marking(data, known)
        if _is_hdr(marking) and known["bit_depth"] > 8:
            picture = _of_samples("AVIF", _exact_avif(data, known["bit_depth"]), marking)
        else:
            picture = replace(picture_of(image), marking=marking)
    return replace(_cropped(picture, box) if box else picture, orientation=turn, extras=_extras(data, known))


def _main(data: bytes, **options: bool) -> Any:
    """pillow-heif's image of the main picture; nothing is decoded yet."""
    try:
        file = pillow_heif.open_heif(io.BytesIO(data), **options)
    except (RuntimeError, ValueError, OSError, SyntaxError) as error:
        if "nsupported" in str(error):
            raise unsupported("a HEIF file of a rare kind") from error
        raise
    return file[file.primary_index]


def _extras(data: bytes, info: Mapping[str, Any]) -> Extras:
    return Extras(info.get("exif"), info.get("xmp"), gain_map.in_iso_boxes(data))


def _marking(data: bytes, info: Mapping[str, Any]) -> bytes | RgbSpace | None:
    """The ICC profile or, without it, the space of the code points: those of a box or else of the coded picture."""
    profile, box = info.get("icc_profile"), info.get("nclx_profile")
    if profile:
        return check_profile(profile)
    points = (box["color_primaries"], box["transfer_characteristics"]) if box else coded_colour.code_points(data)
    space = of_code_points(points[0], points[1], HEIF_TRANSFERS) if points else None
    brightest = (info.get("content_light_level") or {}).get("max_content_light_level", 0)
    return replace(space, peak_nits=float(brightest)) if space and brightest else space


def _is_hdr(marking: bytes | RgbSpace | None) -> bool:
    return isinstance(marking, RgbSpace) and marking.is_hdr


def _exact_avif(data: bytes, bits: int) -> Samples:
    import imagecodecs  # which takes long to load, and few photos need it

    return _sixteen_bits(imagecodecs.avif_decode(data, index=0, numthreads=1), bits)


def _sixteen_bits(samples: Samples, bits: int) -> Samples:
    """Samples of fewer bits, over the full range of 16."""
    result = np.empty_like(samples)  # libheif's own may not be written
    np.multiply(samples, 65_535 / (2**bits - 1), out=result, casting="unsafe")
    return result


def _of_samples(source_format: str, samples: Samples, marking: bytes | RgbSpace | None) -> Picture:
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, -1)
    channels, bits = samples.shape[2], BITS[samples.itemsize]
    model: Model = "RGB" if channels > 2 else "GRAY"
    return Picture(source_format, width, height, model, samples, channels in (2, 4), bits, marking)


def _cropped(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    left, top, right, bottom = box

    def rows(first: int, last: int) -> Samples:
        return picture.rows(top + first, top + last)[:, left:right]

    return replace(picture, width=right - left, height=bottom - top, samples=rows)
