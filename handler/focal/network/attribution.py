"""How much each value of a view, or of an inner layer, matters for a class, by four methods from the literature.

gradient              the derivative of the class's logit (Simonyan et al. 2014, "Deep inside convolutional networks")
smoothgrad            its mean over noisy copies of the view (Smilkov et al. 2017, "SmoothGrad: removing noise by adding
                      noise")
layercam              at an inner layer, activations weighted by their own positive derivatives (Jiang et al. 2021,
                      "LayerCAM: exploring hierarchical class activation maps for localization")
integrated_gradients  its integral on the way from a black view (Sundararajan et al. 2017, "Axiomatic attribution for
                      deep networks")

The fifth, guided backpropagation, is saliency.py's, from which masks are made. Here rectifiers have their true
derivatives. All numbers are fixed, so that a view has one answer, and one pass is made at a time, so that memory does
not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch

from ..arrays import Floats, Pixels
from ..options import MOST_SAMPLES
from .guided_backprop import INPUT
from .layers import chain
from .model import Model

# Of SmoothGrad: the middle of its paper's tenth to a fifth of the range of the view's values.
NOISE_FRAC, NOISE_SEED = 0.15, 0

Tensor = torch.Tensor
BetweenPasses = Callable[[], None]


class _SplitNetwork:
    """The network before and after the layer whose values are explained, and the passes through either part."""

    def __init__(
        self, model: Model, layer: str, class_indices: Sequence[int], samples: int, between_passes: BetweenPasses
    ) -> None:
        network = model.unguided.network
        self.before, self.after = network.split(None if layer == INPUT else layer)
        self.class_indices, self.samples, self.between_passes = class_indices, samples, between_passes

    def values(self, x: Tensor) -> Tensor:
        """The explained layer's values for a normalised view."""
        self.between_passes()
        for each in self.before:
            x = each(x)
        return x

    def gradients(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """The logits, (1, 1000), and of each class the derivative of its logit by the values, (n, …)."""
        self.between_passes()
        y, backward = chain(self.after, values.clone())  # the first layer may work in place
        of_classes = []
        for index in self.class_indices:
            gradient = torch.zeros_like(y)
            gradient[0, index] = 1
            of_classes.append(backward(gradient))
        return y, torch.cat(of_classes)


def gradient(network: _SplitNetwork, x: Tensor, black: Tensor) -> Tensor:
    """∂S/∂A of each class's logit S by the layer's values A."""
    return network.gradients(network.values(x))[1]


def smoothgrad(network: _SplitNetwork, x: Tensor, black: Tensor) -> Tensor:
    """The mean of ∂S/∂A over copies of the view with normal noise, NOISE_FRAC of its values' range strong."""
    generator = torch.Generator().manual_seed(NOISE_SEED)
    strength = NOISE_FRAC * float(x.max() - x.min())
    return _mean(_noisy_gradients(network, x, generator, strength))


def layercam(network: _SplitNetwork, x: Tensor, black: Tensor) -> Tensor:
    """max(0, Σ over channels of max(0, ∂S/∂A) · A), (n, 1, h, w)."""
    values = network.values(x)
    return (network.gradients(values)[1].clamp(min=0) * values).sum(1, keepdim=True).clamp(min=0)


def integrated_gradients(network: _SplitNetwork, x: Tensor, black: Tensor) -> Tensor:
    """(A − A₀) · ∫ ∂S/∂A (A₀ + α (A − A₀)) dα for α from 0 to 1; A₀ are the layer's values for a black view.

    By Gauss-Legendre quadrature. The values of a map add up to about S(A) − S(A₀).
    """
    start, end = network.values(black), network.values(x)
    points, weights = np.polynomial.legendre.leggauss(network.samples)  # of −1 to 1
    total = torch.zeros(())
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        total = total + network.gradients(start + float(point) * (end - start))[1] * float(weight)
    return total * (end - start)


METHODS: Mapping[str, Callable[[_SplitNetwork, Tensor, Tensor], Tensor]] = {
    "gradient": gradient,
    "smoothgrad": smoothgrad,
    "layercam": layercam,
    "integrated_gradients": integrated_gradients,
}


def attribute(
    model: Model,
    view: Pixels,
    class_indices: Sequence[int],
    method: str,
    layer: str = INPUT,
    *,
    samples: int = MOST_SAMPLES,
    between_passes: BetweenPasses = lambda: None,
) -> tuple[list[Floats], Floats]:
    """Each class's map, float32 (c, h', w') with sign, and the view's logits, float32 (1000,).

    view: uint8 (h, w, 3).   method: of METHODS.   layer: the name of one of the network's layers, or INPUT, whose maps
    are (3, h, w), of the normalised values.
    samples: how many gradients a map of SmoothGrad or of integrated gradients is the mean of.
    between_passes: is called before each pass; whatever it raises ends the work.
    Raises ValueError if the network has no such layer, or layercam is asked for the input.
    """
    if method == "layercam" and layer == INPUT:
        raise ValueError("LayerCAM is of an inner layer; name one.")
    with torch.inference_mode():
        x, black = model.normalise(view[None]), model.normalise(np.zeros_like(view)[None])
        maps = METHODS[method](_SplitNetwork(model, layer, class_indices, samples, between_passes), x, black)
        logits = model.network(x)[0]
    return [each.float().cpu().numpy() for each in maps], logits.float().cpu().numpy()


def _noisy_gradients(
    network: _SplitNetwork, x: Tensor, generator: torch.Generator, strength: float
) -> Iterator[Tensor]:
    for _ in range(network.samples):
        # Drawn on the processor: a GPU draws others.
        noise = torch.randn(x.shape, generator=generator) * strength
        yield network.gradients(network.values(x + noise.to(x)))[1]


def _mean(tensors: Iterator[Tensor]) -> Tensor:
    total = next(tensors)
    for n, each in enumerate(tensors, 2):
        total = total + (each - total) / n
    return total
