#!/usr/bin/env bash
# openvino 2026.4.1: an average pool with padding and ceil_mode, converted from PyTorch or ONNX, is too small at the right and bottom.
# Versions: openvino 2026.4.1, torch 2.14.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: of the last window, which reaches beyond the padding, PyTorch counts the pixels and the padding, not what is beyond, and
# so does ONNX Runtime since the operator of opset 19.
# Seen: OpenVINO counts all of the window: of an even picture of 1 the last row and column are a third in the place of a half, the
# corner a ninth in the place of a quarter, without an error or a warning. The shape is right, and so are other sizes, floor, and
# count_include_pad=False. PyTorch's own default is to count the padding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1 torch==2.14.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
import openvino
import torch
from onnx import TensorProto, helper

core = openvino.Core()
exact = {"INFERENCE_PRECISION_HINT": "f32"}
seen = {}
for side, ceil, counted in ((8, True, True), (7, True, True), (8, False, True), (8, True, False)):
    even = torch.ones(1, 1, side, side)
    pool = torch.nn.AvgPool2d(3, 2, 1, ceil_mode=ceil, count_include_pad=counted).eval()
    node = helper.make_node(
        "AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=int(ceil),
        count_include_pad=int(counted),
    )  # fmt: skip
    graph = helper.make_graph(
        [node],
        "pool",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, even.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rows = {
        "torch": pool(even).numpy(),
        "onnxruntime": session.run(None, {"x": even.numpy()})[0],
        "openvino of ONNX": core.compile_model(core.read_model(model), "CPU", exact)([even.numpy()])[0],
        "openvino of PyTorch": core.compile_model(openvino.convert_model(pool, example_input=even), "CPU", exact)([even.numpy()])[0],
    }
    print(f"side {side}, ceil_mode {ceil}, count_include_pad {counted}, last row:")
    for name, values in rows.items():
        print(f"    {name}: {np.round(values[0, 0, -1], 3).tolist()}")
    seen[side, ceil, counted] = [bool(np.allclose(values, rows["torch"])) for values in rows.values()]
    if (side, ceil, counted) == (8, True, True):
        corner = round(float(rows["openvino of PyTorch"][0, 0, -1, -1]), 3)
differs = seen.pop((8, True, True)) == [True, True, False, False] and corner == 0.111
sys.exit(0 if differs and all(all(equal) for equal in seen.values()) else "changed")
PYTHON
