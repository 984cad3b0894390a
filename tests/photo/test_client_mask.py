"""A client's own mask becomes the alpha of the composite."""

import imagecodecs
import numpy as np
import pytest
from focal.errors import InvalidOption
from focal.photo.client_mask import alpha_of
from focal.photo.decode import decode_mask
from focal.photo.photo import Photo
from PIL import Image, PngImagePlugin

from tests.helpers.pictures import encoded

RAMP = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
GREY = Image.fromarray(RAMP)
D65 = [0.3127, 0.3290, 1.0]
LINEAR_GREY = imagecodecs.cms_profile("gray", whitepoint=D65, gamma=1.0)
STEEP_RGB = imagecodecs.cms_profile(
    "rgb", whitepoint=D65, primaries=[0.68, 0.32, 1.0, 0.265, 0.69, 1.0, 0.15, 0.06, 1.0], gamma=1.0
)


def linear_gamma():
    chunk = PngImagePlugin.PngInfo()
    chunk.add(b"gAMA", (100_000).to_bytes(4, "big"))
    return chunk


def grey(values, source_format="PNG"):
    return Photo(np.repeat(np.asarray(values, np.uint8)[..., None], 3, axis=2), None, source_format)


def test_a_mask_of_the_photos_size_is_the_alpha():
    ramp = np.tile(np.arange(20, 236, dtype=np.uint8), (40, 1))

    np.testing.assert_array_equal(alpha_of(grey(ramp), *ramp.shape), ramp)


@pytest.mark.parametrize(
    "data",
    [
        encoded(GREY, "PNG", icc_profile=LINEAR_GREY),
        encoded(GREY, "TIFF", icc_profile=LINEAR_GREY),
        encoded(GREY, "PNG", pnginfo=linear_gamma()),
        encoded(GREY.convert("RGB"), "PNG", icc_profile=STEEP_RGB),
        encoded(GREY.convert("RGBA"), "PNG", icc_profile=STEEP_RGB),
    ],
    ids=["grey profile", "grey profile, TIFF", "gamma", "RGB profile", "RGB profile, transparency"],
)
def test_no_profile_and_no_curve_bends_a_mask(data, decoder):
    np.testing.assert_array_equal(alpha_of(decode_mask(data), *RAMP.shape), RAMP)
    np.testing.assert_array_equal(alpha_of(decoder.decode_mask(data), *RAMP.shape), RAMP)


def test_what_jpeg_left_of_black_and_white_is_black_and_white_again():
    nearly = np.array([[0, 3, 6, 7, 128, 248, 249, 252, 255]], np.uint8)

    np.testing.assert_array_equal(alpha_of(grey(nearly, "JPEG"), 1, 9), [[0, 0, 0, 7, 128, 248, 255, 255, 255]])
    np.testing.assert_array_equal(alpha_of(grey(nearly, "PNG"), 1, 9), nearly)


@pytest.mark.parametrize("size", [(60, 90), (240, 360)])
def test_a_mask_of_another_size_is_brought_to_the_photos(size):
    half = np.zeros(size, np.uint8)
    half[:, size[1] // 2 :] = 255

    alpha = alpha_of(grey(half), 120, 180)

    assert alpha.shape == (120, 180)
    assert (alpha[:, :88] == 0).all()
    assert (alpha[:, 92:] == 255).all()


@pytest.mark.parametrize(("mask", "photo"), [((100, 150), (3000, 4499)), ((3000, 4499), (100, 150)), ((1, 1), (1, 1))])
def test_a_rounded_side_is_the_same_shape(mask, photo):
    assert alpha_of(grey(np.full(mask, 255)), *photo).shape == photo


@pytest.mark.parametrize(
    ("mask", "photo"), [((150, 100), (100, 150)), ((100, 150), (100, 160)), ((1, 300), (200, 300))]
)
def test_a_mask_of_another_shape_is_refused_with_both_sizes(mask, photo):
    with pytest.raises(InvalidOption, match=rf"{mask[1]} by {mask[0]} pixels.*{photo[1]} by {photo[0]}"):
        alpha_of(grey(np.zeros(mask)), *photo)


def shape_and_opacity():
    opacity = np.zeros((12, 16), np.uint8)
    opacity[:, :8], opacity[:, 8] = 255, 128
    return opacity


def laid_on_white(colours, opacity):
    """A transparent image as it is decoded."""
    light = 255 - (255 - np.asarray(colours, float)) * opacity[..., None] / 255
    return Photo(np.round(light).astype(np.uint8), None, "PNG", opacity)


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (30, 90, 200)])
def test_of_a_shape_on_a_transparent_layer_the_shape_is_kept(colour):
    opacity = shape_and_opacity()
    shape = np.broadcast_to(np.array(colour, np.uint8), (12, 16, 3))

    np.testing.assert_array_equal(alpha_of(laid_on_white(shape, opacity), 12, 16), opacity)


def test_of_a_cut_out_its_transparency_is_the_mask():
    opacity = shape_and_opacity()
    photo = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)

    np.testing.assert_array_equal(alpha_of(laid_on_white(photo, opacity), 12, 16), opacity)


def test_a_cut_out_of_somebody_in_black_and_white_is_no_mask_by_its_colours():
    opacity = shape_and_opacity()
    clothes = np.zeros((12, 16, 3), np.uint8)
    clothes[5:] = 255
    clothes[:2] = 200, 150, 120  # a sixth of them is skin

    np.testing.assert_array_equal(alpha_of(laid_on_white(clothes, opacity), 12, 16), opacity)


def test_what_is_rubbed_out_of_a_black_and_white_mask_is_not_kept():
    half = np.zeros((12, 16, 3), np.uint8)
    half[:6] = 255
    opacity = np.full((12, 16), 255, np.uint8)
    opacity[:, 12:] = 0

    alpha = alpha_of(laid_on_white(half, opacity), 12, 16)

    np.testing.assert_array_equal(alpha, np.where(opacity == 0, 0, half[..., 0]))


def test_a_grey_mask_with_an_opaque_alpha_channel_is_the_alpha():
    ramp = np.tile(np.arange(20, 236, dtype=np.uint8), (40, 1))
    opaque = Photo(np.repeat(ramp[..., None], 3, axis=2), None, "PNG", np.full(ramp.shape, 255, np.uint8))

    np.testing.assert_array_equal(alpha_of(opaque, *ramp.shape), ramp)
