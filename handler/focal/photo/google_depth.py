"""Depth in a JPEG as Google's cameras write it: GDepth in extended XMP, or Dynamic Depth, a file that follows.

Both tell a grey v, 0..1, by near and far ("Depthmap Metadata" and "Dynamic Depth" 1.0, Google): RangeInverse is
d = far near / (far - v (far - near)), so that 1/d falls linearly with v: black is near. RangeLinear is
d = near + v (far - near). Both may hold the sharp picture of which the first one is a blurred rendering.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from . import xmp
from .depth import DepthMap, of_disparity, of_distance
from .grey_map import read_grey_map
from .limits import CheckSize

SOURCE = "photo"
MAX_ITEMS = 16
PORTRAIT = b"SpecialType-PORTRAIT"  # how Google's camera calls a picture that it has blurred (GCamera:SpecialTypeID)

# The members of a Container:Directory; attributes of each in any order.
_ITEM = re.compile(rb"<Container:Item\b([^<>]*)")


@dataclass(frozen=True)
class GoogleDepth:
    """Depth, and the encoded sharp picture; is_blurred: whether the file says that its first picture is blurred."""

    depth: DepthMap | None = None
    original: bytes | None = None
    is_blurred: bool = False


def in_jpeg(data: bytes, packet: bytes, check_size: CheckSize) -> GoogleDepth:
    """packet: the file's XMP packet, with its extended part. Raises PhotoTooLarge, and anything on a damaged map."""
    items = _items(data, packet)
    if b"Depth" in items:
        depth = _depth(items[b"Depth"], packet, "DepthMap", check_size)
        return GoogleDepth(depth, items.get(b"Original"), PORTRAIT in packet)
    if xmp.value(packet, "GDepth:Format") is None:
        return GoogleDepth()
    map_file, original = (_embedded(packet, name) for name in ("GDepth:Data", "GImage:Data"))
    is_blurred = bool(xmp.number(packet, "GFocus:BlurAtInfinity"))
    return GoogleDepth(_depth(map_file, packet, "GDepth", check_size) if map_file else None, original, is_blurred)


def _depth(map_file: bytes, packet: bytes, prefix: str, check_size: CheckSize) -> DepthMap:
    greys = read_grey_map(map_file, check_size)
    if xmp.value(packet, f"{prefix}:Format") == b"RangeLinear":
        near, far = (xmp.number(packet, f"{prefix}:{end}") or 0.0 for end in ("Near", "Far"))
        return of_distance(greys, near, far, SOURCE)
    return of_disparity(greys, SOURCE).reversed()


def _embedded(packet: bytes, name: str) -> bytes | None:
    text = xmp.value(packet, name)
    return binascii.a2b_base64(text) if text else None


def _items(data: bytes, packet: bytes) -> dict[bytes, bytes]:
    """The files behind the first picture, by what they are; they end where the whole file does."""
    found, end = dict[bytes, bytes](), len(data)
    for item in reversed(_ITEM.findall(packet)[1 : MAX_ITEMS + 1]):
        length, padding = (int(xmp.number(item, f"Item:{name}") or 0) for name in ("Length", "Padding"))
        if length <= 0 or padding < 0 or length + padding > end:
            break
        end -= length + padding
        found[xmp.value(item, "Item:Semantic") or b""] = data[end : end + length]
    return found
