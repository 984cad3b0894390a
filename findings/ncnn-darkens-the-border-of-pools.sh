#!/usr/bin/env bash
# ncnn 1.0.20261020: converted by pnnx, an average pool with ceil_mode is too small at the border, and circular padding is zeros.
# Versions: ncnn 1.0.20261020, pnnx 20261020, torch 2.14.1, numpy 2.4.6.
# Expected: the network's own values, or a word of the converter (which it has for other modes that it cannot convert).
# Seen: of a window that reaches over the border PyTorch averages what is there; ncnn divides by the whole window. Of an even picture of
# odd sides the last row and column come out at a half, the corner at a quarter. `F.pad(mode="circular")` becomes plain zeros. Neither
# is told of, the shapes are right, and even sides, reflection and replication are, too. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ncnn==1.0.20261020 pnnx==20261020 torch==2.14.1 numpy==2.4.6
cd "$folder"

venv/bin/python -W ignore - <<'PYTHON'
import subprocess
import sys

import ncnn
import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Padded(nn.Module):
    def __init__(self, mode):
        super().__init__()
        self.mode = mode

    def forward(self, x):
        return functional.pad(x, (1, 1, 1, 1), mode=self.mode)


def by_ncnn(network, picture):
    torch.jit.trace(network, picture).save("network.pt")
    shape = ",".join(map(str, picture.shape))
    said = subprocess.run(
        ["venv/bin/pnnx", "network.pt", f"inputshape=[{shape}]", "fp16=0"], capture_output=True, text=True, check=True
    )
    assert "unsupported" not in said.stderr + said.stdout
    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.load_param("network.ncnn.param")
    net.load_model("network.ncnn.bin")
    given = picture[0].numpy().copy()
    extractor = net.create_extractor()
    extractor.input("in0", ncnn.Mat(given).clone())
    return np.array(extractor.extract("out0")[1]).copy()


pool = nn.AvgPool2d(2, 2, ceil_mode=True)
cases = {
    "average pool of 7 x 7, ceil_mode": (pool, 7, False),
    "average pool of 8 x 8, ceil_mode": (pool, 8, True),
    "average pool of 7 x 7, floor": (nn.AvgPool2d(2, 2), 7, True),
    "circular padding of 7 x 7": (Padded("circular"), 7, False),
    "reflecting padding of 7 x 7": (Padded("reflect"), 7, True),
    "replicating padding of 7 x 7": (Padded("replicate"), 7, True),
}
holds = []
for name, (network, side, right) in cases.items():
    picture = torch.ones(1, 1, side, side)
    expected, seen = network.eval()(picture)[0].numpy(), by_ncnn(network.eval(), picture)
    print(f"{name}, of an even picture of 1: last row {seen[0, -1].round(2).tolist()}, in PyTorch {expected[0, -1].tolist()}")
    inside = slice(1, -1)
    holds += [np.allclose(seen, expected) == right, np.allclose(seen[:, inside, inside], expected[:, inside, inside])]
sys.exit(0 if all(holds) else "changed")
PYTHON
