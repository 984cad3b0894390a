"""Files laid out as phones write portrait photos: HEIC and JPEG of iPhones, JPEGs of Google's cameras.

Every picture in them is encoded by a library; only what holds them together is written here.
"""

from __future__ import annotations

import base64
import hashlib
import io
import struct
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pillow_heif
from PIL import Image

from tests.helpers.pictures import encoded

DEPTH = "urn:mpeg:hevc:2015:auxid:2"
MATTE = "urn:com:apple:photo:2018:aux:portraiteffectsmatte"
GAIN_MAP = "urn:com:apple:photo:2020:aux:hdrgainmap"
CUSTOM_RENDERED = 0xA401
PORTRAIT = 8


def disc(width: int = 256, height: int = 192, inside: int = 220, outside: int | None = None) -> Image.Image:
    """A disc left of the middle, near; what is around it is far at the top, nearer at the bottom."""
    y, x = np.mgrid[0:height, 0:width]
    within = (x - 0.4 * width) ** 2 + (y - 0.5 * height) ** 2 < (0.25 * height) ** 2
    around = 120 * y // height if outside is None else outside
    return Image.fromarray(np.where(within, inside, around).astype(np.uint8))


def person(width: int = 512, height: int = 384) -> Image.Image:
    """The disc as a matte."""
    return disc(width, height, 255, 0)


def portrait_heic(
    photo: Image.Image,
    depth: Image.Image | None = None,
    auxiliary: Mapping[str, Image.Image] | None = None,
    *,
    turns: int = 0,
    turns_depth: bool = True,
    representation: int = 1,
    exif: Image.Exif | None = None,
) -> bytes:
    """A HEIC with its pictures as items (ISO/IEC 23008-12).

    turns: quarter turns anticlockwise that the container asks for.   representation: what the depth's values stand for,
    as ISO/IEC 23008-2 counts it.
    """
    items = [(photo, "", b"")]
    if depth:
        items.append((depth, DEPTH, _depth_sei(representation, 1.5, 4.4)))
    items += [(picture, kind, b"") for kind, picture in (auxiliary or {}).items()]
    properties: list[bytes] = []
    associations, payloads = [], []
    for number, (picture, kind, more) in enumerate(items, start=1):
        config, data = _coded(picture)
        bands = len(picture.getbands())
        own = [
            (_box(b"hvcC", config), True),
            (_full(b"ispe", struct.pack(">II", *picture.size)), False),
            (_full(b"pixi", bytes([bands] + [8] * bands)), False),
        ]
        if kind:
            own.append((_full(b"auxC", kind.encode() + b"\0" + more), True))
        if turns and (turns_depth or number == 1):
            own.append((_box(b"irot", bytes([turns])), True))
        numbers = [len(properties) + n | is_essential << 7 for n, (_, is_essential) in enumerate(own, start=1)]
        properties += [each for each, _ in own]
        associations.append(struct.pack(">HB", number, len(numbers)) + bytes(numbers))
        payloads.append(data)
    kinds = [b"hvc1"] * len(items)
    references = [_box(b"auxl", struct.pack(">HHH", n, 1, 1)) for n in range(2, len(items) + 1)]
    if exif:
        kinds.append(b"Exif")
        payloads.append(bytes(4) + exif.tobytes().removeprefix(b"Exif\0\0"))
        references.append(_box(b"cdsc", struct.pack(">HHH", len(kinds), 1, 1)))
    return _file(kinds, properties, associations, references, payloads)


def portrait_mpo(photo: Image.Image, frames: Sequence[tuple[Image.Image, bytes]], exif: bytes = b"") -> bytes:
    """A JPEG with further ones behind it, in an index (CIPA DC-007); each is given with its XMP."""
    coded = [encoded(picture, "JPEG", quality=95, xmp=xmp) for picture, xmp in frames]
    first = encoded(photo, "JPEG", exif=exif)
    directory_bytes = 8 + 2 + 12 + 4 + 16 * (1 + len(coded))
    head = 2 + 4 + 4  # the start of image, and the segment's marker, length and name before the directory
    entries, place = [(0, 0)], len(first) + 8 + directory_bytes - head
    for data in coded:
        entries.append((len(data), place))
        place += len(data)
    directory = struct.pack(">4sIHHHIII", b"MM\0*", 8, 1, 0xB002, 7, 16 * len(entries), 26, 0)
    directory += b"".join(struct.pack(">IIII", 0, length, at, 0) for length, at in entries)
    return first[:2] + _segment(0xE2, b"MPF\0" + directory) + first[2:] + b"".join(coded)


def apple_xmp(kind: str, subtype: str | None = None, **more: object) -> bytes:
    """What Apple says of an auxiliary picture."""
    told = {"AuxiliaryImageType": kind, "AuxiliaryImageSubType": subtype, **more}
    values = "".join(f"<apdi:{name}>{value}</apdi:{name}>" for name, value in told.items() if value is not None)
    return _xmp(f'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/">{values}')


def gdepth_jpeg(
    photo: Image.Image,
    depth: Image.Image,
    original: Image.Image | None = None,
    *,
    depth_format: str = "RangeInverse",
    near: float = 1.0,
    far: float = 10.0,
    part_bytes: int = 3_000,
    lost_parts: Sequence[int] = (),
    exif: bytes = b"",
) -> bytes:
    """A JPEG of Google's Lens Blur: the map, and the sharp picture, in extended XMP of many parts."""
    data = f'GDepth:Data="{_base64(depth, "PNG")}"'
    if original:
        data += f' GImage:Data="{_base64(original, "JPEG", quality=95)}"'
    extended = _xmp(data + ">")
    digest = hashlib.md5(extended, usedforsecurity=False).hexdigest().upper()
    main = _xmp(
        f'xmpNote:HasExtendedXMP="{digest}" GFocus:BlurAtInfinity="0.02" GDepth:Format="{depth_format}" '
        f'GDepth:Near="{near}" GDepth:Far="{far}" GDepth:Mime="image/png" GImage:Mime="image/jpeg">'
    )
    parts = [
        b"http://ns.adobe.com/xmp/extension/\0"
        + struct.pack(">32sII", digest.encode(), len(extended), start)
        + extended[start : start + part_bytes]
        for start in range(0, len(extended), part_bytes)
    ]
    first = encoded(photo, "JPEG", exif=exif, xmp=main)
    # Whoever reads them must go by their places, not by their order.
    kept = [part for n, part in reversed(list(enumerate(parts))) if n not in lost_parts]
    return first[:2] + b"".join(_segment(0xE1, part) for part in kept) + first[2:]


def dynamic_depth_jpeg(
    photo: Image.Image, followers: Mapping[str, bytes], padding: int = 0, special_type: str = "", **depth: object
) -> bytes:
    """A JPEG of Google's Dynamic Depth: files behind it, listed by what they are."""
    items = '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    for kind, data in followers.items():
        items += (
            f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Length="{len(data)}" '
            f'Item:Padding="{padding}" Item:Semantic="{kind}"/></rdf:li>'
        )
    told = " ".join(f'DepthMap:{name}="{value}"' for name, value in depth.items())
    kind = f"<GCamera:SpecialTypeID><rdf:Bag><rdf:li>{special_type}</rdf:li></rdf:Bag></GCamera:SpecialTypeID>"
    xmp = _xmp(f"{told}>{kind}<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory>")
    return encoded(photo, "JPEG", xmp=xmp) + b"".join(data + bytes(padding) for data in followers.values())


def portrait_exif(rendered: int = PORTRAIT, orientation: int = 1) -> Image.Exif:
    """EXIF that says how the camera has rendered the picture."""
    exif = Image.Exif()
    exif[274] = orientation
    exif.get_ifd(0x8769)[CUSTOM_RENDERED] = rendered
    return exif


def _xmp(content: str) -> bytes:
    """A packet of one description, which the content closes."""
    packet = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description {content}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return packet.encode()


def _base64(picture: Image.Image, image_format: str, **arguments: object) -> str:
    return base64.b64encode(encoded(picture, image_format, **arguments)).decode()


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield kind, (start + 8, start + size)
        start += size


def _coded(picture: Image.Image) -> tuple[bytes, bytes]:
    """The decoder's configuration, and the coded bytes of a picture, out of a file that the library wrote."""
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=95, format="HEIF")
    data = file.getvalue()
    start, end = dict(_boxes(data, 0, len(data)))[b"meta"]
    inside = dict(_boxes(data, start + 4, end))
    shared = dict(_boxes(data, *inside[b"iprp"]))[b"ipco"]
    config = dict(_boxes(data, *shared))[b"hvcC"]
    at = inside[b"iloc"][0]
    version, sizes, base_bytes = data[at], data[at + 4], data[at + 5] >> 4
    at += 8 + 2 + (2 if version else 0) + 2
    base = int.from_bytes(data[at : at + base_bytes])
    at += base_bytes + 2
    offset, length = (
        int.from_bytes(data[at : at + (sizes >> 4)]),
        int.from_bytes(data[at + (sizes >> 4) :][: sizes & 15]),
    )
    return data[slice(*config)], data[base + offset : base + offset + length]


def _depth_sei(representation: int, least: float, greatest: float) -> bytes:
    """What HEVC says of a depth map (payload 177): how its values stand for disparities, or distances, from to."""
    code = bin(representation + 1)[2:]
    is_distance = representation == 2
    bits = ("1100" if is_distance else "0011") + "0" * (len(code) - 1) + code
    bits += "" if is_distance else "1"  # the view that disparities refer to: the first
    bits += _float_bits(least) + _float_bits(greatest) + "1"
    bits += "0" * (-len(bits) % 8)
    payload = int(bits, 2).to_bytes(len(bits) // 8)
    nal = b"\x4e\x01" + bytes([177, len(payload)]) + payload + b"\x80"
    return struct.pack(">II", len(nal) + 4, len(nal)) + nal


def _float_bits(value: float) -> str:
    """A number as the SEI has it (G.14.2.3.2): sign, exponent, length of the mantissa, mantissa."""
    exponent = int(np.floor(np.log2(value)))
    mantissa = round((value / 2.0**exponent - 1) * (1 << 16))
    return "0" + format(exponent + 31, "07b") + format(15, "05b") + format(mantissa, "016b")


def _file(
    kinds: Sequence[bytes],
    properties: Sequence[bytes],
    associations: Sequence[bytes],
    references: Sequence[bytes],
    payloads: Sequence[bytes],
) -> bytes:
    items = [
        _full(b"infe", struct.pack(">HH4s", n, 0, kind), b"\0", version=2, flags=int(n > 1))
        for n, kind in enumerate(kinds, start=1)
    ]

    def meta(place: int) -> bytes:
        located = []
        for n, data in enumerate(payloads, start=1):
            located.append(struct.pack(">HHHHII", n, 0, 0, 1, place, len(data)))
            place += len(data)
        return _full(
            b"meta",
            _full(b"hdlr", struct.pack(">I4s12x", 0, b"pict"), b"\0"),
            _full(b"pitm", struct.pack(">H", 1)),
            _full(b"iinf", struct.pack(">H", len(items)), *items),
            _full(b"iref", *references) if references else b"",
            _box(
                b"iprp",
                _box(b"ipco", *properties),
                _full(b"ipma", struct.pack(">I", len(associations)), *associations),
            ),
            _full(b"iloc", b"\x44\0", struct.pack(">H", len(payloads)), *located, version=1),
        )

    head = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    return head + meta(len(head) + len(meta(0)) + 8) + _box(b"mdat", *payloads)
