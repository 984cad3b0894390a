#!/usr/bin/env bash
# onnx 1.23.2: the reference evaluator gets AveragePool with ceil_mode and GridSample with cubic border wrong.
# Versions: onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: the reference is right where runtimes differ from it: the first window of a pool of 3 x 3 without padding is the
# mean of the first 3 x 3 pixels, and a point near the border is sampled as ONNX Runtime, OpenVINO and PyTorch sample it.
# Seen: with ceil_mode=1 and sides that leave a rest (7 = 3 + 3 + 1) the windows lie elsewhere; without it, or with sides that
# leave none, they do not. Cubic sampling with padding_mode="border" differs at points near the border; with "reflection" and
# "zeros", or linear, it does not. ONNX Runtime gives the mean.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

ROUNDED = 1e-5


def both(operation, inputs, **attributes):
    """What the reference and what ONNX Runtime make of it."""
    node = onnx.helper.make_node(operation, list(inputs), ["y"], **attributes)
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, data.shape) for name, data in inputs.items()]
    result = [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 1, "rows", "columns"])]
    graph = onnx.helper.make_graph([node], "one", values, result)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(model).run(None, inputs)[0], session.run(None, inputs)[0]


draw = np.random.default_rng(0)
off = {}
for side in (6, 7, 9, 10):
    for ceil_mode in (0, 1):
        photo = draw.random((1, 1, side, side), np.float32)
        reference, runtime = both("AveragePool", {"x": photo}, kernel_shape=[3, 3], strides=[3, 3], ceil_mode=ceil_mode)
        mean = photo[0, 0, :3, :3].mean()
        assert abs(runtime[0, 0, 0, 0] - mean) < ROUNDED
        off[side, ceil_mode] = abs(float(reference[0, 0, 0, 0] - mean)) > ROUNDED
        print(
            f"AveragePool of {side} x {side}, ceil_mode {ceil_mode}: first window {mean:.4f},",
            f"reference {reference[0, 0, 0, 0]:.4f}, onnxruntime {runtime[0, 0, 0, 0]:.4f}",
        )
sampled = {}
photo = draw.random((1, 1, 7, 7), np.float32)
points = draw.uniform(-1.2, 1.2, (1, 20, 20, 2)).astype(np.float32)
for mode in ("linear", "cubic"):
    for padding in ("zeros", "border", "reflection"):
        reference, runtime = both("GridSample", {"x": photo, "grid": points}, mode=mode, padding_mode=padding)
        sampled[mode, padding] = float(np.abs(reference - runtime).max())
        print(f"GridSample {mode}, {padding}: reference and onnxruntime differ by {sampled[mode, padding]:.5f}")
right = [key for key, is_off in off.items() if is_off] == [(7, 1), (10, 1)]
others = [value for key, value in sampled.items() if key != ("cubic", "border")]
sys.exit(0 if right and sampled["cubic", "border"] > 0.01 and max(others) < ROUNDED else "changed")
PYTHON
