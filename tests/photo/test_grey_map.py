"""A map of depth in any image file: its greys are numbers, in all their bits."""

import io

import numpy as np
import pytest
import tifffile
from focal.errors import InvalidOption, MissingImage, PhotoTooLarge, UndecodablePhoto, UnsupportedFormat
from focal.photo.decode import decode_depth
from focal.photo.grey_map import MAX_SIDE_PX
from focal.settings import Settings
from PIL import Image, ImageCms

from tests.helpers.pictures import STORED, encoded, four_colours

RAMP = np.tile(np.linspace(0, 65_535, 300).astype(np.uint16), (200, 1))
EIGHT_BITS = (RAMP >> 8).astype(np.uint8)


def tiff(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric="minisblack")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (encoded(Image.fromarray(RAMP), "PNG"), 1 / 65_535),
        (tiff(RAMP), 1 / 65_535),
        (tiff((RAMP / 65_535).astype(np.float32)), 2 / 65_535),
        (encoded(Image.fromarray(EIGHT_BITS), "PNG"), 1 / 255),
        (encoded(Image.fromarray(EIGHT_BITS).convert("RGBA"), "PNG"), 1 / 255),
        (encoded(Image.fromarray(EIGHT_BITS).convert("RGB"), "BMP"), 1 / 255),
        (encoded(Image.fromarray(EIGHT_BITS), "JPEG", quality=95), 4 / 255),
        (encoded(Image.fromarray(EIGHT_BITS).convert("RGB"), "WEBP", quality=95), 6 / 255),
        (encoded(Image.fromarray(EIGHT_BITS).convert("RGB"), "HEIF", quality=95), 6 / 255),
    ],
)
def test_white_is_one_and_black_nought_in_every_format(data, error):
    depth = decode_depth(data)

    assert depth.source == "image"
    assert depth.disparity.dtype == np.float32
    np.testing.assert_allclose(depth.disparity, RAMP / 65_535, atol=error)


def test_no_colour_profile_bends_a_map():
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    data = encoded(Image.fromarray(EIGHT_BITS), "PNG", icc_profile=linear)

    np.testing.assert_allclose(decode_depth(data).disparity, EIGHT_BITS / 255, atol=1e-6)


@pytest.mark.parametrize("orientation", STORED)
def test_a_map_is_turned_as_its_exif_says(orientation):
    upright = Image.fromarray(EIGHT_BITS)
    stored = upright if STORED[orientation] is None else upright.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[274] = orientation

    depth = decode_depth(encoded(stored, "PNG", exif=exif))

    np.testing.assert_allclose(depth.disparity, EIGHT_BITS / 255, atol=1e-6)


def test_a_large_map_is_reduced():
    wide = np.repeat(np.repeat(RAMP, 10, axis=0), 10, axis=1)

    disparity = decode_depth(encoded(Image.fromarray(wide), "PNG")).disparity

    assert disparity.shape == (1365, MAX_SIDE_PX)
    np.testing.assert_allclose(disparity[:, ::16], np.tile(np.linspace(0, 1, 128), (1365, 1)), atol=0.01)


@pytest.mark.parametrize("image", [four_colours(), four_colours().convert("CMYK")])
def test_a_picture_in_colours_is_no_map(image):
    with pytest.raises(InvalidOption, match=r"colours.*greys\.$"):
        decode_depth(encoded(image, "TIFF"))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (encoded(Image.fromarray(RAMP), "PNG")[:-60], UndecodablePhoto),
        (encoded(Image.new("L", (3000, 2000)), "PNG"), PhotoTooLarge),
        (b"nothing", UnsupportedFormat),
        (b"", MissingImage),
    ],
)
def test_a_map_meets_the_limits_of_a_photo(data, error):
    with pytest.raises(error):
        decode_depth(data, Settings(max_megapixels=5))


def test_the_decoders_map_is_the_same(decoder):
    data = encoded(Image.fromarray(RAMP), "PNG")

    np.testing.assert_array_equal(decoder.decode_depth(data).disparity, decode_depth(data).disparity)
    with pytest.raises(InvalidOption):
        decoder.decode_depth(encoded(four_colours()))
