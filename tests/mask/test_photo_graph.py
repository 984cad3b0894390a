"""The graph of a photo: its size, and its nodes' values brought to the photo's edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from focal.mask.boundary_prior import BoundaryPrior
from focal.mask.photo_graph import MOST_NODES, PhotoGraph, graph_size


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
