"""Feature taps read what they name and leave nothing behind."""

import pytest
import torch
from focal.feature_taps import feature_taps


def test_the_taps_hold_the_named_modules_outputs(model):
    x = torch.randn((1, 3, 96, 128), generator=torch.Generator().manual_seed(0))
    first = model.backbone.features[0]
    with feature_taps(model.network, model.backbone.features) as taps:
        model.network(x)
    inner = list(model.network.named_modules())
    assert sorted(taps) == sorted(model.backbone.features)
    assert taps[first].shape[0] == 1
    assert first in dict(inner)


def test_features_come_fine_to_coarse(model):
    with feature_taps(model.network, model.backbone.features) as taps:
        model.network(torch.zeros(1, 3, 320, 256))
    heights = [taps[name].shape[-2] for name in model.backbone.features]
    assert heights == sorted(heights, reverse=True)


def test_gradients_with_respect_to_the_taps_can_be_asked_for(model):
    with feature_taps(model.network, model.backbone.features) as taps:
        logits = model.network(torch.rand(1, 3, 64, 64, requires_grad=True))
    gradients = torch.autograd.grad(logits[0, 7], [taps[name] for name in model.backbone.features])
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_no_hook_stays_behind_even_after_an_exception(model):
    with pytest.raises(RuntimeError, match="midway"), feature_taps(model.network, model.backbone.features):
        raise RuntimeError("midway")
    assert not any(module._forward_hooks for module in model.network.modules())
