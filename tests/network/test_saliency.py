"""Saliency: the whole picture is looked at, the maps follow their definition, the input alone takes a gradient."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from focal.network.guided_backprop import INPUT, guided_backpropagation
from focal.network.saliency import grey_saliency, guided_saliency, positive_and_negative
from focal.photo.views import whole_view


@pytest.mark.parametrize(
    ("photo", "view"),
    [((3000, 4000), (256, 320)), ((4000, 3000), (320, 256)), ((320, 320), (320, 320)), ((100, 150), (224, 320)),
     ((100, 3000), (64, 320)), ((1, 1), (320, 320))],
)  # fmt: skip
def test_the_view_holds_the_whole_picture_at_sides_of_multiples_of_32(photo, view):
    assert whole_view(np.zeros((*photo, 3), np.uint8)).shape == (*view, 3)


def test_the_view_is_not_cropped():
    pixels = np.zeros((600, 1200, 3), np.uint8)
    pixels[:60, :60], pixels[-60:, -60:] = 255, 128
    view = whole_view(pixels)
    assert view[2, 2, 0] == 255
    assert view[-3, -3, 0] == 128


def test_one_look_gives_each_class_the_saliency_it_has_alone(model):
    view = whole_view(skimage.data.chelsea())
    together = guided_saliency(model, view, [281, 5, 968])
    for index, saliency in zip([281, 5, 968], together, strict=True):
        [alone] = guided_saliency(model, view, [index])
        np.testing.assert_allclose(saliency.gradient, alone.gradient, atol=1e-5 * np.abs(alone.gradient).max())


def test_gradient_and_features_have_the_shapes_that_are_promised(model):
    [saliency] = guided_saliency(model, whole_view(skimage.data.chelsea()), [281])
    assert saliency.gradient.shape == (3, 224, 320)
    assert saliency.gradient.dtype == np.float32
    assert len(saliency.features.maps) == 3
    assert all(f.ndim == 3 and f.dtype == np.float32 for f in saliency.features.maps)
    gradients = [saliency.fine_gradient, *saliency.feature_gradients]
    assert [g.shape for g in gradients] == [f.shape for f in saliency.features.maps]
    assert all(g.dtype == np.float32 for g in gradients)
    assert saliency.features.view_px == (224, 320)


def test_the_logits_of_the_places_have_those_of_the_picture_for_their_mean(lite0):
    [saliency] = guided_saliency(lite0, whole_view(skimage.data.astronaut()), [0], to_input=False)
    features = saliency.features

    places = features.place_logits()

    assert places.shape == (1000, 10, 10)
    np.testing.assert_allclose(places.mean((1, 2)), features.logits, atol=1e-4)


def test_a_classifier_of_several_layers_looks_at_all_places_at_once(seeded_alexnet):
    [saliency] = guided_saliency(seeded_alexnet, whole_view(skimage.data.coffee()), [0], to_input=False)

    assert saliency.features.place_logits is None


def test_a_backward_pass_that_ends_before_the_input_gives_the_same_features_and_gradients(model):
    view = whole_view(skimage.data.coffee())
    [further], [short] = (guided_saliency(model, view, [967], to_input=way) for way in (True, False))
    for ours, theirs in (
        (short.features.maps, further.features.maps),
        (short.feature_gradients, further.feature_gradients),
    ):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="ended before the input"):
        _ = short.gradient


def test_features_are_the_activations_with_their_magnitudes_raised_to_the_declared_exponent(model):
    view = whole_view(skimage.data.coffee())
    names, exponent = model.backbone.features, model.backbone.feature_exponent
    x = model.normalise(view[None])
    activations, gradients_of = guided_backpropagation(model.network, x, [INPUT, *names])
    found = gradients_of(967)
    [saliency] = guided_saliency(model, view, [967])
    for n, name in enumerate(names):
        activation = activations[name][0].numpy()
        expected = np.sign(activation) * np.abs(activation) ** exponent
        np.testing.assert_allclose(saliency.features.maps[n], expected, rtol=1e-4, atol=1e-5)
        gradient = [saliency.fine_gradient, *saliency.feature_gradients][n]
        np.testing.assert_array_equal(gradient, found[name][0].numpy())
    np.testing.assert_array_equal(saliency.gradient, found[INPUT][0].numpy())


def test_the_saliency_lies_on_the_subject(lite0):
    view = np.full((320, 320, 3), 90, np.uint8)
    view[100:220, 100:220] = skimage.data.chelsea()[60:180, 160:280]
    [saliency] = guided_saliency(lite0, view, [281])
    energy = np.abs(saliency.gradient).sum(0)
    assert energy[90:230, 90:230].mean() > 10 * np.concatenate([energy[:60], energy[-60:]]).mean()


def test_the_way_to_the_input_is_gone_once_and_may_be_gone_in_another_thread(model):
    view = whole_view(skimage.data.coffee())
    [here], [elsewhere] = (guided_saliency(model, view, [967]) for _ in range(2))
    with ThreadPoolExecutor(2) as threads:
        found = [threads.submit(lambda: elsewhere.gradient) for _ in range(2)]
    for each in found:
        np.testing.assert_array_equal(each.result(), here.gradient)
    assert here.gradient is here.gradient


def test_the_ways_of_two_classes_to_the_input_may_be_gone_at_the_same_time(model):
    [saliency] = guided_saliency(model, whole_view(skimage.data.coffee()), [967])
    together = threading.Barrier(2, timeout=20)

    def finer():
        together.wait()  # raises where the other has to wait for this one
        return saliency.fine_gradient, saliency.gradient

    of_classes = [replace(saliency, finer=finer) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        for gradient in threads.map(lambda of_class: of_class.gradient, of_classes):
            np.testing.assert_array_equal(gradient, saliency.gradient)


def test_two_looks_are_equal_bit_for_bit(model):
    view = whole_view(skimage.data.coffee())
    first, second = (guided_saliency(model, view, [967])[0].gradient for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_positive_and_negative_saliency_follow_their_definition():
    gradient = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    positive, negative = positive_and_negative(gradient)
    g = gradient.transpose(1, 2, 0)
    np.testing.assert_array_equal(positive, (np.maximum(g, 0) / g.max() * 255).astype(np.uint8))
    np.testing.assert_array_equal(negative, (np.maximum(-g, 0) / -g.min() * 255).astype(np.uint8))


def test_the_map_is_their_published_sum_in_grey():
    gradient = np.random.default_rng(1).normal(size=(3, 6, 8)).astype(np.float32)
    positive, negative = (image.astype(float) for image in positive_and_negative(gradient))
    total = np.clip(np.floor(0.5 * positive) + negative, 0, 255)
    grey = total @ [0.299, 0.587, 0.114]
    assert np.abs(grey_saliency(gradient) - grey).max() <= 1


def test_a_gradient_of_nothing_gives_a_black_map():
    assert grey_saliency(np.zeros((3, 4, 4), np.float32)).max() == 0
