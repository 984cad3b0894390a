"""Where a class is: the guided-backpropagation saliency of a picture, and the maps made from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

import cv2
import numpy as np
import torch

from ..arrays import Floats, Pixels
from .guided_backprop import INPUT, LOGITS, guided_backpropagation
from .model import Model

# The inner layers from fine to coarse, as an option names them.
INNER_LAYERS = ("fine", "middle", "coarse")


@dataclass(frozen=True)
class Features:
    """What the network's inner layers hold of a photo, for any class.

    view_px: height and width of the network's view of the photo.
    maps: three float32 (c, h', w'), inner activations from fine to coarse, |x| raised to the backbone's exponent.
    logits: float32 (1000,), of the view.
    place_logits: what finds those of each place of the last layer, float32 (1000, h', w'), of which `logits` are the
        means; None of a network whose classifier looks at all places at once.
    """

    view_px: tuple[int, int]
    maps: tuple[Floats, ...]
    logits: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    place_logits: Callable[[], Floats] | None = None


@dataclass(frozen=True)
class Saliency:
    """The guided gradients of one class's logit, float32.

    features: of the photo; all classes of a photo share them.
    feature_gradients: with respect to the activations of the middle and the coarse features themselves, in their
        shapes: what a mask is made of.
    finer: goes on with the backward pass, to the gradients at the finest features and at the input; None if it was not
        asked for.
    """

    features: Features
    feature_gradients: tuple[Floats, ...]
    finer: Callable[[], tuple[Floats, Floats]] | None = None

    @property
    def _finer_gradients(self) -> tuple[Floats, Floats]:
        if self.finer is None:
            raise ValueError("The backward pass ended before the input; ask for it with to_input.")
        return self.finer()

    @property
    def fine_gradient(self) -> Floats:
        """With respect to the finest features; found when it is first read. Errors as for `gradient`."""
        return self._finer_gradients[0]

    @property
    def gradient(self) -> Floats:
        """With respect to the normalised view, (3, h, w); found when it is first read, as only maps need it.

        Raises ValueError if it was not asked for.
        """
        return self._finer_gradients[1]

    def at(self, place: str) -> Floats:
        """The gradient at the input, or at one of INNER_LAYERS. Errors as for `gradient`, of the finest one, too."""
        if place == "input":
            return self.gradient
        fine, *coarser = INNER_LAYERS
        return self.fine_gradient if place == fine else self.feature_gradients[coarser.index(place)]


def layer_name(model: Model, place: str) -> str:
    """The network's name of the input, or of one of INNER_LAYERS."""
    return INPUT if place == "input" else model.backbone.features[INNER_LAYERS.index(place)]


def guided_saliency(
    model: Model, view: Pixels, class_indices: Sequence[int], *, to_input: bool = True
) -> list[Saliency]:
    """The guided-backpropagation saliency of each of the classes in a view, uint8 (h, w, 3).

    One forward pass serves them all. to_input: whether the backward pass goes on through the first layers, its most
    expensive part, to the input, once that gradient is asked for; else it ends at the middle features, since a mask
    needs no gradient of the finest.
    """
    _, saliency_of = forward_pass(model, view, to_input=to_input)
    return [saliency_of(index) for index in class_indices]


def forward_pass(model: Model, view: Pixels, *, to_input: bool = True) -> tuple[Features, Callable[[int], Saliency]]:
    """The features of a view, and what gives a class's saliency in it by a backward pass; as for `guided_saliency`."""
    names, height, width = model.backbone.features, *view.shape[:2]
    differentiated, last = (INPUT, *names) if to_input else names[1:], model.network.last_places
    x, wanted = model.normalise(view[None]), (*names, LOGITS, *([last] if last else []))
    activations, gradients_of = guided_backpropagation(model.network, x, wanted, differentiated)
    maps = tuple(_raised(_array(activations[name]), model.backbone.feature_exponent) for name in names)
    place_logits = partial(_place_logits, model, activations[last]) if last else None
    features = Features((height, width), maps, _array(activations[LOGITS]), place_logits)

    def saliency_of(class_index: int) -> Saliency:
        of_class = gradients_of(class_index)

        @cache  # and not a cached property, which until Python 3.12 lets one class go its way at a time
        def finer() -> tuple[Floats, Floats]:
            return _array(of_class[names[0]]), _array(of_class[INPUT])

        return Saliency(features, tuple(_array(of_class[name]) for name in names[1:]), finer if to_input else None)

    return features, saliency_of


def _place_logits(model: Model, last: torch.Tensor) -> Floats:
    """The logits of each place, see Features.   last: what the network's `last_places` gave."""
    with torch.inference_mode():
        return _array(model.network.classify_places(last))


def attribution_map(gradient: Floats) -> Pixels:
    """A map with sign as a picture, (c, h, w) -> uint8 (h, w): of an input, `grey_saliency`; else magnitudes.

    The magnitudes are summed over the channels, and the largest becomes 255.
    """
    if len(gradient) == len("RGB"):
        return grey_saliency(gradient)
    magnitude: Floats = np.abs(gradient).sum(0)
    return (magnitude / (magnitude.max() or 1) * 255).astype(np.uint8)


def positive_and_negative(gradient: Floats) -> tuple[Pixels, Pixels]:
    """The two saliency images of a gradient, (3, h, w) -> two uint8 (h, w, 3), each scaled from its least to its most.

    positive = max(0, g) / max g and negative = max(0, −g) / (−min g), as the published Focal defines them. A gradient
    without any positive (or negative) part gives a black image.
    """
    g = gradient.transpose(1, 2, 0)
    return _stretch(np.maximum(g, 0)), _stretch(np.maximum(-g, 0))


def grey_saliency(gradient: Floats) -> Pixels:
    """The black and white saliency map, (3, h, w) -> uint8 (h, w): positive plus negative saliency, to greyscale."""
    positive, negative = positive_and_negative(gradient)
    # The published sum gives the positive half the weight of the negative, rounds down and saturates.
    return cv2.cvtColor(cv2.add(negative, positive // 2), cv2.COLOR_RGB2GRAY).astype(np.uint8)


def photo_sized_map(gradient: Floats, height: int, width: int) -> Pixels:
    """The black and white map of a gradient, (c, h, w), at the photo's size, uint8 (height, width)."""
    grey = cv2.resize(attribution_map(gradient), (width, height), interpolation=cv2.INTER_LINEAR)
    return grey.astype(np.uint8, copy=False)


def _array(batch_of_one: torch.Tensor) -> Floats:
    array: Floats = batch_of_one[0].float().cpu().numpy()
    return array


def _raised(x: Floats, exponent: float) -> Floats:
    """sign(x) · |x|^exponent."""
    return x if exponent == 1 else np.copysign(np.abs(x) ** np.float32(exponent), x)


def _stretch(values: Floats) -> Pixels:
    low, high = float(values.min()), float(values.max())
    return ((values - low) / (high - low or 1.0) * 255).astype(np.uint8)
