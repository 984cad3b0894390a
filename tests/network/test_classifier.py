"""Classes: the evaluation transform against torchvision, the top one, known photos."""

import numpy as np
import pytest
import skimage.data
import torch
import torchvision
import torchvision.transforms.v2
from focal.network.classifier import chosen_classes, classify
from focal.photo.views import class_view
from PIL import Image


def noise(height, width, seed=0):
    small = np.random.default_rng(seed).integers(0, 256, (max(2, height // 9), max(2, width // 9), 3), dtype=np.uint8)
    return np.array(Image.fromarray(small).resize((width, height)))


@pytest.mark.parametrize("size", [(300, 451), (451, 300), (224, 224), (100, 90), (257, 511), (1000, 333)])
def test_alexnets_class_view_is_torchvisions_evaluation_transform(seeded_alexnet, size):
    pixels = noise(*size)
    preset = torchvision.models.AlexNet_Weights.IMAGENET1K_V1.transforms()
    theirs = preset(Image.fromarray(pixels))
    ours = seeded_alexnet.normalise(class_view(pixels, *seeded_alexnet.backbone.transform)[None])[0]
    one_level = 1.01 / 255 / min(seeded_alexnet.backbone.std)
    assert (ours - theirs).abs().max() <= one_level
    assert (ours != theirs).float().mean() < 0.2


@pytest.mark.parametrize("size", [(300, 451), (451, 300), (100, 90), (257, 511)])
def test_the_class_view_equals_torchvisions_own_on_tensors_bit_for_bit(model, size):
    pixels, backbone = noise(*size), model.backbone
    mode = torchvision.transforms.InterpolationMode(backbone.resampling)
    resize = torchvision.transforms.v2.Resize(backbone.resize_px, interpolation=mode, antialias=True)
    crop = torchvision.transforms.v2.CenterCrop(backbone.crop_px)
    theirs = crop(resize(torch.from_numpy(pixels).permute(2, 0, 1)))
    np.testing.assert_array_equal(class_view(pixels, *backbone.transform), theirs.permute(1, 2, 0).numpy())


def test_probabilities_are_the_softmax_of_the_logits(model):
    pixels = noise(240, 320)
    row = classify(model, pixels)
    with torch.inference_mode():
        logits = model.network(model.normalise(class_view(pixels, *model.backbone.transform)[None]))[0].double().numpy()
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-7)


def test_a_photos_class_is_the_same_whatever_photos_came_before_it_bit_for_bit(model):
    photos = [noise(240 + 60 * n, 320 - 30 * n, n) for n in range(4)]
    forwards = [classify(model, photo) for photo in photos]
    backwards = [classify(model, photo) for photo in reversed(photos)]
    np.testing.assert_array_equal(forwards, backwards[::-1])


def test_the_top_class_is_the_most_probable_one_and_not_the_last_in_the_alphabet(lite0):
    probabilities = np.zeros(1000, np.float32)
    probabilities[[3, 17, 500, 999]] = [0.5, 0.2, 0.2, 0.1]  # the original took the alphabetically last of the top five
    found = chosen_classes(lite0, probabilities, [], 5)
    assert [c.index for c in found[:4]] == [3, 17, 500, 999]
    assert found[0].label == lite0.backbone.labels[3]
    assert sorted(c.label for c in found)[-1] != found[0].label
    assert found[0].probability == 0.5


# scikit-image's photos, those that are inside its wheel
KNOWN = {
    "chelsea": {"Egyptian cat", "tabby", "tiger cat"},
    "coffee": {"espresso", "cup"},
    "rocket": {"missile", "projectile", "space shuttle"},
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_photo_gets_its_class(lite0, name):
    [found] = chosen_classes(lite0, classify(lite0, getattr(skimage.data, name)()), [], 1)
    assert found.label in KNOWN[name]


def test_a_person_who_is_no_imagenet_class_comes_out_as_clothing_at_low_probability(lite0):
    [found] = chosen_classes(lite0, classify(lite0, skimage.data.astronaut()), [], 1)
    assert found.label == "football helmet"
    assert found.probability < 0.3
