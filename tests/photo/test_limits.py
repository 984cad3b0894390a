"""The limits of a photo that are held before a pixel of it is decoded."""

import pytest
from focal.errors import PhotoTooLarge
from focal.photo.limits import check_profile, check_size
from focal.settings import Settings


def test_a_colour_profile_may_have_8_megabytes_and_no_more():
    longest = bytes(8_000_000)

    assert check_profile(longest) is longest
    with pytest.raises(PhotoTooLarge, match="more than 8 MB"):
        check_profile(longest + b"\0")


@pytest.mark.parametrize("profile", [b"", None])
def test_an_empty_profile_is_none(profile):
    assert check_profile(profile) is None


@pytest.mark.parametrize(("width", "height"), [(3200, 100), (100, 3200), (10_000, 5_000), (16_383, 3_000)])
def test_a_photo_at_a_limit_is_within_it(width, height):
    check_size(width, height, Settings())


@pytest.mark.parametrize(
    ("width", "height", "why"),
    [
        (3201, 100, "32 times"),
        (100, 3201, "32 times"),
        (10_000, 5_001, "50.01 megapixels; the limit is 50:"),
        (16_384, 600, "16384"),
    ],
)
def test_a_photo_beyond_a_limit_is_refused_with_it(width, height, why):
    with pytest.raises(PhotoTooLarge, match=why):
        check_size(width, height, Settings())


def test_of_a_photo_that_is_too_narrow_and_too_large_its_shape_is_named_which_no_scaling_mends():
    with pytest.raises(PhotoTooLarge, match="crop it"):
        check_size(100_000, 3_000, Settings())
