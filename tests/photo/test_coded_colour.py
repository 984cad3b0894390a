"""The colour that only a coded picture tells: where AV1 and HEVC have it, behind every part that may come before it."""

import numpy as np
import pytest
from focal.photo.coded_colour import code_points
from focal.photo.decode import decode_photo
from PIL import Image

from tests.helpers import boxed_files as boxes
from tests.helpers.format_files import heic, without_code_points
from tests.helpers.pictures import encoded, four_colours

P3, SRGB_CURVE, BT601 = 12, 13, 6
SIDE = 64


def coded(primaries: int = P3) -> tuple[bytes, bytes]:
    """The configuration and data of a small HEVC picture that names its colours."""
    arguments = {"color_primaries": primaries, "transfer_characteristics": SRGB_CURVE, "matrix_coefficients": BT601}
    return boxes.taken_from(heic(four_colours(SIDE, SIDE), save_nclx_profile=True, **arguments))


def picture(*properties: bytes, primaries: int = P3) -> boxes.Item:
    configuration, data = coded(primaries)
    return boxes.Item(b"hvc1", data, [boxes.size(SIDE, SIDE), configuration, *properties])


def test_of_a_picture_in_tiles_the_first_tile_tells_it():
    whole = boxes.grid(1, 2, 2 * SIDE, SIDE)
    items = [boxes.Item(b"grid", whole, [boxes.size(2 * SIDE, SIDE)], {b"dimg": [2, 3]}, in_idat=True)]

    file = boxes.boxed([*items, picture(), picture()], b"heic")

    assert code_points(file) == (P3, SRGB_CURVE)
    assert decode_photo(file).pixels.shape == (SIDE, 2 * SIDE, 3)


def test_a_box_counts_before_the_coded_picture_even_if_it_says_unspecified():
    marked, unspecified = boxes.code_points(1, SRGB_CURVE, BT601), boxes.code_points(2, 2, 2)

    assert decode_photo(boxes.boxed([picture()], b"heic")).icc_profile is not None
    assert decode_photo(boxes.boxed([picture(marked)], b"heic")).icc_profile is None
    assert decode_photo(boxes.boxed([picture(unspecified)], b"heic")).icc_profile is None


def test_the_header_of_an_av1_sequence_is_longer_than_that_of_a_still_picture():
    frames = [four_colours(), four_colours().transpose(Image.Transpose.ROTATE_180)]
    still, animated = (
        without_code_points(encoded(frames[0], "AVIF", **more))
        for more in ({}, {"save_all": True, "append_images": frames[1:]})
    )

    assert code_points(still) == code_points(animated) == (1, SRGB_CURVE)


def test_a_unit_before_an_av1_header_is_left_out_by_its_length_of_several_bytes():
    configuration, data = boxes.taken_from(without_code_points(encoded(four_colours(), "AVIF")))
    metadata = bytes([5 << 3 | 2, 0x80 | 200 & 0x7F, 200 >> 7]) + bytes(200)  # AV1 specification, 4.10.5 and 5.3.2
    without_its_copy = boxes.box(b"av1C", configuration[8:12])
    item = boxes.Item(b"av01", metadata + data, [boxes.size(SIDE, SIDE), without_its_copy])

    assert code_points(boxes.boxed([item], b"avif")) == (1, SRGB_CURVE)


class Bits:
    """Writes bits, the most significant first."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, *fields: tuple[int, int]) -> None:
        """Values and their lengths."""
        self.text += "".join(f"{value:0{length}b}" for value, length in fields)

    def golomb(self, *values: int) -> None:
        """Exp-Golomb codes (H.265, 9.2)."""
        for value in values:
            self.text += "0" * ((value + 1).bit_length() - 1) + f"{value + 1:b}"

    def bytes(self) -> bytes:
        """All, filled up with zeros."""
        padded = self.text + "0" * (-len(self.text) % 8)
        return bytes(int(padded[n : n + 8], 2) for n in range(0, len(padded), 8))


def sequence_parameters(colours: tuple[int, int, int] | None) -> bytes:
    """A sequence parameter set of HEVC that has every part which may come before its colours (H.265, 7.3.2.2)."""
    bits = Bits()
    bits.put((0, 4), (2, 3), (1, 1))  # three layers
    bits.put((1, 88), (90, 8), (0b1101, 4), (0, 12), (1, 88), (30, 8), (60, 8))  # the profile, and those of two layers
    bits.golomb(0, 3)
    bits.put((0, 1))  # colour planes together
    bits.golomb(64, 64)
    bits.put((1, 1))
    bits.golomb(0, 1, 2, 3)  # crop
    bits.golomb(2, 2, 4)
    bits.put((1, 1))
    bits.golomb(*[4, 2, 0] * 3, 0, 3, 0, 3, 1, 1)  # of each layer; blocks
    bits.put((1, 1), (1, 1))  # scaling lists, the first of each size in full
    for size in range(4):
        for number in range(2 if size == 3 else 6):
            bits.put((number == 0, 1))
            bits.golomb(*[5] * ((size > 1) + min(64, 16 << 2 * size)) if number == 0 else [1])
    bits.put((0, 2), (1, 1), (7, 4), (7, 4))  # PCM
    bits.golomb(0, 2)
    bits.put((1, 1))
    bits.golomb(2, 2, 1)  # two sets of references; the first: two before, one after
    for distance in (0, 1, 0):
        bits.golomb(distance)
        bits.put((1, 1))
    bits.put((1, 1), (0, 1))  # the second: told by the first
    bits.golomb(0)
    bits.put((1, 1), (0, 1), (1, 1), (0, 1), (0, 1), (1, 1))
    bits.put((1, 1))
    bits.golomb(2)
    bits.put(*[(5, 8), (1, 1)] * 2)  # long-term references
    bits.put((0, 2), (1, 1), (1, 1), (255, 8), (1, 16), (1, 16), (1, 1), (0, 1))  # aspect ratio and overscan
    bits.put((1, 1), (5, 3), (1, 1), (colours is not None, 1))
    bits.put(*[(number, 8) for number in colours or ()], (1, 40))
    return b"\x42\x01" + bits.bytes().replace(b"\0\0\1", b"\0\0\3\1").replace(b"\0\0\0", b"\0\0\3\0")


@pytest.mark.parametrize("colours", [(9, 16, 9), (12, 13, 6), None])
def test_colours_are_found_behind_all_that_may_come_before_them(colours):
    unit = sequence_parameters(colours)
    arrays = bytes([2, 32, 0, 1, 0, 3]) + b"\x40\x01\0" + bytes([33, 0, 1]) + len(unit).to_bytes(2) + unit
    item = boxes.Item(b"hvc1", b"", [boxes.size(SIDE, SIDE), boxes.box(b"hvcC", bytes(22), arrays)])

    assert code_points(boxes.boxed([item], b"heic")) == (colours and colours[:2])


def test_a_header_that_ends_too_early_names_none():
    unit = sequence_parameters((9, 16, 9))[:40]
    arrays = bytes([1, 33, 0, 1]) + len(unit).to_bytes(2) + unit
    item = boxes.Item(b"hvc1", b"", [boxes.size(SIDE, SIDE), boxes.box(b"hvcC", bytes(22), arrays)])

    assert code_points(boxes.boxed([item], b"heic")) is None


def test_the_pixels_are_those_of_the_same_file_with_its_box():
    marked = boxes.boxed([picture(boxes.code_points(P3, SRGB_CURVE, BT601))], b"heic")

    photos = [decode_photo(file) for file in (marked, boxes.boxed([picture()], b"heic"))]

    np.testing.assert_array_equal(photos[0].pixels, photos[1].pixels)
    assert photos[0].icc_profile == photos[1].icc_profile
