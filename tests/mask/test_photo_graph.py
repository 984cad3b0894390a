"""The graph of a photo: its size, and its nodes' values brought to the photo's edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.boundary_prior import BoundaryPrior
from focal.mask.photo_graph import MOST_NODES, PhotoGraph, build_graph, graph_size
from focal.network.saliency import Features


@pytest.mark.parametrize("size", [(1, 1), (168, 224), (224, 224), (224, 100), (1, 224), (224, 1)])
def test_a_graph_has_the_pictures_shape_and_no_more_nodes_than_its_cost_allows(size):
    rows, columns = graph_size(np.zeros((*size, 3), np.float32))

    assert min(rows, columns) >= 4
    assert rows * columns <= 1.1 * MOST_NODES
    assert (rows - columns) * (size[0] - size[1]) >= 0


def test_the_score_has_the_guides_edges():
    subject = np.zeros((120, 160), bool)
    subject[33:87, 45:109] = True  # no multiple of a node
    guide = np.where(subject[..., None], np.float32([0.9, 0.4, 0.2]), np.float32([0.2, 0.4, 0.8])).astype(np.float32)
    nodes = cv2.resize(subject.astype(np.float32), (20, 15), interpolation=cv2.INTER_AREA)

    prior, focus = BoundaryPrior(np.zeros((1, 4, 4), np.float32)), np.ones((15, 20), np.float32)
    graph = PhotoGraph(guide, (15, 20), lambda seed: seed, prior, focus)

    score = graph.score(nodes)

    assert score.dtype == np.float32
    assert ((score > 0.5) == subject).mean() > 0.99


def test_a_graph_knows_the_nodes_looks_where_the_network_cannot_say_what_is_at_its_places():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (120, 160, 3), np.uint8)
    maps = tuple(rng.random((n, 15, 20), np.float32) for n in (3, 4, 5))

    graph = build_graph(pixels, Features((120, 160), maps))
    of_places = build_graph(pixels, Features((120, 160), maps, place_logits=lambda: np.zeros((1000, 4, 5), np.float32)))

    assert graph.looks is not None
    assert graph.looks.shape == (graph.size[0] * graph.size[1], 3 + 4 + 5)
    np.testing.assert_allclose(graph.looks.mean(0), 0, atol=1e-6)
    assert of_places.looks is None
