"""ICC profiles: what one is of, and how one is written for an RGB space of given primaries."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from .picture import Model
from .spaces import D50, PNG_TRANSFERS, Primaries, RgbSpace, adaptation, of_code_points

HEADER_BYTES = 128
MAX_TAGS = 100  # of the profiles that there are, the longest have 30
D50_XYZ = (0.9642, 1.0, 0.8249)  # of the profile connection space, as every header has it
# Classes that say how a device's colours look; the others (links, abstract and named colours) describe no picture.
DEVICE_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")
MODELS: Mapping[bytes, Model] = {b"GRAY": "GRAY", b"RGB ": "RGB", b"CMYK": "CMYK", b"Lab ": "LAB"}
LAB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # CIE L*a*b* itself, white of D50
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
SPREAD = 5  # code values between the colours among which one is looked for
COLUMNS, CURVES = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC")


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(float(np.float64(value)) * 65536) for value in values))


SRGB_CURVE = b"para" + struct.pack(">4xHH", 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def model_of(profile: bytes) -> Model | None:
    """The colour model that a profile is of; None if it is no usable profile of a picture."""
    if profile[12:16] not in DEVICE_CLASSES or opened(profile) is None:
        return None
    return MODELS.get(profile[16:20])


def opened(profile: bytes) -> ImageCms.ImageCmsProfile | None:
    """The profile for LittleCMS; None if it cannot be read."""
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def from_srgb(colour: tuple[int, int, int], profile: bytes | None) -> tuple[int, int, int]:
    """A colour of sRGB in the RGB profile of a photo; None is sRGB itself. Each channel 0 to 255."""
    target = opened(profile) if profile else None
    if target is None:
        return colour
    try:
        pixel = ImageCms.profileToProfile(Image.new("RGB", (1, 1), colour), SRGB_PROFILE, target, outputMode="RGB")
        red, green, blue = np.asarray(pixel)[0, 0].tolist()
    except ImageCms.PyCMSError:  # a scanner's profile, say, which tells how its colours look and no more
        red, green, blue = _nearest(colour, target)
    return red, green, blue


def _nearest(colour: tuple[int, int, int], profile: ImageCms.ImageCmsProfile) -> list[int]:
    """Of evenly spread colours of an RGB profile, the one that looks most like a colour of sRGB."""
    spread = np.stack(np.meshgrid(*[np.arange(0, 256, SPREAD, dtype=np.uint8)] * 3), axis=-1).reshape(1, -1, 3)
    shown = ImageCms.profileToProfile(Image.fromarray(spread), profile, SRGB_PROFILE, outputMode="RGB")
    difference = np.abs(np.asarray(shown, np.int16)[0] - np.array(colour)).sum(axis=-1)
    nearest: list[int] = spread[0, difference.argmin()].tolist()
    return nearest


def hdr_space(profile: bytes) -> RgbSpace | None:
    """The HDR space that a profile names by code points (ICC.1:2022, `cicp`), beside curves for who reads none."""
    named = _tags(profile).get(b"cicp", b"")
    space = of_code_points(named[8], named[9], PNG_TRANSFERS) if len(named) >= 10 else None
    return space if space and space.is_hdr else None


def tone_curves(profile: bytes) -> tuple[bytes, ...]:
    """For each channel of an RGB profile of three curves and a matrix, a grey profile of its curve; else nothing."""
    tags = _tags(profile)
    if b"A2B0" in tags or not all(name in tags for name in (*COLUMNS, *CURVES)):
        return ()
    return tuple(_profile(b"GRAY", {b"wtpt": _xyz(*D50_XYZ), b"kTRC": tags[name]}) for name in CURVES)


def with_srgb_curve(profile: bytes) -> bytes:
    """A profile with the primaries of an RGB profile of three curves and a matrix, and the curve of sRGB."""
    tags = _tags(profile)
    return _rgb_profile({name: tags[name] for name in COLUMNS})


@cache
def rgb_profile(primaries: Primaries) -> bytes:
    """A profile of RGB with these primaries and the curve of sRGB."""
    columns = (adaptation(primaries.white, D50) @ primaries.to_xyz()).T
    return _rgb_profile({name: _xyz(*column) for name, column in zip(COLUMNS, columns, strict=True)})


def rgb_profile_of_curves(primaries: Primaries, curves: Sequence[npt.NDArray[np.uint16]]) -> bytes:
    """A profile of RGB with these primaries and three curves: the light of values evenly spread, 65535 is white."""
    columns = (adaptation(primaries.white, D50) @ primaries.to_xyz()).T
    named = {name: _xyz(*column) for name, column in zip(COLUMNS, columns, strict=True)}
    return _rgb_profile(named, [_table(curve) for curve in curves])


def grey_profile(curve: npt.NDArray[np.uint16]) -> bytes:
    """A profile of grey with such a curve."""
    return _profile(b"GRAY", {b"wtpt": _xyz(*D50_XYZ), b"kTRC": _table(curve)})


def _rgb_profile(columns: Mapping[bytes, bytes], curves: Sequence[bytes] = (SRGB_CURVE,) * 3) -> bytes:
    tags = {b"desc": _text("RGB with the primaries of its photo"), b"cprt": _text("No copyright")}
    tags |= {b"wtpt": _xyz(*D50_XYZ)} | dict(columns) | dict(zip(CURVES, curves, strict=True))
    return _profile(b"RGB ", tags)


def _table(curve: npt.NDArray[np.uint16]) -> bytes:
    return b"curv" + struct.pack(">4xI", len(curve)) + curve.astype(">u2").tobytes()


def _profile(space: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """A display profile of ICC.1:2010 (version 4.3); equal tags are stored once."""
    start = HEADER_BYTES + 4 + 12 * len(tags)
    directory, body, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        directory += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x04300000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(*D50_XYZ)
    return header.ljust(HEADER_BYTES, b"\0") + directory + body


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = min(int.from_bytes(profile[HEADER_BYTES : HEADER_BYTES + 4]), MAX_TAGS, (len(profile) - HEADER_BYTES) // 12)
    entries = (struct.unpack_from(">4sII", profile, HEADER_BYTES + 4 + 12 * n) for n in range(count))
    return {name: profile[offset : offset + length] for name, offset, length in entries}


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*values)
