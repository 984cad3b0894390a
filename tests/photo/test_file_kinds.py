"""A file that is no photo of an accepted format is called by its name, in plain English."""

import base64
import struct

import pytest
from focal.errors import UndecodablePhoto, UnsupportedFormat
from focal.photo.decode import decode_photo, looks_like_a_photo
from focal.photo.other_kinds import name_of

from tests.helpers.pictures import encoded, four_colours
from tests.helpers.processor_time import least_processor_s

SVG = "<?xml version='1.0'?>\n<!-- {} -->\n<svg xmlns='http://www.w3.org/2000/svg'/>"


def refused(data: bytes) -> str:
    with pytest.raises(UnsupportedFormat) as caught:
        decode_photo(data)
    return caught.value.message


def written(image_format: str, mode: str = "RGB", **arguments: object) -> bytes:
    return encoded(four_colours().convert(mode), image_format, **arguments)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "a camera's raw file (Canon CR2)"),
        (b"FUJIFILMCCD-RAW 0201", "a camera's raw file (Fujifilm RAF)"),
        (b"\0\0\0\x14ftypcrx \0\0\0\0crx ", "a camera's raw file (Canon CR3)"),
        (b"\0\0\0\x14ftypM4A \0\0\0\0mp42", "a sound recording (M4A)"),
        (b"\0\0\0\x14ftypisom\0\0\0\0mp42", "a video (MP4)"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a video (QuickTime)"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "a video (QuickTime)"),
        (b"\x1a\x45\xdf\xa3\x9f", "a video (Matroska or WebM)"),
        ((b"\x47\x40\x11\x10" + bytes(184)) * 3, "a video (MPEG transport stream)"),
        ((bytes(4) + b"\x47\x40\x11\x10" + bytes(184)) * 3, "a video (MPEG transport stream)"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound recording (WAV)"),
        (b"ID3\x04\0\0", "a sound recording (MP3)"),
        (b"\xff\xfb\x90\x64", "a sound recording (MP3)"),
        (b"fLaC\0\0\0\x22", "a sound recording (FLAC)"),
        (b"OggS\0\x02" + bytes(22) + b"OpusHead", "a sound recording (Ogg)"),
        (b"OggS\0\x02" + bytes(22) + b"\x80theora", "a video (Ogg)"),
        (b"\x01\xda\x01\x01", "an SGI picture"),
        (b"v/1\x01", "an OpenEXR picture"),
        (b"8BPS\0\x01", "a Photoshop (PSD) picture"),
        (b"SIMPLE  =                    T", "a FITS picture"),
        (b"\x59\xa6\x6a\x95\0\0\0\x50", "a Sun raster picture"),
        (b"PF\n80 48\n-1.0\n", "a PFM picture"),
        (b"P6\n80 48\n255\n", "a PPM or PAM picture"),
        (b"\0\0\x02\0\x01\0\x20\x20", "a Windows cursor picture"),
        (bytes(128) + b"DICM", "a DICOM picture"),
        (b"\x93NUMPY\x01\0", "a NumPy file"),
        (b"%PDF-1.7", "a PDF file"),
        (b"PK\x03\x04", "a ZIP file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file"),
        (b"MZ\x90\0", "an executable file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photo_is_called_by_its_name(data, name):
    assert refused(data.ljust(400, b"\0")).startswith(f"The file is {name}, which is not supported; send JPEG")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<svg/>", "an SVG picture"),
        ("<!-- Generator: a program -->\n<svg/>", "an SVG picture"),
        ('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">\n<svg/>', "an SVG picture"),
        (SVG.format("short"), "an SVG picture"),
        (SVG.format("a long comment " * 200), "an SVG picture"),
        ("<!DOCTYPE html><html><body><svg/></body></html>", "an HTML file"),
        ("<!-- a page --><html>", "an HTML file"),
        ("<?xml version='1.0'?><plist/>", "an XML file"),
        ("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "an XMP file"),
        ("#define icon_width 16\n#define icon_height 16\n", "an XBM picture"),
        ("/* XPM */\nstatic char *icon[] = {", "an XPM picture"),
        ('{"img": "aGk="}', "JSON"),
        ("https://example.org/photo.jpg", "the address of an image instead of the image"),
        ("data:image/png;base64,iVBO", "a data: address instead of the image that it holds"),
        (base64.b64encode(bytes(range(256)) * 40).decode(), "base64 text instead of the image that it holds"),
        ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer instead of the image that it names"),
        ("BMW makes cars and motorcycles.", "text"),
        ("Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}\N{LATIN SMALL LETTER SHARP S}e " * 2500, "text"),
    ],
    ids=lambda value: value[:30],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_called_by_what_it_says_in_any_encoding(text, name, encoding):
    assert refused(text.encode(encoding)).startswith(f"The file is {name}, which is not supported; send JPEG")


def test_an_svg_in_utf_16_needs_no_mark():
    assert {refused("<svg/>".encode(encoding)) for encoding in ("utf-16-le", "utf-16-be")} == {refused(b"<svg/>")}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (written("TGA"), "a TGA picture"),
        (written("TGA", compression="tga_rle"), "a TGA picture"),
        (written("TGA", "L"), "a TGA picture"),
        (written("TGA", "P"), "a TGA picture"),
        (written("TGA", "RGBA")[:-26], "a TGA picture"),
        (written("XBM", "1"), "an XBM picture"),
        (written("PDF"), "a PDF file"),
        (written("ICO"), "a Windows icon (ICO) picture"),
        (written("JPEG2000"), "a JPEG 2000 picture"),
        (written("PCX"), "a PCX picture"),
        (written("PPM", "1"), "a PPM or PAM picture"),
        (written("DDS"), "a DDS picture"),
        (written("QOI"), "a QOI picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_pillow_writes_beside_photos_is_called_by_its_name(data, name):
    assert refused(data).startswith(f"The file is {name}, which is not supported")


def test_what_nobody_knows_is_not_given_a_name():
    assert refused(b"\xf7\x88\x99" * 50).startswith("The photo is not in an accepted format; send JPEG")


def test_a_text_that_begins_as_a_bmp_does_is_none():
    assert not looks_like_a_photo(b"BMW makes cars and motorcycles.")
    assert looks_like_a_photo(encoded(image_format="BMP")[:16])


def test_a_cr2_is_no_tiff_though_it_begins_like_one():
    data = bytearray(encoded(image_format="TIFF"))
    data[8:12] = b"CR\x02\0"

    assert "Canon CR2" in refused(bytes(data))


def test_run_lengths_of_os2_in_a_bmp_are_not_taken_for_a_jpeg():
    header = struct.pack("<IiiHHIIiiII", 64, 8, 8, 1, 24, 4, 64, 0, 0, 0, 0).ljust(64, b"\0")
    data = b"BM" + struct.pack("<IHHI", 142, 0, 0, 78) + header + bytes(64)

    assert "a BMP of a rare kind" in refused(data)


def processor_s_to_name(text: bytes) -> float:
    return least_processor_s(lambda: name_of(text, []), times=30)


@pytest.mark.parametrize(
    "text",
    [b"a%sa!", b"%s!", b"<!--%s", b"<!---->%s", b"<?%s", b"http://%s "],
    ids=lambda text: text.decode().replace("%s", "..."),
)
@pytest.mark.parametrize("filling", [b"a", b" ", b"a ", b"-", b"<!-- -->", b"<? ?>"], ids=bytes.decode)
def test_eight_times_the_text_takes_eight_times_as_long_to_name_and_not_sixty_four_times(text, filling):
    shorter, longer = (text % (filling * (length // len(filling))) for length in (2_000, 16_000))

    assert processor_s_to_name(longer) < 24 * processor_s_to_name(shorter)


@pytest.mark.parametrize(
    ("place", "value"),
    [(10, 54), (18, -8), (18, 0), (22, 0)],
    ids=["no palette before the pixels", "a width below zero", "no width", "no height"],
)
def test_a_bmp_whose_header_cannot_be_true_is_called_damaged(place, value):
    data = bytearray(written("BMP", "P"))
    data[place : place + 4] = value.to_bytes(4, "little", signed=True)

    with pytest.raises(UndecodablePhoto, match="damaged"):
        decode_photo(bytes(data))
