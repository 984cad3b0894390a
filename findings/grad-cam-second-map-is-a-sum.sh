#!/usr/bin/env bash
# grad-cam 1.5.7: guided backpropagation of a second class gives the sum of both, and changes the first map.
# Versions: grad-cam 1.5.7, torch 2.14.1, torchvision 0.29.1, numpy 2.4.6.
# Expected: GuidedBackpropReLUModel(net)(photo, class) is a function: the same map for the same photo and class, whatever
# was asked before.
# Seen: asked for class 0 and then for class 1 with the same tensor, the second map is that of class 1 plus that of class
# 0, and the array that was returned for class 0 has become the sum as well. (The gradient stays in the caller's tensor and
# is added to; the map is a view of it.) A clone() of the photo for each call avoids it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q grad-cam==1.5.7 torch==2.14.1 torchvision==0.29.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import torch
from pytorch_grad_cam import GuidedBackpropReLUModel

torch.manual_seed(0)
torch.set_num_threads(1)
layers = torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 2)
explain = GuidedBackpropReLUModel(torch.nn.Sequential(*layers))
photo = torch.randn(1, 3, 16, 16)

right = [explain(photo.clone(), n).copy() for n in (0, 1)]
first = explain(photo, 0)
first_as_given = first.copy()
second = explain(photo, 1)
seen = {
    "first map, when it is given": np.allclose(first_as_given, right[0]),
    "first map, after the second": np.allclose(first, right[0]),
    "second map": np.allclose(second, right[1]),
}
for name, is_right in seen.items():
    print(f"{name}: {'right' if is_right else 'another'}")
is_sum = np.allclose(second, right[0] + right[1], atol=1e-6)
print("second map is the sum of both:", is_sum)
sys.exit(0 if is_sum and list(seen.values()) == [True, False, False] else "changed")
PYTHON
