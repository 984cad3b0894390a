"""A file that is no photo of an accepted format is called by its name, in plain English."""

import struct

import pytest
from focal.errors import UnsupportedFormat
from focal.photo.decode import decode_photo

from tests.helpers.pictures import encoded


def refused(data: bytes) -> str:
    with pytest.raises(UnsupportedFormat) as caught:
        decode_photo(data)
    return caught.value.message


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "a camera's raw file (Canon CR2)"),
        (b"\0\0\0\x14ftypM4A \0\0\0\0mp42", "a sound recording (M4A)"),
        (b"\0\0\0\x14ftypisom\0\0\0\0mp42", "a video (MP4)"),
        (b"<svg/>", "an SVG picture"),
        (b"<!-- Generator: a program -->\n<svg/>", "an SVG picture"),
        (b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">\n<svg/>', "an SVG picture"),
        (b"<!DOCTYPE html>", "an HTML file"),
        (b"<!-- a page --><html>", "an HTML file"),
        (b"\x01\xda\x01\x01", "an SGI picture"),
        (b"v/1\x01", "an OpenEXR picture"),
        (b"8BPS\0\x01", "a Photoshop (PSD) picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photo_is_called_by_its_name(data, name):
    assert refused(data.ljust(400, b"\0")).startswith(f"The file is {name}, which is not supported")


def test_a_cr2_is_no_tiff_though_it_begins_like_one():
    data = bytearray(encoded(image_format="TIFF"))
    data[8:12] = b"CR\x02\0"

    assert "Canon CR2" in refused(bytes(data))


def test_run_lengths_of_os2_in_a_bmp_are_not_taken_for_a_jpeg():
    header = struct.pack("<IiiHHIIiiII", 64, 8, 8, 1, 24, 4, 64, 0, 0, 0, 0).ljust(64, b"\0")
    data = b"BM" + struct.pack("<IHHI", 142, 0, 0, 78) + header + bytes(64)

    assert "a BMP of a rare kind" in refused(data)
