"""ResNet-50 with torchvision's own random weights: its published keys, its logits, its gradients, a mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision
from captum.attr import Saliency
from focal.mask.photo_graph import build_graph
from focal.mask.refined import refined_mask
from focal.network import backbones
from focal.network.attribution import attribute
from focal.network.model import Model, load_model
from focal.network.saliency import guided_saliency
from torch import nn

from tests.network.test_guided_backprop import obvious_gradients


@pytest.fixture(scope="module")
def published() -> nn.Module:
    """As torchvision makes it, with batch norms that have seen something."""
    torch.manual_seed(0)
    network = torchvision.models.resnet50(weights=None).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.8, 1.2)
            module.weight.data.uniform_(0.5, 1)
            module.bias.data.normal_(std=0.1)
    return network.requires_grad_(False)


@pytest.fixture(scope="module")
def resnet50(published: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Model:
    file = tmp_path_factory.mktemp("weights") / "resnet50.pth"
    torch.save(published.state_dict(), file)
    return load_model("resnet50", file)


def picture(height: int, width: int) -> torch.Tensor:
    return torch.randn((1, 3, height, width), generator=torch.Generator().manual_seed(1))


def test_the_published_keys_fold_into_the_networks_own(published: nn.Module) -> None:
    backbone = backbones.find("resnet50")
    with torch.device("meta"):
        own = backbone.build().state_dict()
    folded = backbone.adapt(published.state_dict())
    assert {name: weight.shape for name, weight in folded.items()} == {name: own[name].shape for name in own}
    # every published key but the counters of the batches seen is used: each convolution takes its norm's four
    left = [name for name in published.state_dict() if not name.endswith("num_batches_tracked")]
    assert len(left) == len(folded) // 2 * 5 - 5 + 2


@pytest.mark.parametrize(("height", "width"), [(64, 96), (81, 67)])
def test_it_gives_torchvisions_logits(resnet50: Model, published: nn.Module, height: int, width: int) -> None:
    x = picture(height, width)
    with torch.inference_mode():
        ours, theirs = resnet50.network(x).numpy(), published(x).numpy()
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()


def test_its_guided_gradients_are_the_obvious_versions(resnet50: Model) -> None:
    view = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    names = resnet50.backbone.features
    [saliency] = guided_saliency(resnet50, view, [7])
    expected = obvious_gradients(resnet50, resnet50.normalise(view[None]), 7, names)
    found = (saliency.gradient, saliency.fine_gradient, *saliency.feature_gradients)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs(ours - theirs[0].numpy()).max() <= 1e-5 * float(theirs.abs().max()) > 0


def test_its_gradient_is_captums(resnet50: Model) -> None:
    view = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    [ours], _ = attribute(resnet50, view, [7], "gradient")
    x = resnet50.normalise(view[None]).requires_grad_()
    theirs = Saliency(resnet50.network).attribute(x, 7, abs=False)[0].numpy()
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max() > 0


def test_masks_are_made_with_it(resnet50: Model) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    [saliency] = guided_saliency(resnet50, photo, [0], to_input=False)
    mask = refined_mask(build_graph(photo, saliency.features), saliency).mask
    assert mask.dtype == np.float32
    assert 0 <= mask.min() <= mask.max() <= 1
