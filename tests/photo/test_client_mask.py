"""A client's own mask becomes the alpha of the composite."""

import numpy as np
import pytest
from focal.errors import InvalidOption
from focal.photo.client_mask import alpha_of
from focal.photo.decode import Photo


def grey(values, source_format="PNG"):
    return Photo(np.repeat(np.asarray(values, np.uint8)[..., None], 3, axis=2), None, source_format)


def test_a_mask_of_the_photos_size_is_the_alpha():
    ramp = np.tile(np.arange(20, 236, dtype=np.uint8), (40, 1))

    np.testing.assert_array_equal(alpha_of(grey(ramp), *ramp.shape), ramp)


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
