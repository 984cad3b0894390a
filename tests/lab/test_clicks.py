"""Clicks on subjects, and scenes of two."""

from __future__ import annotations

import numpy as np
from lab.quality.clicks import CLICKS, PAIR_SIZE, clicks, pairs
from lab.quality.hard_scenes import Scene

RED, BLUE = (220, 50, 50), (50, 50, 220)


def scene(name: str, colour: tuple[int, int, int], *columns: slice) -> Scene:
    mask = np.zeros((100, 200), np.uint8)
    for one in columns:
        mask[30:70, one] = 255
    return Scene(name, np.where(mask[..., None] > 0, colour, (60, 120, 60)).astype(np.uint8), mask)


def test_each_click_is_inside_the_part_that_it_is_measured_against():
    two = scene("two", RED, slice(20, 60), slice(120, 180))

    made = list(clicks(two, np.random.default_rng(0)))

    assert len(made) == CLICKS
    for (x, y), part in made:
        column = int(x * 200)
        assert part.mask[int(y * 100), column] == 255
        assert part.mask[:, 120:180].any() == (column >= 120)
        assert part.mask[:, 20:60].any() == (column < 60)


def test_a_scene_without_a_subject_gets_no_click():
    assert not list(clicks(scene("none", RED), np.random.default_rng(0)))


def test_a_pair_shows_both_subjects_where_its_mask_says_and_apart():
    first, second = pairs([scene("red", RED, slice(140, 180)), scene("blue", BLUE, slice(140, 180))])

    assert (first.name, second.name) == ("red+blue", "blue+red")
    assert first.pixels.shape == (*PAIR_SIZE, 3)
    shown = first.pixels[first.mask == 255].astype(int)
    red, blue = shown[:, 0] > shown[:, 2], shown[:, 0] < shown[:, 2]
    assert red.sum() > 1000
    assert blue.sum() > 1000
    assert not first.mask[:, PAIR_SIZE[1] // 2].any()


def test_pairs_are_the_same_each_time():
    scenes = [scene("red", RED, slice(140, 180)), scene("blue", BLUE, slice(150, 190))]

    for one, other in zip(pairs(scenes), pairs(scenes), strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)


def test_photos_without_any_background_make_no_pairs():
    full = Scene("full", np.zeros((100, 200, 3), np.uint8), np.full((100, 200), 255, np.uint8))

    assert not list(pairs([full, full]))
