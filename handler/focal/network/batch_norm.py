"""Batch normalisation (Ioffe and Szegedy 2015), which at inference can be folded into the convolution before it."""

from __future__ import annotations

from collections.abc import Mapping

import torch


def fold_batch_norm(
    weight: torch.Tensor, published: Mapping[str, torch.Tensor], norm: str, epsilon: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The weight and the bias of a convolution that does what the published one and the norm after it do.

    weight: of the published convolution, which has no bias, (outputs, inputs, h, w).
    norm: the name of its batch norm in the published state dict.
    BN(conv(x)) = conv(x)·g + (bias − mean·g) with g = weight / sqrt(variance + epsilon), for each output channel.
    """
    gain = published[f"{norm}.weight"] / torch.sqrt(published[f"{norm}.running_var"] + epsilon)
    # A file may hold the weights in another order, in which oneDNN would copy them at each pass.
    folded = (weight * gain[:, None, None, None]).contiguous()
    return folded, published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * gain
