#!/usr/bin/env bash
# tract 0.23.9: of an ONNX network a constant less a convolution is computed as their sum, and a constant over a convolution as infinity.
# Versions: tract 0.23.9, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: what ONNX Runtime gives, and what tract itself gives where something stands between the two layers.
# Seen: 1 - c comes as 1 + c, for every pixel, and 1 / c as infinity. It needs a kernel of more than one pixel, and as many
# constants as the convolution has channels: one for a mask. Written as c - 1 it is right, so is 1 - c of a kernel of one pixel, and
# 1 - c with a Sigmoid or a Relu between. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tract==0.23.9 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"

venv/bin/python - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
import tract
from onnx import TensorProto, helper, numpy_helper, save

random = np.random.default_rng(0)
SIDE = 9


def answers(layers, channels, kernel, constants):
    """What ONNX Runtime and tract make of a photo by these layers."""
    photo = random.random((1, 3, SIDE, SIDE), np.float32)
    weights = random.random((channels, 3, kernel, kernel), np.float32)
    side = SIDE - kernel + 1
    graph = helper.make_graph(
        layers,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, photo.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, channels, side, side])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(constants, "one")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "network.onnx")
    session = onnxruntime.InferenceSession("network.onnx", providers=["CPUExecutionProvider"])
    runnable = tract.onnx().load("network.onnx").into_model().into_runnable()
    return session.run(None, {"x": photo})[0], runnable.run([photo])[0].to_numpy()


node = helper.make_node
convolution = node("Conv", ["x", "w"], ["c"])
one, ones = np.array(1, np.float32), np.ones((4, 1, 1), np.float32)
# Its name, its layers, channels and side of the kernel, the constants, and whether tract is wrong.
cases = [
    ("1 - c, a mask", [convolution, node("Sub", ["one", "c"], ["y"])], 1, 3, one, True),
    ("1 - c, four channels", [convolution, node("Sub", ["one", "c"], ["y"])], 4, 3, ones, True),
    ("1 / c, a mask", [convolution, node("Div", ["one", "c"], ["y"])], 1, 3, one, True),
    ("c - 1, a mask", [convolution, node("Sub", ["c", "one"], ["y"])], 1, 3, one, False),
    ("1 - c, a mask, kernel of 1", [convolution, node("Sub", ["one", "c"], ["y"])], 1, 1, one, False),
    ("1 - relu(c), a mask", [convolution, node("Relu", ["c"], ["r"]), node("Sub", ["one", "r"], ["y"])], 1, 3, one, False),
    ("1 - c, four channels, one constant", [convolution, node("Sub", ["one", "c"], ["y"])], 4, 3, one, False),
]
holds = []
for name, layers, channels, kernel, constants, wrong in cases:
    expected, seen = answers(layers, channels, kernel, constants)
    print(f"{name}: ONNX Runtime {expected.ravel()[:3].round(3)}, tract {seen.ravel()[:3].round(3)}")
    holds.append(np.allclose(expected, seen, atol=1e-4) != wrong)
    if wrong and layers[-1].op_type == "Sub":
        holds.append(np.allclose(seen, 2 - expected, atol=1e-4))
    if wrong and layers[-1].op_type == "Div":
        holds.append(np.isinf(seen).all())
sys.exit(0 if all(holds) else "changed")
PYTHON
