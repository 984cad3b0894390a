"""Hostile files, generated: small, the same on every machine, and of the kinds that fuzzers find.

They go just past our own limits: none would cost another program more than a large photo does.
"""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.helpers.pictures import (
    FORMATS,
    cmyk_profile,
    encoded,
    four_colours,
    grey_profile,
    noise,
    png_chunk,
    png_header,
    rgb_profile,
    tiff,
)
from tests.helpers.portrait_files import (
    MATTE,
    apple_xmp,
    disc,
    dynamic_depth_jpeg,
    gdepth_jpeg,
    person,
    portrait_heic,
    portrait_mpo,
)

FLIPS = 12  # damaged copies of each format
CUTS = 12  # truncated copies of each format without markers


def truncations() -> Iterator[bytes]:
    """Files that end too early: at and after every marker, chunk or block, or in even steps."""
    for image_format in FORMATS:
        data = encoded(noise(40, 30), image_format)
        if image_format in ("JPEG", "MPO"):
            places = [match.start() + more for match in re.finditer(rb"\xff[\xc0-\xfe]", data) for more in (0, 2, 4)]
        elif image_format == "PNG":
            places = [match.start() + more for match in re.finditer(rb"IHDR|IDAT|IEND", data) for more in (-4, 0, 4, 9)]
        else:
            places = [len(data) * n // CUTS for n in range(CUTS)]
        yield from (data[:place] for place in places)


def bit_flips() -> Iterator[bytes]:
    """Files with some bits turned over, most of them near the beginning, where the headers are."""
    chance = random.Random(1)
    for image_format in FORMATS:
        for _ in range(FLIPS):
            data = bytearray(encoded(noise(40, 30), image_format))
            for _ in range(chance.choice((1, 3, 20))):
                data[int(len(data) * chance.random() ** 3)] ^= 1 << chance.randrange(8)
            yield bytes(data)


def splices() -> Iterator[bytes]:
    """The head of one format on the body of another."""
    files = [encoded(noise(40, 30), image_format) for image_format in FORMATS]
    yield from (head[:cut] + body[cut:] for head in files for body in files for cut in (12, 40) if head is not body)


def polyglots() -> Iterator[bytes]:
    """Files that are two things at once."""
    jpeg, png, gif = encoded(), encoded(image_format="PNG"), encoded(image_format="GIF")
    script = b"<script>alert(1)</script><?php system($_GET[0]); ?>"
    archive = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
    yield jpeg + archive
    yield png + script
    yield gif + jpeg
    yield jpeg + png + gif
    yield jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(script) + 2) + script + jpeg[2:]
    yield png[:33] + png_chunk(b"tEXt", b"Comment\0" + script) + png[33:]
    yield b"GIF89a/*" + gif[8:] + b"*/=1;alert(1)"
    yield b"%PDF-1.7\n" + jpeg
    yield b"\n" + jpeg
    yield b"BM" + script


def too_many_pixels() -> Iterator[bytes]:
    """Small files that claim, or hold, more pixels than are allowed."""
    for width, height in ((8000, 8000), (16_384, 512), (512, 16_384), (7500, 7000)):
        yield png_header(width, height) + png_chunk(b"IDAT", zlib.compress(bytes(10**6), 9)) + png_chunk(b"IEND", b"")
    yield png_header(0, 0) + png_chunk(b"IDAT", b"")
    yield png_header(1, 16_384) + png_chunk(b"IDAT", b"")
    yield png_header(7100, 7100, depth=16, colour=6) + png_chunk(b"IDAT", zlib.compress(bytes(10**6), 9))
    gif = bytearray(encoded(image_format="GIF"))
    gif[6:10] = struct.pack("<HH", 8000, 8000)
    yield bytes(gif)
    jpeg = encoded()
    frame = jpeg.index(b"\xff\xc0") + 5
    for height, width in ((8000, 8000), (512, 16_384), (7000, 7000)):
        yield jpeg[:frame] + struct.pack(">HH", height, width) + jpeg[frame + 4 :]
    bmp = encoded(image_format="BMP")
    yield from (bmp[:18] + struct.pack("<ii", *size) + bmp[26:] for size in ((16_384, 2), (-5, 5), (8000, -8000)))
    webp = (
        b"VP8X"
        + struct.pack("<I", 10)
        + b"\x02\0\0\0"
        + struct.pack("<I", 7999)[:3] * 2
        + encoded(image_format="WEBP")[12:]
    )
    yield b"RIFF" + struct.pack("<I", len(webp) + 4) + b"WEBP" + webp
    for image_format in ("AVIF", "HEIF"):
        data = encoded(image_format=image_format)
        size = data.index(b"ispe") + 8
        for side in (7500, 8000, 16_384):
            yield data[:size] + struct.pack(">II", side, side) + data[size + 8 :]


def growing_metadata() -> Iterator[bytes]:
    """Small files whose metadata grow a thousandfold, to what a large photo takes."""
    png, packed = encoded(image_format="PNG"), zlib.compress(bytes(5_000_000), 9)
    for kind in (b"iCCP", b"zTXt"):
        yield png[:33] + png_chunk(kind, b"name\0\0" + packed) + png[33:]
    yield png[:33] + png_chunk(b"iTXt", b"name\0\1\0\0\0" + packed) + png[33:]
    yield png[:33] + png_chunk(b"zTXt", b"name\0\0" + zlib.compress(bytes(900_000))) * 10 + png[33:]


def huge_headers() -> Iterator[bytes]:
    """Files that are mostly header."""
    jpeg, png, gif = encoded(), encoded(image_format="PNG"), encoded(image_format="GIF")
    yield jpeg[:2] + (b"\xff\xfe\xff\xff" + b"x" * 65_533) * 60 + jpeg[2:]
    yield jpeg[:2] + (b"\xff\xe1\xff\xff" + b"Exif\0\0".ljust(65_533, b"x")) * 60 + jpeg[2:]
    yield jpeg[:2] + b"\xff\xe0\x00\x02" * 20_000 + jpeg[2:]
    yield jpeg[:2] + b"\xff" * 10_000 + jpeg[2:]
    yield png[:33] + png_chunk(b"prVt", b"") * 20_000 + png[33:]
    yield png[:33] + png_chunk(b"tEXt", b"a\0" + b"x" * 3_000_000) + png[33:]
    yield gif[:-1] + b"!\xfe\x01a\0" * 20_000 + b";"
    yield tiff(32, 32, *[(30_000 + n, 2, 2**30, 8) for n in range(30_000)], data=bytes(1024))


def tiff_tricks() -> Iterator[bytes]:
    """TIFF directories that lie."""
    for tag in (254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 34_675):
        for kind, count, value in ((4, 1, 0), (4, 1, 2**32 - 1), (3, 65_535, 8), (12, 1, 7), (99, 1, 1), (2, 0, 0)):
            yield tiff(32, 32, (tag, kind, count, value), data=bytes(1024))
    for compression in (2, 3, 4, 5, 6, 7, 8, 32_773, 32_946, 34_925, 50_000, 50_001):
        yield tiff(32, 32, (259, 3, 1, compression), data=bytes(1024))
        yield tiff(6000, 6000, (259, 3, 1, compression), (322, 4, 1, 65_536), (323, 4, 1, 65_536), data=bytes(64))
    itself = tiff(32, 32, data=bytes(1024))
    yield itself[:4] + struct.pack("<I", 0) + itself[8:]
    yield itself[: itself.index(bytes(4), 100)] + struct.pack("<I", 8) + itself[itself.index(bytes(4), 100) + 4 :]


def long_animations() -> Iterator[bytes]:
    """Animations of which only the first frame may cost anything."""
    frames = [noise(24, 24, seed) for seed in range(150)]
    for image_format in ("GIF", "PNG", "WEBP", "TIFF"):
        yield encoded(frames[0], image_format, save_all=True, append_images=frames[1:])
    png = encoded(image_format="PNG")
    for count in (0, 1, 1000):
        yield png[:33] + png_chunk(b"acTL", struct.pack(">II", count, 0)) + png[33:]
    frame_control = struct.pack(">IIIIIHHBB", 0, 8000, 8000, 8000, 0, 0, 0, 0, 0)
    yield png[:33] + png_chunk(b"acTL", struct.pack(">II", 2, 0)) + png_chunk(b"fcTL", frame_control) + png[33:]


def odd_metadata() -> Iterator[bytes]:
    """Sound pictures with garbage for colour profile, EXIF and XMP."""
    chance = random.Random(2)
    broken = bytearray(rgb_profile())
    for place in range(132, 260):
        broken[place] = chance.randrange(256)
    profiles = [
        b"",
        b"x",
        bytes(200),
        rgb_profile()[:150],
        bytes(broken),
        rgb_profile() * 9,
        cmyk_profile(),
        grey_profile(0.0),
    ]
    yield from (
        encoded(image_format=name, icc_profile=profile)
        for name in ("JPEG", "PNG", "WEBP", "TIFF")
        for profile in profiles
    )
    yield from (encoded(four_colours().convert("CMYK"), "TIFF", icc_profile=profile) for profile in profiles)
    yield from (encoded(four_colours().convert("L"), "PNG", icc_profile=profile) for profile in profiles)
    loop = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"
    rationals = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x05\0\0\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\0\0\0"
    blobs = [b"", b"Exif\0\0", b"Exif\0\0" + loop, b"Exif\0\0" + rationals, b"Exif\0\0II*\0" + b"\xff" * 60_000]
    blobs += [b"Exif\0\0" + chance.randbytes(200) for _ in range(5)]
    yield from (encoded(image_format=name, exif=blob) for name in ("JPEG", "PNG", "WEBP") for blob in blobs)
    xmp = [b"<tiff:Orientation>6", b'tiff:Orientation="9"', b"<!DOCTYPE x [<!ENTITY a 'b'>]>&a;" * 500, b"\xff" * 1000]
    yield from (encoded(xmp=blob) for blob in xmp)


def odd_pictures() -> Iterator[bytes]:
    """Sound files with shapes and colours at the edge of what there is."""
    for size in ((1, 1), (1, 2), (2, 1), (1, 32), (32, 1), (1, 33), (3, 3), (31, 33), (500, 16)):
        yield encoded(Image.new("RGB", size), "PNG")
        yield encoded(noise(*size), "WEBP", lossless=True)
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        yield encoded(Image.new(mode, (9, 7)), "PNG")
    for mode in ("I", "F", "CMYK", "LAB", "YCbCr"):
        yield encoded(Image.new(mode, (9, 7)), "TIFF")


def odd_portraits() -> Iterator[bytes]:
    """Portrait photos whose depth is damaged, too large, of another shape, or not where the file says."""
    photo, chance = four_colours(), random.Random(2)
    disparity = apple_xmp("disparity")
    heic = portrait_heic(photo, disc(40, 24), {MATTE: person(40, 24)})
    mpo = portrait_mpo(photo, [(disc(40, 24), disparity), (person(40, 24), apple_xmp("depth", "portraiteffectsmatte"))])
    gdepth = gdepth_jpeg(photo, disc(80, 48), photo, part_bytes=300)
    dynamic = dynamic_depth_jpeg(
        photo, {"Depth": encoded(disc(40, 24)), "Original": encoded(photo)}, Format="RangeLinear"
    )
    for data in (heic, mpo, gdepth, dynamic):
        for _ in range(FLIPS):
            damaged = bytearray(data)
            for _ in range(chance.choice((1, 3, 20))):
                damaged[int(len(data) * chance.random() ** 2)] ^= 1 << chance.randrange(8)
            yield bytes(damaged)
        yield from (data[: len(data) * n // 8] for n in range(4, 8))
    too_wide = Image.new("L", (17_000, 400))
    yield portrait_mpo(photo, [(too_wide, disparity)])
    yield gdepth_jpeg(photo, too_wide)
    yield dynamic_depth_jpeg(photo, {"Depth": encoded(too_wide, "PNG"), "Original": encoded(too_wide)})
    yield portrait_mpo(photo, [(photo, disparity)] * 40)
    yield gdepth_jpeg(photo, disc(80, 48), depth_format="RangeLinear", near=5, far=-1)
    yield gdepth_jpeg(photo, disc(80, 48), lost_parts=[0])
    yield encoded(photo, "JPEG", xmp=b"<x GDepth:Format " * 3_000)
    yield encoded(photo, "JPEG", xmp=b"<Container:Item Item:Length='1'" * 2_000)


FILES = {
    generate.__name__: generate
    for generate in (
        truncations,
        bit_flips,
        splices,
        polyglots,
        too_many_pixels,
        growing_metadata,
        huge_headers,
        tiff_tricks,
        long_animations,
        odd_metadata,
        odd_pictures,
        odd_portraits,
    )
}
