"""The small copy that stands in for a large photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.photo.photo import Photo
from focal.photo.preview import SHORTEST_SIDE_PX, preview, shrunk, shrunk_by_halves
from focal.photo.views import class_view, whole_view


@pytest.fixture(scope="module")
def photo():
    """A photo of 5 megapixels with detail of every scale."""
    picture = np.full((2100, 2600, 3), 128, np.float32)
    for n in (5, 20, 80, 320, 1280):
        picture += cv2.resize(np.random.default_rng(n).normal(0, 10, (n, n, 3)).astype(np.float32), (2600, 2100))
    return picture.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1023, 2000), (1023, 2000)),
        ((1024, 2001), (512, 1000)),
        ((3000, 4000), (750, 1000)),
        ((8191, 4097), (1023, 512)),
        ((1, 9), (1, 9)),
    ],
)
def test_a_photo_is_halved_while_its_shorter_side_keeps_512_pixels(size, small):
    assert SHORTEST_SIDE_PX == 512
    assert preview(np.zeros((*size, 3), np.uint8)).shape[:2] == small


def test_a_pixel_of_it_is_the_mean_of_those_it_stands_for(photo):
    means = photo[:2100, :2600].reshape(525, 4, 650, 4, 3).mean((1, 3))

    np.testing.assert_allclose(preview(photo), means, atol=1)


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize(
    ("size", "smaller"),
    [
        ((612, 816), (256, 320)),
        ((480, 640), (240, 320)),
        ((480, 640), (256, 320)),
        ((500, 375), (320, 256)),
        ((70, 321), (64, 320)),
    ],
)
def test_a_smaller_picture_has_the_pixels_that_opencv_gives_it(size, smaller, channels):
    picture = np.random.default_rng(0).integers(0, 256, (*size, *channels), np.uint8)

    theirs = cv2.resize(picture, smaller[::-1], interpolation=cv2.INTER_AREA)

    np.testing.assert_array_equal(shrunk(picture, *smaller[::-1]), theirs)


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("smaller", [(100, 150), (64, 96), (1, 1), (1, 300), (700, 900)])
def test_a_much_smaller_picture_that_is_halved_first_is_nearly_the_same(smaller, channels):
    picture = np.random.default_rng(0).integers(0, 256, (768, 1152, *channels), np.uint8)
    picture = cv2.GaussianBlur(picture, (0, 0), 4)

    np.testing.assert_allclose(shrunk_by_halves(picture, *smaller[::-1]), shrunk(picture, *smaller[::-1]), atol=1)


def test_what_the_network_sees_of_it_is_what_it_would_see_of_the_photo(photo, model):
    small = preview(photo)

    for view in (whole_view, lambda pixels: class_view(pixels, *model.backbone.transform)):
        difference = np.abs(view(small).astype(int) - view(photo))
        assert difference.mean() < 1
        assert difference.max() <= 8


def test_a_photo_makes_it_once(photo):
    decoded = Photo(photo, None, "JPEG")

    assert decoded.preview is decoded.preview
    np.testing.assert_array_equal(decoded.preview, preview(photo))
