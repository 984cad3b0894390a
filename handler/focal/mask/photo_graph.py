"""A photo as a graph of nodes, and the filters guided by it: all that a mask needs and no class decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from ..network.people.people import People
from ..network.saliency import Features
from ..photo.views import guide_view
from .boundary_prior import BoundaryPrior
from .clothes import clothed_border, worn_places
from .diffusion import diffusion
from .focus_evidence import focus_factor
from .graph import affinity, looks, resample
from .guided_filter import GuidedFilter
from .people import body_likelihood, on_grid

WORKING_SIDE_PX = 224
# 32 × 24, or as many nodes in another shape: the cost is the cube of their number.
MOST_NODES, FEWEST_NODES_A_SIDE = 768, 4
# Of the three Lab channels beside one layer's hundreds: the network knows what belongs together, colour where it ends.
COLOUR_WEIGHT = 4.4
# Of the person network's one map beside them: 1 to 4 are alike.
PERSON_WEIGHT = 2.0
COARSE_RADIUS_PX, FINE_RADIUS_PX = WORKING_SIDE_PX // 10, WORKING_SIDE_PX // 56
# What the softest nodes lose of their seed in a photo with a plane of focus.
MOST_LOST_TO_SOFTNESS = 0.5
# Colour differences well below 1 % of the range are no edges.
EPS = 1e-4


class Guide(NamedTuple):
    """What of a graph needs no network: see PhotoGraph."""

    pixels: Floats
    size: tuple[int, int]
    focus: Floats


@dataclass(frozen=True)
class PhotoGraph:
    """A photo's nodes, and what spreads over them.

    guide: float32 (h, w, 3), 0..1, the photo with WORKING_SIDE_PX pixels on its longer side.
    size: rows and columns of the nodes, (r, c).   diffuse: the diffusion over the graph, float32 (r·c,) -> (r·c,).
    boundary_prior: how different each place looks from the photo's border.
    focus: float32 (r, c), 0..1, what remains of a seed at each node where the camera focused elsewhere.
    people: those in the photo; None if there are none, or they are not looked for.
    body: how likely each node belongs to one of them, float32 (r, c), 0..1; None without people.
    clothed: whether the classifier sees what people wear, where no people are known.
    worn: where it sees that, float32 (h', w'), 0..1, on the grid of its last layer; None where it does not or cannot.
    looks: what each node looks like to the network, float32 (r·c, C), each channel of zero mean; None with people, and
        of a network that can say what is at its places.
    """

    guide: Floats
    size: tuple[int, int]
    diffuse: Callable[[Floats], Floats]
    boundary_prior: BoundaryPrior
    focus: Floats
    people: People | None = None
    body: Floats | None = None
    clothed: bool = False
    worn: Floats | None = None
    looks: Floats | None = None

    @cached_property
    def coarse_filter(self) -> GuidedFilter:
        """Brings the nodes' values to the edges of the guide."""
        return GuidedFilter(self.guide, COARSE_RADIUS_PX, EPS)

    @cached_property
    def fine_filter(self) -> GuidedFilter:
        """Softens the edge of an area as the guide's own edge is soft."""
        return GuidedFilter(self.guide, FINE_RADIUS_PX, EPS)

    def enlarge(self, nodes: Floats, interpolation: int) -> Floats:
        """The nodes' values, (r, c), at the size of the guide, (h, w)."""
        return np.asarray(cv2.resize(nodes, self.guide.shape[1::-1], interpolation=interpolation), np.float32)

    def score(self, nodes: Floats) -> Floats:
        """The nodes' values, (r, c), brought to the edges of the guide.   Returns float32 (h, w), 0..1."""
        return np.clip(self.coarse_filter(self.enlarge(nodes, cv2.INTER_CUBIC)), 0, 1)


def build_guide(pixels: Pixels) -> Guide:
    """The guide of a photo, uint8 (H, W, 3), RGB."""
    guide = guide_view(pixels, WORKING_SIDE_PX)
    size = graph_size(guide)
    return Guide(guide, size, focus_factor(pixels, size, MOST_LOST_TO_SOFTNESS))


def build_graph(
    pixels: Pixels, features: Features, people: People | None = None, known: Guide | None = None
) -> PhotoGraph:
    """The graph of a photo, uint8 (H, W, 3), RGB, from the network's features of a view over the whole of it.

    people: what is known of people in the photo; None leaves the graph to the features and the colours alone.
    known: the photo's guide, if it was built before.
    """
    guide, size, focus = known or build_guide(pixels)
    nodes = node_looks(guide, features, size, people)
    diffuse = diffusion(affinity(nodes))
    body = None if people is None else body_likelihood(people, size, guide.shape[1] / guide.shape[0])
    finest = features.maps[0]
    at_border = clothed_border(features.logits, (finest.shape[1], finest.shape[2])) if body is None else body
    prior, clothed = BoundaryPrior(finest, at_border), body is None and at_border is not None
    worn = worn_places(features) if clothed else None
    seen = nodes[:, : sum(map(len, features.maps))] if people is None and features.place_logits is None else None
    return PhotoGraph(guide, size, diffuse, prior, focus, people, body, clothed, worn, seen)


def node_looks(guide: Floats, features: Features, size: tuple[int, int], people: People | None = None) -> Floats:
    """What each node looks like, to the network first, in Lab colour, and to that for people.   float32 (r·c, C)."""
    colour = cv2.cvtColor(cv2.resize(guide, size[::-1], interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    lab = np.ascontiguousarray(np.asarray(colour, np.float32).transpose(2, 0, 1))
    layers = [*(resample(x, features.view_px, size) for x in features.maps), lab]
    weights = [1.0] * len(features.maps) + [COLOUR_WEIGHT]
    if people is not None:
        layers, weights = [*layers, on_grid(people.person, size)[None]], [*weights, PERSON_WEIGHT]
    return looks(layers, weights)


def graph_size(guide: Floats) -> tuple[int, int]:
    """Rows and columns of the nodes: MOST_NODES in the picture's shape, at least FEWEST_NODES_A_SIDE each way."""
    height, width = guide.shape[:2]
    scale = (MOST_NODES / (height * width)) ** 0.5
    longest = MOST_NODES // FEWEST_NODES_A_SIDE
    rows, columns = (min(longest, max(FEWEST_NODES_A_SIDE, round(n * scale))) for n in (height, width))
    return rows, columns
