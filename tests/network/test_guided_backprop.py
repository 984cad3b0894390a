"""Guided backpropagation against a hand-computed map, captum, and a slow and obvious version of itself."""

import copy

import numpy as np
import pytest
import torch
from captum.attr import GuidedBackprop
from focal.network.guided_backprop import INPUT, guided_backpropagation
from focal.network.layers import GuidedReLU, GuidedReLU6, Linear
from focal.network.network import Network
from torch import nn


def guided_gradient(network, x, index):
    return guided_backpropagation(network, x, [INPUT])[1](index)[INPUT]


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


def obvious_gradients(model, x, index, names):
    """Of the input and of the named layers, by autograd through a copy whose guided ReLUs are the obvious ones."""
    network = copy.deepcopy(model.network)
    replace(network, (GuidedReLU, GuidedReLU6), lambda relu: Obvious(getattr(relu, "max_val", float("inf"))))
    x, outputs = x.clone().requires_grad_(), {}
    for name in names:
        network.get_submodule(name).register_forward_hook(lambda *call, name=name: outputs.update({name: call[2]}))
    score = network(x)[:, index].sum()
    return torch.autograd.grad(score, [x, *(outputs[name] for name in names)])


def replace(network, kinds, by):
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, kinds):
                setattr(parent, name, by(child))


def assert_close(ours, theirs):
    assert ours.shape == theirs.shape
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def picture(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class ByHand(Network):
    """score = relu(relu(x) - 1) of the right half - relu(x) of the left half."""

    def __init__(self):
        super().__init__()
        self.first, self.middle, self.second, self.score = GuidedReLU(), Linear(16, 16), GuidedReLU(), Linear(16, 1)
        right = (torch.arange(16) % 4 >= 2).float()
        self.middle.weight.data, self.middle.bias.data = torch.eye(16), -right
        self.score.weight.data, self.score.bias.data = (2 * right - 1)[None], torch.zeros(1)


def test_a_hand_computed_map_of_four_by_four_comes_out():
    # the left half's gradient is negative at its ReLUs and is dropped; the right half passes where x > 1
    x = torch.tensor([[1.0, 2.0, 3.0, -1.0], [0.5, -2.0, 0.5, 2.0], [4.0, 1.0, 1.5, 0.9], [-1.0, 3.0, 1.0, 5.0]])

    gradient = guided_gradient(ByHand(), x.view(1, 16), 0)

    by_hand = [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_array_equal(gradient.view(4, 4).numpy(), by_hand)


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU activations")
@pytest.mark.parametrize("shape", [(1, 3, 224, 224), (1, 3, 96, 64), (1, 3, 64, 224)])
def test_with_all_relus_guided_it_equals_captum(seeded_alexnet, shape):
    x = picture(*shape, seed=1)  # captum guides ReLU modules only; Lite0's are ReLU6
    theirs = GuidedBackprop(seeded_alexnet.network).attribute(x.clone().requires_grad_(), target=7)
    all_guided = copy.deepcopy(seeded_alexnet.network)
    replace(all_guided, nn.ReLU, lambda relu: GuidedReLU())
    assert_close(guided_gradient(all_guided, x, 7), theirs)


@pytest.mark.parametrize("shape", [(1, 3, 224, 224), (1, 3, 96, 64), (1, 3, 64, 224), (1, 3, 149, 224)])
def test_with_the_backbones_own_relus_guided_it_equals_the_obvious_version(model, shape):
    x, names = picture(*shape, seed=2), model.backbone.features
    theirs = obvious_gradients(model, x, 7, names)
    ours = guided_backpropagation(model.network, x, [INPUT, *names])[1](7)
    for name, expected in zip([INPUT, *names], theirs, strict=True):
        assert_close(ours[name], expected)


def test_a_way_back_that_ends_at_the_first_place_finds_there_the_same_bits(model):
    x, names = picture(1, 3, 96, 64, seed=4), model.backbone.features
    whole, short = (guided_backpropagation(model.network, x, places) for places in ([INPUT, *names], names))
    for further, ended in ((whole[0], short[0]), (whole[1](7), short[1](7))):
        assert sorted(ended) == sorted(names)
        assert all(torch.equal(ended[name], further[name]) for name in names)


def test_a_way_back_that_ends_at_the_first_gradient_asked_for_finds_there_the_same_bits(model):
    x, names = picture(1, 3, 96, 64, seed=4), model.backbone.features
    (outputs, whole), (fewer_outputs, ended) = (
        guided_backpropagation(model.network, x, names, differentiated) for differentiated in (None, names[1:])
    )
    gradients, fewer = whole(7), ended(7)
    assert sorted(fewer) == sorted(names[1:])
    assert all(torch.equal(fewer[name], gradients[name]) for name in fewer)
    assert all(torch.equal(fewer_outputs[name], outputs[name]) for name in names)


def test_it_differs_from_the_plain_gradient(model):
    x = picture(1, 3, 96, 96, seed=3).requires_grad_()
    (plain,) = torch.autograd.grad(model.network(x)[0, 7], x)
    guided = guided_gradient(model.network, x.detach(), 7)
    assert (guided - plain).abs().max() > 0.1 * plain.abs().max()


def test_the_places_outputs_are_those_of_the_forward_pass_fine_to_coarse(model):
    x, names = picture(1, 3, 320, 256), model.backbone.features
    outputs, _ = guided_backpropagation(model.network, x, names)
    tapped = {}
    for name in names:
        model.network.get_submodule(name).register_forward_hook(lambda *call, name=name: tapped.update({name: call[2]}))
    with torch.inference_mode():
        model.network(x)
    for name in names:
        model.network.get_submodule(name)._forward_hooks.clear()
        assert torch.equal(outputs[name], tapped[name])
    heights = [outputs[name].shape[-2] for name in names]
    assert heights == sorted(heights, reverse=True)


def test_the_model_is_untouched_after_an_exception(model):
    before = [(p.requires_grad, p.grad is None, p.data_ptr(), p._version) for p in model.network.parameters()]
    x = picture(1, 3, 64, 64)
    guided_gradient(model.network, x, 0)
    with pytest.raises(IndexError):
        guided_gradient(model.network, x, 1000)
    after = [(p.requires_grad, p.grad is None, p.data_ptr(), p._version) for p in model.network.parameters()]
    assert before == after
    assert not model.network.training
