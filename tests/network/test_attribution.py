"""Attribution maps against captum's, and where it has none, against their definition by autograd."""

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from captum.attr import IntegratedGradients, LayerIntegratedGradients, NoiseTunnel, Saliency
from focal.network import attribution
from focal.network.attribution import attribute
from focal.network.guided_backprop import INPUT
from focal.network.layers import GuidedReLU, GuidedReLU6
from focal.network.saliency import attribution_map, grey_saliency

CLASSES = [282, 7]


@pytest.fixture
def view():
    return cv2.resize(skimage.data.chelsea(), (96, 64))


def normalised(model, view):
    return model.normalise(view[None]), model.normalise(np.zeros_like(view)[None])


def assert_close(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max() > 0


def by_autograd(model, x, index, layer):
    """The named layer's values, and the derivative of the logit by them."""
    kept = []
    tap = model.network.get_submodule(layer).register_forward_hook(lambda *call: kept.append(call[2]))
    score = model.network(x.clone().requires_grad_())[0, index]
    tap.remove()
    return kept[0], torch.autograd.grad(score, kept[0])[0]


def test_the_gradient_equals_captums(model, view):
    x, _ = normalised(model, view)
    ours, _ = attribute(model, view, CLASSES, "gradient")
    for index, found in zip(CLASSES, ours, strict=True):
        assert_close(found, Saliency(model.network).attribute(x.clone().requires_grad_(), index, abs=False)[0])


def test_integrated_gradients_equal_captums(model, view):
    x, black = normalised(model, view)
    _, found = attribute(model, view, CLASSES, "integrated_gradients", samples=4)[0]
    method = IntegratedGradients(model.network)
    assert_close(found, method.attribute(x, black, CLASSES[1], n_steps=4, internal_batch_size=1)[0])


def test_integrated_gradients_of_an_inner_layer_equal_captums(model, view):
    x, black = normalised(model, view)
    layer = model.backbone.features[1]
    [found], _ = attribute(model, view, [7], "integrated_gradients", layer, samples=4)
    method = LayerIntegratedGradients(model.network, model.network.get_submodule(layer))
    assert_close(found, method.attribute(x, black, 7, n_steps=4, internal_batch_size=1)[0])


def test_integrated_gradients_of_many_steps_add_up_to_what_the_logit_gains(lite0, view):
    x, black = normalised(lite0, view)
    [found], _ = attribute(lite0, view, [282], "integrated_gradients", "blocks.14", samples=128)
    with torch.inference_mode():
        gained = float(lite0.network(x)[0, 282] - lite0.network(black)[0, 282])
    assert found.sum() == pytest.approx(gained, rel=0.02)


def test_smoothgrad_equals_captums_with_the_same_noise(model, view):
    x, _ = normalised(model, view)
    _, ours = attribute(model, view, CLASSES, "smoothgrad", samples=3)[0]
    noise = attribution.NOISE_FRAC * float(x.max() - x.min())
    torch.manual_seed(attribution.NOISE_SEED)
    theirs = NoiseTunnel(Saliency(model.network)).attribute(
        *(x.clone().requires_grad_(), "smoothgrad"),
        **{"nt_samples": 3, "nt_samples_batch_size": 1, "stdevs": noise, "target": 7, "abs": False},
    )
    assert_close(ours, theirs[0])


@pytest.mark.parametrize("method", ["gradient", "layercam", "smoothgrad"])
def test_at_an_inner_layer_it_equals_its_definition_by_autograd(model, view, method):
    x, _ = normalised(model, view)
    for layer in model.backbone.features[::2]:
        [ours], _ = attribute(model, view, [7], method, layer, samples=3)
        if method == "smoothgrad":
            generator = torch.Generator().manual_seed(attribution.NOISE_SEED)
            strength = attribution.NOISE_FRAC * float(x.max() - x.min())
            noisy = [x + torch.randn(x.shape, generator=generator) * strength for _ in range(3)]
            expected = sum(by_autograd(model, each, 7, layer)[1] for each in noisy) / 3
        else:
            values, expected = by_autograd(model, x, 7, layer)
            if method == "layercam":
                expected = torch.relu((torch.relu(expected) * values).sum(1, keepdim=True))
        assert_close(ours, expected[0])


def test_the_logits_are_those_of_the_view(model, view):
    for method, layer in (("gradient", INPUT), ("layercam", model.backbone.features[2])):
        _, logits = attribute(model, view, [7], method, layer)
        with torch.inference_mode():
            np.testing.assert_array_equal(logits, model.network(normalised(model, view)[0])[0].numpy())


@pytest.mark.parametrize("method", ["smoothgrad", "integrated_gradients"])
def test_two_answers_are_equal_bit_for_bit(lite0, view, method):
    first, second = (attribute(lite0, view, [7], method, samples=3)[0][0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("method", "passes"), [("gradient", 1), ("smoothgrad", 3), ("integrated_gradients", 3)])
def test_it_can_be_ended_between_any_two_passes(lite0, view, method, passes):
    def end_at_the_last():
        called.append(1)
        if len(called) == most:
            raise TimeoutError

    most, called = 0, []
    attribute(lite0, view, [7], method, samples=3, between_passes=end_at_the_last)
    assert len(called) >= passes
    most, called = len(called), []
    with pytest.raises(TimeoutError):
        attribute(lite0, view, [7], method, samples=3, between_passes=end_at_the_last)


def test_the_model_without_guided_rectifiers_shares_every_weight_and_gives_the_same_logits(model, view):
    x, _ = normalised(model, view)
    plain = model.unguided.network
    assert [w.data_ptr() for w in plain.parameters()] == [w.data_ptr() for w in model.network.parameters()]
    assert plain.state_dict().keys() == model.network.state_dict().keys()
    assert not [module for module in plain.modules() if isinstance(module, GuidedReLU | GuidedReLU6)]
    assert [module for module in model.network.modules() if isinstance(module, GuidedReLU | GuidedReLU6)]
    with torch.inference_mode():
        assert torch.equal(plain(x), model.network(x))


def test_a_layer_that_is_none_and_a_layercam_of_the_input_are_refused(lite0, view):
    with pytest.raises(ValueError, match=r"no layer 'blocks.99'; the layers are stem.0, stem.1"):
        attribute(lite0, view, [7], "gradient", "blocks.99")
    with pytest.raises(ValueError, match="of an inner layer"):
        attribute(lite0, view, [7], "layercam")


def test_an_inner_layers_map_shows_magnitudes_and_an_inputs_the_published_saliency():
    gradient = np.random.default_rng(0).normal(size=(8, 5, 7)).astype(np.float32)
    total = np.abs(gradient).sum(0)
    np.testing.assert_array_equal(attribution_map(gradient), (total / total.max() * 255).astype(np.uint8))
    np.testing.assert_array_equal(attribution_map(gradient[:3]), grey_saliency(gradient[:3]))
    assert attribution_map(np.zeros((1, 4, 4), np.float32)).max() == 0
