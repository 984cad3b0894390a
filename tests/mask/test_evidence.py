"""The steps up to the score that the mask is cut from."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.diffusion import diffusion
from focal.mask.evidence import akin, centred, diffuse_twice, inward, stretch


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_second_diffusion_evens_out_a_subject_of_two_levels(rng):
    subject = np.zeros((10, 10), bool)
    subject[2:8, 2:8] = True
    same = subject.ravel()[:, None] == subject.ravel()
    W = np.where(same, 1, 0.01).astype(np.float32)
    np.fill_diagonal(W, 0)
    seed = np.zeros((10, 10), np.float32)
    seed[2:4, 2:8] = 1  # the head

    nodes = diffuse_twice(seed, diffusion(W))

    assert nodes[subject].min() > 0.8
    assert nodes[~subject].max() < 0.2


def test_stretching_ends_at_0_and_1_and_leaves_a_constant_at_0(rng):
    stretched = stretch(rng.normal(50, 9, (30, 30)).astype(np.float32))

    assert (stretched.min(), stretched.max()) == (0, 1)
    np.testing.assert_array_equal(stretch(np.full((4, 4), 3, np.float32)), 0)


def test_a_centred_seed_is_the_seed_in_the_middle_and_less_at_both_sides(rng):
    seed = np.ones((9, 21), np.float32)

    weighted = centred(seed)

    assert weighted[:, 10].min() == weighted.max() == 1
    assert (np.diff(weighted[0, :11]) > 0).sum() >= 9
    np.testing.assert_allclose(weighted, weighted[:, ::-1], atol=1e-6)
    np.testing.assert_array_equal(weighted[0], weighted[-1])


def test_what_is_inward_counts_by_its_distance_to_the_left_the_top_and_the_right_but_not_the_bottom(rng):
    saliency = rng.random((9, 12), np.float32)

    weight = inward(saliency) / saliency

    far = np.array([[min(y + 0.5, x + 0.5, 12 - x - 0.5) for x in range(12)] for y in range(9)])
    np.testing.assert_allclose(weight, np.minimum(far / np.percentile(far, 98), 1), rtol=1e-5)
    assert weight[-1].max() == 1


def test_what_is_akin_has_the_looks_of_what_is_likely_node_by_node(rng):
    looks = rng.normal(size=(12, 5)).astype(np.float32)
    looks -= looks.mean(0)
    likely = rng.random((3, 4), np.float32)

    found = akin(likely, looks)

    expected = [sum(p * (a @ b) for b, p in zip(looks, likely.ravel(), strict=True)) for a in looks]
    np.testing.assert_allclose(found, stretch(np.reshape(expected, (3, 4)).astype(np.float32)), atol=1e-5)


def test_a_shirt_is_akin_to_the_head_above_it_and_the_wall_behind_both_is_not():
    head, shirt, wall = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0]), np.array([0, 0, 1, 1])
    looks = np.array([wall, head, wall, wall, shirt, wall, wall, shirt, wall], np.float32)
    likely = np.zeros((3, 3), np.float32)
    likely[0, 1] = 1

    found = akin(likely, looks - looks.mean(0))

    assert found[1:, 1].min() > 0.3
    assert found[:, [0, 2]].max() < 0.01
