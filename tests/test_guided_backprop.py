"""Guided backpropagation against a hand-computed map, captum, and a slow and obvious version of itself."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captum.attr import GuidedBackprop
from focal.guided_backprop import guided_backpropagation
from torch import nn


def guided_gradient(network, rectifiers, x, index):
    x = x.clone().requires_grad_()
    with guided_backpropagation(rectifiers):
        return torch.autograd.grad(network(x)[:, index].sum(), x)[0]


class ObviousRelu(torch.autograd.Function):
    """A ReLU whose backward pass is the paper's rule, written out."""

    @staticmethod
    def forward(ctx, x, cap):
        ctx.save_for_backward(x)
        ctx.cap = cap
        return x.clamp(0, cap)

    @staticmethod
    def backward(ctx, incoming):
        (x,) = ctx.saved_tensors
        passes = (x > 0) & (x < ctx.cap) & (incoming > 0)
        return torch.where(passes, incoming, torch.zeros_like(incoming)), None


class Obvious(nn.Module):
    def __init__(self, cap):
        super().__init__()
        self.cap = cap

    def forward(self, x):
        return ObviousRelu.apply(x, self.cap)


def with_obvious_relus(model):
    """A copy of a model's network whose guided ReLUs are replaced by the obvious ones."""
    network = model.backbone.build().eval()
    network.load_state_dict(model.network.state_dict())
    guided = set(model.backbone.rectifiers(network))
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if child in guided:
                setattr(parent, name, Obvious(6.0 if isinstance(child, nn.ReLU6) else float("inf")))
    return network


def assert_close(ours, theirs):
    assert ours.shape == theirs.shape
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def test_a_hand_computed_map_of_four_by_four_comes_out():
    # score = -(relu(x) of the left half) + (relu(relu(x) - 1) of the right half): the left half's gradient is negative
    # at its ReLU and is dropped; the right half passes where x > 1, where both ReLUs are open.
    x = torch.tensor([[1.0, 2.0, 3.0, -1.0], [0.5, -2.0, 0.5, 2.0], [4.0, 1.0, 1.5, 0.9], [-1.0, 3.0, 1.0, 5.0]])
    first, second = nn.ReLU(), nn.ReLU()

    def network(picture):
        a = first(picture)
        return torch.stack([second(a[..., 2:] - 1).sum() - a[..., :2].sum()])[None]

    gradient = guided_gradient(network, [first, second], x[None, None], 0)

    by_hand = [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_array_equal(gradient[0, 0].numpy(), by_hand)


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU activations")
@pytest.mark.parametrize("shape", [(1, 3, 224, 224), (3, 3, 96, 64), (2, 3, 64, 224)])
def test_with_all_relus_guided_it_equals_captum(seeded_alexnet, shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    network = seeded_alexnet.network  # captum guides ReLU modules only; Lite0's are ReLU6
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    theirs = GuidedBackprop(network).attribute(x.clone().requires_grad_(), target=7)
    assert_close(guided_gradient(network, relus, x, 7), theirs)


@pytest.mark.parametrize("shape", [(1, 3, 224, 224), (3, 3, 96, 64), (1, 3, 64, 224)])
def test_with_the_backbones_own_relus_guided_it_equals_the_obvious_version(model, shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    leaf = x.clone().requires_grad_()
    (theirs,) = torch.autograd.grad(with_obvious_relus(model)(leaf)[:, 7].sum(), leaf)
    assert_close(guided_gradient(model.network, model.backbone.rectifiers(model.network), x, 7), theirs)


def test_it_differs_from_the_plain_gradient(model):
    x = torch.randn((1, 3, 96, 96), generator=torch.Generator().manual_seed(3)).requires_grad_()
    (plain,) = torch.autograd.grad(model.network(x)[0, 7], x)
    guided = guided_gradient(model.network, model.backbone.rectifiers(model.network), x.detach(), 7)
    assert (guided - plain).abs().max() > 0.1 * plain.abs().max()


def fingerprint(network):
    hooks = [
        len(table)
        for module in network.modules()
        for table in (module._forward_hooks, module._backward_hooks, module._backward_pre_hooks)
    ]
    flags = [(p.requires_grad, p.grad is None, p.data_ptr(), p._version) for p in network.parameters()]
    return hooks, flags, network.training


def test_the_model_is_untouched_after_success(model):
    before = fingerprint(model.network)
    guided_gradient(model.network, model.backbone.rectifiers(model.network), torch.zeros(1, 3, 64, 64), 0)
    assert fingerprint(model.network) == before


def test_the_model_is_untouched_after_an_exception(model):
    before = fingerprint(model.network)
    rectifiers = model.backbone.rectifiers(model.network)
    with pytest.raises(IndexError), guided_backpropagation(rectifiers):
        model.network(torch.zeros(1, 3, 64, 64, requires_grad=True))[0, 1000].backward()
    assert fingerprint(model.network) == before


def test_the_plain_gradient_is_the_plain_gradient_again_afterwards():
    network, x = nn.Sequential(nn.ReLU()), torch.tensor([[1.0, 2.0]])
    guided_gradient(network, list(network), x, 0)
    leaf = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(-F.relu(network(leaf)).sum(), leaf)
    assert gradient.tolist() == [[-1.0, -1.0]]


def test_a_capped_relu6_passes_nothing():
    relu6, x = nn.ReLU6(), torch.tensor([[-1.0, 3.0, 6.0, 9.0]])
    assert guided_gradient(lambda v: relu6(v).sum(1, keepdim=True), [relu6], x, 0).tolist() == [[0, 1, 0, 0]]
