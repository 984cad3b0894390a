"""TIFF: what a sample means that the file says nothing of."""

import io

import numpy as np
import pytest
import tifffile
from focal.photo.decode import decode_photo

COLOURS = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)


def rgb_and_a_fourth(fourth: int) -> bytes:
    file = io.BytesIO()
    samples = np.dstack([COLOURS, np.full(COLOURS.shape[:2], fourth, np.uint8)])
    tifffile.imwrite(file, samples, photometric="rgb", extrasamples=["unassalpha"], metadata=None)
    file.seek(0)
    with tifffile.TiffFile(file) as opened:
        place = opened.pages.first.tags["ExtraSamples"].offset
    data = bytearray(file.getvalue())
    data[place : place + 2] = (65_000).to_bytes(2, "little")  # a private tag in place of the one that tells
    return bytes(data)


@pytest.mark.parametrize("fourth", [0, 255])
def test_a_fourth_sample_that_no_tag_explains_and_that_hides_all_is_only_a_filler(fourth):
    photo = decode_photo(rgb_and_a_fourth(fourth))

    np.testing.assert_array_equal(photo.pixels, COLOURS)


def test_a_fourth_sample_that_no_tag_explains_is_otherwise_transparency():
    photo = decode_photo(rgb_and_a_fourth(128))

    assert photo.alpha is not None
    np.testing.assert_array_equal(photo.alpha, 128)


def test_the_black_and_white_of_reference_that_rgb_may_name_are_ignored():
    file = io.BytesIO()
    footroom = (532, "2I", 6, (16, 1, 235, 1) * 3, True)
    tifffile.imwrite(file, COLOURS, photometric="rgb", metadata=None, extratags=[footroom])
    file.seek(0)
    with tifffile.TiffFile(file) as opened:
        assert "ReferenceBlackWhite" in opened.pages.first.tags

    np.testing.assert_array_equal(decode_photo(file.getvalue()).pixels, COLOURS)


@pytest.mark.parametrize("scale", [1, 256, 257])
def test_a_palettes_8_bits_come_back_exactly_however_they_were_made_16(scale):
    file, codes = io.BytesIO(), np.arange(256, dtype=np.uint8)
    palette = np.stack([codes, codes[::-1], codes]).astype(np.uint16) * np.uint16(scale)
    tifffile.imwrite(file, codes.reshape(16, 16), photometric="palette", colormap=palette, metadata=None)

    photo = decode_photo(file.getvalue())

    np.testing.assert_array_equal(photo.pixels.reshape(-1, 3), np.stack([codes, codes[::-1], codes], axis=1))
