"""HEIC and AVIF: HDR pictures of more than 8 bits, turns of the container, and codings that are not read."""

import io

import numpy as np
import pillow_heif
import pytest
from focal.errors import UnsupportedFormat
from focal.photo.decode import decode_photo

from tests.helpers import boxed_files as boxes
from tests.helpers.format_files import heic
from tests.helpers.pictures import encoded, four_colours

SIDE = 64
BT2020, PQ, HLG = 9, 16, 18  # code points of H.273
# ITU-R BT.2408: the signal of HDR reference white, 203 nits, in each curve; its tone mapping gives it half the light.
REFERENCE_WHITE = {PQ: 0.5807, HLG: 0.75}
HALF_LIGHT = 188


@pytest.fixture(params=[False, True], ids=["10 bits", "12 bits"])
def bits(request, monkeypatch):
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", request.param)


@pytest.mark.usefixtures("bits")
@pytest.mark.parametrize("transfer", [PQ, HLG], ids=["PQ", "HLG"])
@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16"])
def test_reference_white_of_an_hdr_heic_has_half_the_light_of_the_screen(mode, transfer):
    photo = decode_photo(hdr_heic(mode, transfer))

    np.testing.assert_allclose(photo.pixels.astype(int), HALF_LIGHT, atol=2)


def hdr_heic(mode: str, transfer: int) -> bytes:
    samples = np.full((48, 64, len(mode) - 3), 65_535, np.uint16)
    samples[..., :3] = round(65_535 * REFERENCE_WHITE[transfer])
    file, buffer = pillow_heif.from_bytes(mode, (64, 48), samples.tobytes()), io.BytesIO()
    code_points = {"color_primaries": BT2020, "transfer_characteristics": transfer, "matrix_coefficients": BT2020}
    file.save(buffer, quality=100, chroma=444, save_nclx_profile=True, **code_points)
    return buffer.getvalue()


def square(name: str, *properties: bytes) -> boxes.Item:
    """A coded picture of four colours, as an AVIF or a HEIC has it."""
    image = four_colours(SIDE, SIDE)
    file = encoded(image, "AVIF", quality=100, subsampling="4:4:4") if name == "AVIF" else heic(image)
    configuration, data = boxes.taken_from(file)
    kind = b"av01" if name == "AVIF" else b"hvc1"
    return boxes.Item(kind, data, [boxes.size(SIDE, SIDE), configuration, *properties])


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize(("name", "brand"), [("AVIF", b"avif"), ("HEIF", b"heic")])
def test_a_picture_is_first_turned_anticlockwise_and_then_mirrored(name, brand, quarters, mirror):
    mirrored = [] if mirror is None else [boxes.box(b"imir", bytes([mirror]))]
    item = square(name, boxes.box(b"irot", bytes([quarters])), *mirrored)

    photo = decode_photo(boxes.boxed([item], brand))

    expected = np.rot90(np.asarray(four_colours(SIDE, SIDE)), quarters)
    expected = expected if mirror is None else np.flip(expected, mirror)
    np.testing.assert_allclose(photo.pixels.astype(int), expected, atol=3)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (b"avc1", "H.264"),
        (b"jpeg", "JPEG"),
        (b"j2k1", "JPEG 2000"),
        (b"vvc1", "H.266"),
        (b"unci", "plain samples"),
        (b"av01", "AV1"),
    ],
)
def test_a_heif_that_is_coded_otherwise_is_called_by_its_coding(kind, name):
    item = boxes.Item(kind, b"data", [boxes.size(SIDE, SIDE)])

    with pytest.raises(UnsupportedFormat, match=f"The photo is a HEIF picture coded as {name}, which is not supported"):
        decode_photo(boxes.boxed([item], b"mif1"))


@pytest.mark.parametrize(("name", "brand"), [("AVIF", b"avif"), ("HEIF", b"heic")])
def test_a_picture_that_refers_to_another_is_that_or_is_refused_in_words(name, brand):
    file = boxes.boxed([boxes.Item(b"iden", b"", [boxes.size(SIDE, SIDE)], {b"dimg": [2]}), square(name)], brand)

    if name == "HEIF":
        np.testing.assert_allclose(decode_photo(file).pixels, np.asarray(four_colours(SIDE, SIDE)), atol=3)
    else:
        with pytest.raises(UnsupportedFormat, match="an AVIF picture made by overlay of, or reference to, another"):
            decode_photo(file)
