"""Which maps have a photo's shape: a mask exactly, but for rounded sides, and a smooth map of depth nearly."""

import pytest
from focal.photo.shape import is_nearly_of_shape, is_rounded_copy

PHOTO = (3000, 4000)


@pytest.mark.parametrize("size", [(3000, 4000), (6000, 8000), (75, 100), (76, 100), (1, 2)])
def test_a_copy_with_rounded_sides_is_one(size):
    assert is_rounded_copy(size, PHOTO)
    assert is_nearly_of_shape(size, PHOTO)


@pytest.mark.parametrize("size", [(384, 518), (504, 672), (300, 407), (300, 393)])
def test_a_map_of_depth_may_be_stretched_by_two_percent(size):
    assert is_nearly_of_shape(size, PHOTO)


@pytest.mark.parametrize("size", [(300, 410), (300, 390), (4000, 3000), (300, 300)])
def test_what_is_stretched_by_more_is_of_another_shape(size):
    assert not is_nearly_of_shape(size, PHOTO)
    assert not is_rounded_copy(size, PHOTO)
