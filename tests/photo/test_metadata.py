"""What stays of EXIF: capture time, camera, lens, artist, copyright, rating; never a place, a note, a serial number."""

import io
import struct
import zlib

import numpy as np
import pytest
from focal.photo.decode import decode_photo
from focal.photo.decoder_process import Decoder
from focal.photo.encode import encode_image
from focal.photo.metadata import basic_exif
from focal.settings import Settings
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from tests.helpers.pictures import encoded, four_colours, png_chunk

MAIN = {
    ExifTags.Base.Make: "Canon",
    ExifTags.Base.Model: "EOS R5",
    ExifTags.Base.DateTime: "2026:11:29 20:15:00",
    ExifTags.Base.Artist: "Ada",
    ExifTags.Base.Copyright: "(c) 2026 Ada",
    0x4746: 4,
}
DETAILS = {
    ExifTags.Base.DateTimeOriginal: "2026:11:28 10:00:00",
    ExifTags.Base.OffsetTimeOriginal: "+01:00",
    ExifTags.Base.SubsecTimeOriginal: "42",
    ExifTags.Base.DateTimeDigitized: "2026:11:28 10:00:01",
    ExifTags.Base.OffsetTimeDigitized: "+02:00",
    ExifTags.Base.SubsecTimeDigitized: "43",
    ExifTags.Base.OffsetTime: "+03:00",
    ExifTags.Base.SubsecTime: "44",
    ExifTags.Base.LensMake: "Canon",
    ExifTags.Base.LensModel: "RF50mm F1.2 L USM",
    ExifTags.Base.LensSpecification: (
        IFDRational(50),
        IFDRational(50),
        IFDRational(12, 10),
        IFDRational(0, 0),
    ),
}
LEFT_OUT = {
    ExifTags.Base.Software: "an editor",
    ExifTags.Base.ImageDescription: "a cat",
    ExifTags.Base.XResolution: IFDRational(72),
}
LEFT_OUT_DETAILS = {
    ExifTags.Base.MakerNote: b"the maker's own",
    ExifTags.Base.BodySerialNumber: "0815",
    ExifTags.Base.LensSerialNumber: "0816",
    ExifTags.Base.CameraOwnerName: "Ada",
    ExifTags.Base.UserComment: b"ASCII\0\0\0a comment",
}


def exif_block(main=MAIN | LEFT_OUT, details=DETAILS | LEFT_OUT_DETAILS, orientation=6) -> bytes:
    exif = Image.Exif()
    exif.update({**main, ExifTags.Base.Orientation: orientation})
    exif.get_ifd(ExifTags.IFD.Exif).update(details)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (IFDRational(52), IFDRational(31), IFDRational(0))})
    return exif.tobytes()


def read(block: bytes | None) -> tuple[dict, dict]:
    """An EXIF block's two directories, as Pillow reads them."""
    exif = Image.Exif()
    exif.load(block or b"")
    assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
    details = dict(exif.get_ifd(ExifTags.IFD.Exif))
    main = {tag: value for tag, value in exif.items() if tag != ExifTags.IFD.Exif}
    return main, details


def test_what_the_owner_wants_stays_and_nothing_else():
    main, details = read(basic_exif(exif_block()))

    assert main == MAIN | {0x4749: 75, ExifTags.Base.Orientation: 1}
    assert {tag: str(value) for tag, value in details.items()} == {tag: str(value) for tag, value in DETAILS.items()}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_upright_as_the_picture_is(orientation):
    main, _ = read(basic_exif(exif_block(orientation=orientation)))

    assert main[ExifTags.Base.Orientation] == 1


@pytest.mark.parametrize("exif", [None, b"", b"Exif\0\0", b"nonsense", exif_block(LEFT_OUT, LEFT_OUT_DETAILS)])
def test_a_photo_with_nothing_that_may_stay_keeps_nothing(exif):
    assert basic_exif(exif) is None


def test_a_name_in_utf_8_keeps_its_bytes():
    artist = "Jörg Müller 猫".encode()
    file = io.BytesIO()
    four_colours(64, 48).save(file, "JPEG", exif=exif_block(MAIN | {ExifTags.Base.Artist: artist}))

    kept = decode_photo(file.getvalue(), metadata=True).exif

    assert artist + b"\0" in kept


@pytest.mark.parametrize(
    "xmp",
    [
        b'<rdf:Description xmp:Rating="3"/>',
        b"<rdf:Description xmp:Rating = '3'/>",
        b"<xmp:Rating>3</xmp:Rating>",
        b'<rdf:Description xmp:Rating="3.0"/>',
    ],
)
def test_a_rating_in_xmp_counts_where_exif_has_none(xmp):
    main, _ = read(basic_exif(None, xmp))

    assert main == {0x4746: 3, 0x4749: 50, ExifTags.Base.Orientation: 1}
    assert read(basic_exif(exif_block(), xmp))[0][0x4746] == 4


@pytest.mark.parametrize("xmp", [b'xmp:Rating="0"', b'xmp:Rating="-1"', b'xmp:Rating="9"', b'a:Rating="3"', b""])
def test_what_is_no_rating_is_none(xmp):
    assert basic_exif(None, xmp) is None


@pytest.mark.parametrize("rating", [0, 6, 65_535, "4"])
def test_a_rating_that_is_none_is_left_out(rating):
    main, _ = read(basic_exif(exif_block(MAIN | {0x4746: rating})))

    assert 0x4746 not in main


def test_a_very_long_text_is_left_out():
    main, _ = read(basic_exif(exif_block(MAIN | {ExifTags.Base.Copyright: "x" * 5000})))

    assert ExifTags.Base.Copyright not in main
    assert main[ExifTags.Base.Artist] == "Ada"


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_called_exif_are_read_or_left_alone(data, begun):
    block = basic_exif(b"Exif\0\0II*\0\x08\0\0\0" + data if begun else data)

    assert block is None or block.startswith(b"Exif\0\0")


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8))
def test_damaged_exif_keeps_what_can_be_read(changes):
    data = bytearray(exif_block())
    for place, value in changes:
        data[place % len(data)] = value

    read(basic_exif(bytes(data)))


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("answer", ["jpeg", "png", "webp"])
def test_it_travels_from_every_format_that_has_it_into_every_answer(source, answer):
    photo = decode_photo(encoded(four_colours(64, 48), source, exif=exif_block(orientation=1)), metadata=True)

    picture = Image.open(io.BytesIO(encode_image(photo.pixels, answer, 90, photo.icc_profile, exif=photo.exif)))

    main, details = read(picture.info["exif"])
    assert main == MAIN | {0x4749: 75, ExifTags.Base.Orientation: 1}
    assert details[ExifTags.Base.LensModel] == DETAILS[ExifTags.Base.LensModel]


def test_a_turned_photo_comes_out_upright_and_says_so():
    photo = decode_photo(encoded(four_colours(64, 48), exif=exif_block(orientation=6)), metadata=True)

    assert photo.pixels.shape == (64, 48, 3)
    assert read(photo.exif)[0][ExifTags.Base.Orientation] == 1


def test_without_being_asked_for_nothing_stays():
    assert decode_photo(encoded(exif=exif_block())).exif is None


def test_the_rating_of_a_png_is_in_its_xmp():
    png = encoded(image_format="PNG")
    packet = b'XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta><rdf:Description xmp:Rating="5"/></x:xmpmeta>'
    data = png[:33] + png_chunk(b"iTXt", packet) + png[33:]

    assert read(decode_photo(data, metadata=True).exif)[0][0x4746] == 5


def test_a_rating_in_compressed_xmp_counts_too():
    png = encoded(image_format="PNG")
    packet = zlib.compress(b'<x:xmpmeta><rdf:Description xmp:Rating="5"/></x:xmpmeta>')
    data = png[:33] + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packet) + png[33:]

    assert read(decode_photo(data, metadata=True).exif)[0][0x4746] == 5


@pytest.mark.parametrize("packet", [b"", b"\1", b"\1\0", b"\1\0\0\0no zlib", b"\0\0"])
def test_xmp_of_a_png_that_cannot_be_read_says_nothing(packet):
    png = encoded(image_format="PNG")
    data = png[:33] + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0" + packet) + png[33:]

    assert decode_photo(data, metadata=True).exif is None


def test_a_bigtiff_keeps_what_a_tiff_keeps():
    exif = Image.Exif()
    exif.load(exif_block(orientation=1))
    files = [encoded(image_format="TIFF", exif=exif, big_tiff=is_big) for is_big in (False, True)]

    told = [decode_photo(file, metadata=True).exif for file in files]

    assert files[1][2:3] == b"+"
    assert told[0] == told[1]
    assert told[1] == basic_exif(exif_block())


def test_a_mask_carries_no_metadata():
    mask = encode_image(decode_photo(encoded()).pixels[..., 0], "jpeg", 90, exif=basic_exif(exif_block()))

    assert "exif" not in Image.open(io.BytesIO(mask)).info


def test_the_pixels_are_the_same_with_metadata_and_without():
    pixels = decode_photo(encoded(four_colours(64, 48))).pixels
    with_it, without = (encode_image(pixels, "jpeg", 90, exif=block) for block in (basic_exif(exif_block()), None))

    np.testing.assert_array_equal(Image.open(io.BytesIO(with_it)), Image.open(io.BytesIO(without)))


def test_the_decoders_child_keeps_it_when_asked():
    decoder = Decoder(Settings())
    try:
        kept, dropped = (decoder.decode(encoded(exif=exif_block()), metadata=wanted) for wanted in (True, False))
    finally:
        decoder.close()

    assert kept.exif == basic_exif(exif_block())
    assert dropped.exif is None


def test_the_block_is_a_tiff_whose_directories_are_sorted_and_end():
    block = basic_exif(exif_block())[6:]

    count = struct.unpack_from("<H", block, 8)[0]
    tags = [struct.unpack_from("<H", block, 10 + 12 * n)[0] for n in range(count)]
    assert block[:8] == b"II*\0\x08\0\0\0"
    assert tags == sorted(tags)
    assert block[10 + 12 * count : 14 + 12 * count] == bytes(4)
