"""The backbones' declarations, against torchvision and the published files."""

import hashlib
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from focal.network import backbones
from focal.network.backbone_weights import BACKBONE_WEIGHTS
from focal.network.backbones.efficientnet_lite0 import BATCH_NORM_EPSILON, SameConv, fold_batch_norms
from focal.network.layers import GuidedReLU, GuidedReLU6, ReLU

from tests.conftest import ROOT


def test_the_labels_are_torchvisions():
    expected = torchvision.models.AlexNet_Weights.IMAGENET1K_V1.meta["categories"]
    for name in backbones.names():
        assert list(backbones.find(name).labels) == expected


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("alexnet", torchvision.models.AlexNet_Weights.IMAGENET1K_V1),
        ("resnet50", torchvision.models.ResNet50_Weights.IMAGENET1K_V2),
    ],
)
def test_the_weights_are_torchvisions_published_ones_and_their_transform_too(name, published):
    backbone, transform = backbones.find(name), published.transforms()
    assert (backbone.resize_px, backbone.crop_px) == (transform.resize_size[0], transform.crop_size[0])
    assert backbone.resampling == transform.interpolation.value
    assert (list(backbone.mean), list(backbone.std)) == (list(transform.mean), list(transform.std))
    weights = backbone.weights
    assert weights.url == published.url
    assert weights.file_name.removesuffix(".pth").endswith(weights.sha256[:8])  # torch hub's own check
    assert weights.size_bytes == pytest.approx(published.meta["_file_size"] * 2**20, rel=1e-5)


def test_lite0s_weights_are_the_packages(lite0_weights):
    weights = backbones.find("efficientnet_lite0").weights
    data = lite0_weights.read_bytes()
    assert hashlib.sha256(data).hexdigest() == weights.sha256
    assert len(data) == weights.size_bytes


def test_alexnet_has_torchvisions_keys_and_gives_its_logits(seeded_alexnet):
    theirs = torchvision.models.alexnet(weights=None).eval()
    theirs.load_state_dict(seeded_alexnet.network.state_dict())
    x = torch.randn((2, 3, 160, 96), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        np.testing.assert_allclose(seeded_alexnet.network(x).numpy(), theirs(x).numpy(), rtol=1e-5, atol=1e-6)


def test_folding_a_batch_norm_changes_no_output():
    generator = torch.Generator().manual_seed(0)
    conv = torch.nn.Conv2d(32, 1280, 1, bias=False)
    norm = torch.nn.BatchNorm2d(1280, eps=BATCH_NORM_EPSILON).eval()
    norm.running_mean.normal_(generator=generator)
    norm.running_var.uniform_(0.5, 2, generator=generator)
    norm.weight.data.normal_(generator=generator)
    norm.bias.data.normal_(generator=generator)
    gain = norm.weight / torch.sqrt(norm.running_var + BATCH_NORM_EPSILON)
    x = torch.randn((1, 32, 5, 5), generator=generator)
    folded = torch.nn.functional.conv2d(
        x, conv.weight * gain[:, None, None, None], norm.bias - norm.running_mean * gain
    )
    torch.testing.assert_close(folded, norm(conv(x)), rtol=1e-4, atol=1e-5)


def test_the_published_lite0_file_folds_into_the_networks_own_keys(lite0, lite0_weights):
    published = torch.load(lite0_weights, weights_only=True)
    folded = fold_batch_norms(published)
    assert folded.keys() == lite0.network.state_dict().keys()
    stem = published["_conv_stem.weight"][0, 0, 0, 0] * published["_bn0.weight"][0]
    stem = stem / math.sqrt(published["_bn0.running_var"][0] + BATCH_NORM_EPSILON)
    assert folded["stem.0.weight"][0, 0, 0, 0] == pytest.approx(float(stem), rel=1e-5)


@pytest.mark.parametrize("size", [(7, 8), (8, 7), (9, 9), (224, 320)])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_same_padding_gives_the_ceiling_of_the_size_and_pads_the_far_side_first(size, kernel, stride):
    conv = SameConv(1, 1, kernel, stride, bias=False)
    torch.nn.init.ones_(conv.weight)
    out = conv(torch.ones(1, 1, *size)).detach()[0, 0]
    assert tuple(out.shape) == tuple(math.ceil(side / stride) for side in size)
    # counting ones: a corner sees only what padding leaves of the kernel
    seen = []
    for side in size:
        total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        seen.append(kernel - total // 2)
    assert float(out[0, 0]) == min(seen[0], size[0]) * min(seen[1], size[1])


def test_an_unknown_backbone_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="alexnet, efficientnet_lite0, resnet50"):
        backbones.find("vgg")


@pytest.mark.parametrize(
    ("name", "guided", "plain"), [("alexnet", 5, 2), ("efficientnet_lite0", 33, 0), ("resnet50", 49, 0)]
)
def test_the_published_focals_relus_are_guided_and_the_classifiers_are_not(name, guided, plain):
    kinds = [type(module) for module in backbones.find(name).build().modules()]
    assert kinds.count(GuidedReLU) + kinds.count(GuidedReLU6) == guided
    assert kinds.count(ReLU) == plain


def test_the_weights_of_every_backbone_are_known_without_torch():
    program = "import sys\nfrom focal.network import backbone_weights\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT / "handler", check=True)
    folder = Path(backbones.__file__).parent
    assert {file.stem for file in folder.glob("*.py")} - {"__init__", "backbone"} == set(backbones.names())
    for name in backbones.names():
        assert (backbones.find(name).name, backbones.find(name).weights) == (name, BACKBONE_WEIGHTS[name])
