#!/usr/bin/env bash
# onnxruntime 1.32.0: an average pool with ceil_mode that is quantised is too small at the right and bottom, a half or a quarter, say.
# Versions: onnxruntime 1.32.0, onnx 1.23.2, sympy 1.14.0, numpy 2.4.6.
# Expected: the pool of an even picture is even, as before the network was quantised.
# Seen: with ceil_mode and count_include_pad, as PyTorch exports AvgPool2d(ceil_mode=True), the last window of a row and of a column
# is divided by the pixels beyond the border as well. In the format QDQ it is so if graphs are optimised, as by default; in QOperator
# always. In floats it is right since upstream change 29629, which leaves QLinearAveragePool as it is. Without count_include_pad it is
# right, and where the sides leave no rest.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnxruntime==1.32.0 onnx==1.23.2 sympy==1.14.0 numpy==2.4.6
cd "$folder"

venv/bin/python - <<'PYTHON'
import logging
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, save
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

logging.disable()


class Photos(CalibrationDataReader):
    def __init__(self, photo):
        self.left = [{"x": photo}]

    def get_next(self):
        return self.left.pop() if self.left else None


def answer(path, photo, optimised=True):
    levels = onnxruntime.GraphOptimizationLevel
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimised else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, {"x": photo})[0][0, 0]


def pools(kernel, side, form, optimised, count):
    """The pool of an even picture, before and after the network is quantised."""
    photo = np.ones((1, 1, side, side), np.float32)
    pool = {"kernel_shape": [kernel, kernel], "strides": [2, 2], "ceil_mode": 1, "count_include_pad": count}
    pooled = -(-(side - kernel) // 2) + 1
    graph = helper.make_graph(
        [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("AveragePool", ["s"], ["y"], **pool)],
        "pool",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, photo.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, pooled, pooled])],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "network.onnx")
    quantize_static("network.onnx", "quantised.onnx", Photos(photo), quant_format=form)
    return answer("network.onnx", photo), answer("quantised.onnx", photo, optimised)


holds = []
for kernel, side, count in ((2, 7, 1), (3, 8, 1), (2, 7, 0), (3, 9, 1)):
    for form in (QuantFormat.QDQ, QuantFormat.QOperator):
        for optimised in (True, False):
            before, after = pools(kernel, side, form, optimised, count)
            parts = [float(after[0, 0] / before[0, 0]), float(after[0, -1] / before[0, -1]), float(after[-1, -1] / before[-1, -1])]
            print(
                f"kernel {kernel}, side {side}, count_include_pad {count}, {form.name}, {'' if optimised else 'not '}optimised:",
                "inner {:.2f}, right {:.2f}, corner {:.2f} of the pool in floats".format(*parts),
            )
            rest = (side - kernel) % 2 and count
            wrong = rest and (optimised or form is QuantFormat.QOperator)
            share = (kernel - 1) / kernel if wrong else 1
            holds.append(np.allclose(before, before[0, 0]) and np.allclose(parts, [1, share, share**2], atol=0.02))
sys.exit(0 if all(holds) else "changed")
PYTHON
