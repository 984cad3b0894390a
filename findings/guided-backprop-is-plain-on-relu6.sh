#!/usr/bin/env bash
# captum 0.9.0, grad-cam 1.5.7, zennit 0.5.1: guided backpropagation of a network with ReLU6 is its plain gradient, bit for bit.
# Versions: captum 0.9.0, grad-cam 1.5.7, zennit 0.5.1, torch 2.14.1, torchvision 0.29.1, numpy 2.4.6.
# Expected: for MobileNetV2, whose only activations are ReLU6, GuidedBackprop and Deconvolution differ from Saliency, as
# they do for AlexNet; or they refuse, or say that they found nothing to guide.
# Seen: all three libraries change torch.nn.ReLU alone, and ReLU6 is no subclass of it: the maps are equal. captum says that it
# sets hooks on ReLU activations, of which there are none. With ReLU in the place of ReLU6 the maps differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q captum==0.9.0 grad-cam==1.5.7 zennit==0.5.1 torch==2.14.1 torchvision==0.29.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings

import numpy as np
import torch
import torchvision
from captum.attr import Deconvolution, GuidedBackprop, Saliency
from pytorch_grad_cam import GuidedBackpropReLUModel
from zennit.attribution import Gradient
from zennit.composites import GuidedBackprop as GuidedComposite

torch.manual_seed(0)
torch.set_num_threads(1)


def with_relu(network):
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.ReLU6):
                setattr(module, name, torch.nn.ReLU())
    return network


def same_as_the_gradient(network):
    photo = torch.rand(1, 3, 128, 128)
    gradient = Saliency(network).attribute(photo, target=3, abs=False)
    with Gradient(network, GuidedComposite()) as attributor:
        _, by_zennit = attributor(photo.clone(), torch.eye(1000)[[3]])
    maps = {
        "captum, GuidedBackprop": GuidedBackprop(network).attribute(photo.clone(), target=3),
        "captum, Deconvolution": Deconvolution(network).attribute(photo.clone(), target=3),
        "grad-cam, guided": torch.from_numpy(GuidedBackpropReLUModel(network, "cpu")(photo.clone(), 3)).permute(2, 0, 1)[None],
        "zennit, GuidedBackprop": by_zennit,
    }
    return {name: torch.equal(found, gradient) for name, found in maps.items()}


with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    relu6 = same_as_the_gradient(torchvision.models.mobilenet_v2(weights=None).eval())
hooks = {str(one.message).split(".")[0] for one in said if "ReLU" in str(one.message)}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    relu = same_as_the_gradient(with_relu(torchvision.models.mobilenet_v2(weights=None)).eval())
for name in relu6:
    print(f"{name}: with ReLU6 {'the gradient' if relu6[name] else 'another'}, with ReLU {'the gradient' if relu[name] else 'another'}")
print("captum says:", *hooks)
sys.exit(0 if all(relu6.values()) and not any(relu.values()) and hooks else "changed")
PYTHON
