"""People told by what the classifier sees them wear."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.boundary_prior import BoundaryPrior
from focal.mask.clothes import clothed_border, wearers, with_edge_of_head, worn_places
from focal.mask.photo_graph import build_graph
from focal.network.labels import imagenet_labels
from focal.network.people.presence import WORN
from focal.network.saliency import Features

SIZE = (12, 16)


def logits(**probabilities: float) -> np.ndarray:
    """Of classes by their labels; the others share the rest."""
    labels = imagenet_labels()
    rest = (1 - sum(probabilities.values())) / (len(labels) - len(probabilities))
    return np.log([probabilities.get(label, rest) for label in labels]).astype(np.float32)


SUIT = logits(suit=0.4)


def test_below_clothes_the_middle_of_the_bottom_is_somebody_and_no_other_border_is():
    body = clothed_border(SUIT, SIZE)

    assert body[-1, 7:9].min() > 0.95
    assert body[-1, [0, -1]].max() < 0.2
    assert not body[:-1].any()


def test_all_that_is_worn_counts_together():
    assert clothed_border(logits(jersey=0.06, sock=0.06), SIZE) is not None


@pytest.mark.parametrize("seen", [logits(tabby=0.9), logits(suit=0.02), np.zeros(1, np.float32)])
def test_nobody_is_expected_where_little_is_worn_or_the_classes_are_unknown(seen):
    assert clothed_border(seen, SIZE) is None


def test_what_is_worn_at_a_place_is_told_by_the_logits_of_that_place():
    places = np.stack([np.stack([SUIT, logits(tabby=0.9)], 1), np.stack([logits(sock=0.5), np.zeros(1000)], 1)], 2)
    labels = imagenet_labels()
    worn = [labels.index(label) for label in WORN]

    found = worn_places(Features((64, 64), (), place_logits=lambda: places.astype(np.float32)))

    for y, x in np.ndindex(2, 2):
        odds = [np.exp(logit) for logit in places[:, y, x]]
        assert found[y, x] == pytest.approx(sum(odds[n] for n in worn) / sum(odds), rel=1e-4)
    assert found[0, 0] > 0.4 > 0.2 > found[1, 0]


def test_who_wears_something_has_a_head_above_it():
    worn = np.zeros((5, 4), np.float32)
    worn[0, 0], worn[3, 1], worn[2, 1] = 0.9, 0.8, 0.1

    found = wearers(worn)

    assert found[2, 1] == pytest.approx(0.4)
    assert found[1, 1] == pytest.approx(0.05)
    assert (found[worn > 0.1] == worn[worn > 0.1]).all()
    assert not found[4].any()
    assert not found[:, 2:].any()


def test_a_network_that_cannot_tell_places_apart_says_nothing_of_them():
    assert worn_places(Features((64, 64), (), SUIT)) is None


def test_a_jacket_that_leaves_the_picture_at_the_bottom_is_no_background():
    feature, nothing = np.zeros((3, *SIZE), np.float32), np.zeros(SIZE, np.float32)
    feature[:, 6:, 5:11] = 4

    as_border = BoundaryPrior(feature).distance(nothing)
    as_somebody = BoundaryPrior(feature, clothed_border(SUIT, SIZE)).distance(nothing)

    assert as_border[8, 8] < 0.1
    assert as_somebody[8, 8] > 0.5
    np.testing.assert_allclose(as_somebody[2, 2], 0, atol=1e-3)


def test_the_head_gets_a_pixel_more_on_every_side_and_the_body_none():
    area = np.zeros((40, 30), bool)
    area[5:35, 10:20] = True

    wider = with_edge_of_head(area)

    assert wider[4:16, 9:21].all()
    assert not wider[:4].any()
    assert not wider[:, [8, 21]].any()
    np.testing.assert_array_equal(wider[16:], area[16:])


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_everything_stay_as_they_are(value: bool):
    area = np.full((6, 8), value)

    np.testing.assert_array_equal(with_edge_of_head(area), area)


@pytest.mark.parametrize(("seen", "differs"), [(SUIT, True), (logits(tabby=0.9), False)])
def test_the_graph_of_a_photo_minds_the_clothes_that_are_seen(seen, differs):
    rng = np.random.default_rng(0)
    pixels, nothing = rng.integers(0, 256, (96, 128, 3), np.uint8), np.zeros((6, 8), np.float32)
    maps = tuple(rng.random((3, *size), np.float32) for size in ((6, 8), (6, 8), (3, 4)))

    graphs = [
        build_graph(pixels, Features((96, 128), maps, of, lambda: np.zeros((1000, 3, 4), np.float32)))
        for of in (np.zeros(1000, np.float32), seen)
    ]

    plain, clothed = (graph.boundary_prior.distance(nothing) for graph in graphs)
    assert (clothed != plain).any() == differs
    assert [graph.clothed for graph in graphs] == [False, differs]
    assert [graph.worn is not None for graph in graphs] == [False, differs]
