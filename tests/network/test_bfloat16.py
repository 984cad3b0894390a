"""The look in bfloat16: beside the float32 network, its maps, features and masks are nearly the same."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import torch
from focal.mask.photo_graph import build_graph
from focal.mask.refined import SubjectMask, refined_mask
from focal.network.bfloat16 import is_native, with_bfloat16_convolutions
from focal.network.model import Model
from focal.network.saliency import grey_saliency, guided_saliency
from focal.photo.views import whole_view
from PIL import Image
from torch import nn

PHOTOS = ("chelsea", "coffee", "astronaut")


@pytest.fixture
def rounded(model: Model) -> Model:
    """The model as bfloat16 makes it, whether this machine multiplies it or only imitates it."""
    return Model(model.backbone, with_bfloat16_convolutions(model.network), model.device)


def mask_of(model: Model, pixels: np.ndarray, index: int) -> SubjectMask:
    saliency = guided_saliency(model, whole_view(pixels), [index])[0]
    return refined_mask(build_graph(pixels, saliency.features), saliency)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(float).ravel(), b.astype(float).ravel()
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize(
    ("capabilities", "native"),
    [
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": True}, True),
        ({"architecture": "x86_64", "amx_bf16": True}, True),
        ({"architecture": "arm64", "neon": True, "bf16": True}, True),
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": False}, False),
        ({"architecture": "arm64", "neon": True}, False),
        ({}, False),
    ],
)
def test_it_is_native_where_the_cpu_says_so(capabilities: dict[str, object], native: bool) -> None:
    assert is_native(capabilities) is native


def test_only_the_convolutions_weights_are_new_and_half_as_long(model: Model, rounded: Model) -> None:
    ours, theirs = rounded.network.state_dict(), model.network.state_dict()
    convolutions = {name for name, layer in model.network.named_modules() if isinstance(layer, nn.Conv2d)}
    assert list(ours) == list(theirs)
    for name, weight in theirs.items():
        if name.rpartition(".")[0] in convolutions:
            assert torch.equal(ours[name], weight.bfloat16())
        else:
            assert ours[name].data_ptr() == weight.data_ptr()
    new_bytes = sum(ours[name].nbytes for name in ours if ours[name].data_ptr() != theirs[name].data_ptr())
    assert new_bytes < 10e6
    assert not any(weight.requires_grad for weight in rounded.network.parameters())


@pytest.mark.parametrize("name", PHOTOS)
def test_maps_and_features_point_where_float32s_do(model: Model, rounded: Model, name: str) -> None:
    view = whole_view(getattr(skimage.data, name)())
    [exact], [ours] = (guided_saliency(each, view, [281]) for each in (model, rounded))

    assert ours.gradient.dtype == np.float32
    assert cosine(ours.gradient, exact.gradient) > 0.96
    for found, expected in zip(ours.features.maps, exact.features.maps, strict=True):
        assert cosine(found, expected) > 0.99
    for found, expected in zip(ours.feature_gradients, exact.feature_gradients, strict=True):
        assert cosine(found, expected) > 0.97
    difference = np.abs(grey_saliency(ours.gradient).astype(int) - grey_saliency(exact.gradient))
    assert difference.mean() < 2


@pytest.mark.parametrize("name", PHOTOS)
def test_the_mask_is_nearly_float32s(model: Model, rounded: Model, name: str) -> None:
    pixels = getattr(skimage.data, name)()
    exact, ours = (mask_of(each, pixels, 281) for each in (model, rounded))
    both, either = np.minimum(ours.mask, exact.mask).sum(), np.maximum(ours.mask, exact.mask).sum()
    assert both / either > 0.95
    assert abs(ours.area.confidence - exact.area.confidence) < 0.05


@pytest.mark.slow
def test_the_shared_photos_masks_are_float32s(lite0: Model, shared) -> None:
    agreements = []
    for file in sorted((shared / "eval" / "photos").iterdir()):
        pixels = np.asarray(Image.open(file).convert("RGB"))
        exact, ours = (
            mask_of(each, pixels, 207).mask > 0.5
            for each in (lite0, Model(lite0.backbone, with_bfloat16_convolutions(lite0.network), lite0.device))
        )
        agreements.append((exact & ours).sum() / (exact | ours).sum())
    assert np.mean(agreements) > 0.98


def test_two_looks_are_equal_bit_for_bit(rounded: Model) -> None:
    view = whole_view(skimage.data.coffee())
    first, second = (guided_saliency(rounded, view, [967])[0] for _ in range(2))
    np.testing.assert_array_equal(first.gradient, second.gradient)
    for one, other in zip(first.feature_gradients, second.feature_gradients, strict=True):
        np.testing.assert_array_equal(one, other)
