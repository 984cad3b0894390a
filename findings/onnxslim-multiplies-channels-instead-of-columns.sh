#!/usr/bin/env bash
# onnxslim 0.1.98: a row or column of factors behind a convolution is taken for one factor a channel, where there are as many of them.
# Versions: onnxslim 0.1.98, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: the slimmed network gives what the network gave.
# Seen: with factors of shape (1, 1, 1, width), or (1, 1, height, 1), and a convolution of as many channels, Mul is merged into the
# weights of the convolution channel by channel: a ramp from left to right becomes a ramp through the channels. The same factors at
# another width, an Add in place of Mul, and factors of shape (1, channels, 1, 1) are right. ConvTranspose behaves alike. No warning is
# given, and no issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnxslim==0.1.98 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
import onnxslim
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
CHANNELS = 8


def answer(model, photo):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": photo})[0]


def network(layer, operation, side, factors):
    """A convolution of kernel 1 whose result is multiplied by the factors."""
    shape = (CHANNELS, 3, 1, 1) if layer == "Conv" else (3, CHANNELS, 1, 1)
    graph = helper.make_graph(
        [helper.make_node(layer, ["x", "w"], ["c"]), helper.make_node(operation, ["c", "f"], ["y"])],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, CHANNELS, side, side])],
        [numpy_helper.from_array(random.random(shape, np.float32), "w"), numpy_helper.from_array(factors, "f")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


ramp, wider = np.linspace(0, 1, CHANNELS, dtype=np.float32), np.linspace(0, 1, CHANNELS + 1, dtype=np.float32)
cases = {
    "columns": ("Conv", "Mul", CHANNELS, ramp.reshape(1, 1, 1, -1), True),
    "rows": ("Conv", "Mul", CHANNELS, ramp.reshape(1, 1, -1, 1), True),
    "columns, ConvTranspose": ("ConvTranspose", "Mul", CHANNELS, ramp.reshape(1, 1, 1, -1), True),
    "columns, added": ("Conv", "Add", CHANNELS, ramp.reshape(1, 1, 1, -1), False),
    "columns, one more than channels": ("Conv", "Mul", CHANNELS + 1, wider.reshape(1, 1, 1, -1), False),
    "channels": ("Conv", "Mul", CHANNELS, ramp.reshape(1, -1, 1, 1), False),
}
holds = []
for name, (layer, operation, side, factors, wrong) in cases.items():
    photo = random.random((1, 3, side, side), np.float32)
    model = network(layer, operation, side, factors)
    before = answer(model, photo)
    after = answer(onnxslim.slim(model), photo)
    off = float(np.abs(after - before).max())
    print(f"{name}: slimmed it is off by up to {off:.3f} of {before.max():.3f}")
    holds.append(off > 1 if wrong else off < 1e-4)
    if wrong:
        by_channel = before / np.where(factors > 0, factors, np.nan) * ramp.reshape(1, -1, 1, 1)
        seen = ~np.isnan(by_channel)
        holds.append(np.allclose(after[seen], by_channel[seen], atol=1e-4))
sys.exit(0 if all(holds) else "changed")
PYTHON
