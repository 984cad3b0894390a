"""Whether a file has an HDR gain map besides its picture: as Ultra HDR, ISO and Apple mark theirs."""

import io
import struct

import pytest
from focal.photo.decode import decode_photo
from focal.photo.decoder_process import Decoder
from focal.settings import Settings
from PIL import Image

from tests.helpers.pictures import encoded, four_colours

GAIN_MAP_XMP = b'<x:xmpmeta xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
APPLE_XMP = b"<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def xmp(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def multi_picture(second: bytes) -> bytes:
    """A JPEG of two pictures (CIPA DC-007), the second as it is given."""
    file = io.BytesIO()
    four_colours(64, 48).save(file, "MPO", save_all=True, append_images=[four_colours(32, 24)])
    data = file.getvalue()
    return data[: data.index(b"\xff\xd8", 2)] + second


ULTRA_HDR = with_segments(encoded(), xmp(GAIN_MAP_XMP)) + encoded(four_colours(32, 24))
ISO = with_segments(encoded(), segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")) + encoded()
APPLE = multi_picture(with_segments(encoded(four_colours(32, 24)), xmp(APPLE_XMP)))


@pytest.mark.parametrize("data", [ULTRA_HDR, ISO, APPLE], ids=["Ultra HDR", "ISO 21496-1", "Apple"])
def test_a_gain_map_in_a_jpeg_is_noticed(data):
    photo = decode_photo(data)

    assert photo.has_gain_map
    assert photo.pixels.shape[2] == 3


@pytest.mark.parametrize(
    "data",
    [
        encoded(),
        encoded(four_colours(64, 48), xmp=b"<x:xmpmeta/>"),
        multi_picture(encoded(four_colours(32, 24))),
        encoded(image_format="PNG"),
        encoded(image_format="AVIF"),
        encoded(image_format="HEIF"),
    ],
    ids=["JPEG", "XMP", "two pictures", "PNG", "AVIF", "HEIF"],
)
def test_other_files_have_none(data):
    assert not decode_photo(data).has_gain_map


@pytest.mark.parametrize("image_format", ["HEIF", "AVIF"])
def test_an_item_that_is_a_tone_map_is_noticed(image_format):
    data = encoded(four_colours(64, 48), image_format)
    kind = b"hvc1" if image_format == "HEIF" else b"av01"
    place = data.index(b"infe")  # an item's entry: version and flags, its number, its protection, its kind
    entry = data[place - 4 : place - 4 + struct.unpack_from(">I", data, place - 4)[0]]

    listed = with_item(data, entry.replace(kind, b"tmap"))

    assert decode_photo(listed).has_gain_map


def with_item(data: bytes, entry: bytes) -> bytes:
    """A file that lists one more item, of which nothing else is said; later offsets are moved."""
    entry = entry[:12] + struct.pack(">H", 900) + entry[14:]
    infos, meta = data.index(b"iinf") - 4, data.index(b"meta") - 4
    end = infos + struct.unpack_from(">I", data, infos)[0]
    grown = bytearray(data[:end] + entry + data[end:])
    for box in (infos, meta):
        struct.pack_into(">I", grown, box, struct.unpack_from(">I", grown, box)[0] + len(entry))
    version = grown[infos + 8]
    count = ">H" if version == 0 else ">I"
    struct.pack_into(count, grown, infos + 12, struct.unpack_from(count, grown, infos + 12)[0] + 1)
    return moved(grown, len(entry))


def moved(data: bytearray, distance: int) -> bytes:
    """A file whose items' data lie so much later (iloc, of four-byte offsets)."""
    place = data.index(b"iloc") - 4
    version, sizes = data[place + 8], data[place + 12]
    base_bytes, index_bytes = data[place + 13] >> 4, data[place + 13] & 15 if version in (1, 2) else 0
    assert sizes == 0x44
    at = place + 14
    count = int.from_bytes(data[at : at + (4 if version == 2 else 2)])
    at += 4 if version == 2 else 2
    for _ in range(count):
        at += (4 if version == 2 else 2) + (2 if version in (1, 2) else 0) + 2 + base_bytes
        extents = int.from_bytes(data[at : at + 2])
        at += 2
        for _ in range(extents):
            at += index_bytes
            struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + distance)
            at += 8
    return bytes(data)


def test_the_decoders_child_tells():
    decoder = Decoder(Settings())
    try:
        assert [decoder.decode(data).has_gain_map for data in (ULTRA_HDR, encoded())] == [True, False]
    finally:
        decoder.close()


def test_the_picture_is_the_one_without_the_map():
    expected = Image.open(io.BytesIO(encoded()))

    assert decode_photo(ULTRA_HDR).pixels.shape == (expected.height, expected.width, 3)
