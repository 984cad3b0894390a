"""Harder pictures made of photos with masks."""

from __future__ import annotations

import numpy as np
import pytest
from lab.quality.hard_scenes import Scene, empty_part, hard_scenes


@pytest.fixture
def scene():
    mask = np.zeros((100, 200), np.uint8)
    mask[30:70, 140:180] = 255
    pixels = np.where(mask[..., None] > 0, (220, 50, 50), (60, 120, 60)).astype(np.uint8)
    return Scene("ball", pixels, mask)


def test_five_hard_scenes_are_made_of_each_scene(scene):
    made = list(hard_scenes([scene]))

    assert [one.name for one in made] == ["ball-close", "ball-off", "ball-night", "ball-tiny", "ball-pasted"]
    for one in made:
        assert one.pixels.shape == (*one.mask.shape, 3)
        assert one.mask.max() == 255


def test_they_are_the_same_each_time(scene):
    for one, other in zip(hard_scenes([scene, scene]), hard_scenes([scene, scene]), strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.mask, other.mask)


def test_the_subject_fills_a_close_up_and_touches_a_side_and_is_small_when_pasted(scene):
    close, off, night, tiny, _ = hard_scenes([scene])

    assert (close.mask == 255).all()
    assert off.mask[:, 0].any()
    assert night.pixels.mean() < scene.pixels.mean() / 2
    assert (tiny.mask > 127).mean() < 0.2


def test_what_is_pasted_is_where_the_mask_says(scene):
    *_, tiny, _ = hard_scenes([scene])

    assert (tiny.pixels[tiny.mask == 255, 0] > 150).all()
    assert (tiny.pixels[tiny.mask == 0, 0] < 100).all()


def test_the_empty_part_is_the_largest_without_the_subject(scene):
    part = empty_part(scene)

    assert (part[..., 0] == 60).all()
    assert part.shape[0] == 100
    assert part.shape[1] >= 100


def test_a_photo_full_of_subject_has_no_empty_part(scene):
    assert empty_part(Scene("all", scene.pixels, np.full_like(scene.mask, 255))) is None
