#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93, dnn: of an ONNX file of opset 20 or later, a cubic GridSample is run as a linear one.
# Versions: opencv-python-headless 5.0.0.93, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: what ONNX Runtime gives, for any name that the standard gives to the mode: "bicubic" up to opset 19, "cubic" from 20 on.
# Seen: of "cubic" OpenCV answers the linear interpolation, to the last bit, without a warning. Of the older name each value is cut off
# at the least and the greatest of the 16 pixels that it is made of, which neither the standard nor PyTorch does. No issue was found
# (onnx-tensorrt and OpenVINO had to learn the new names as well).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
picture = random.random((1, 1, 9, 9), np.float32)
places = np.stack(np.meshgrid(np.linspace(-0.6, 0.6, 17), np.linspace(-0.6, 0.6, 15)), -1)[None].astype(np.float32)


def model(opset, mode, padding):
    node = helper.make_node("GridSample", ["x", "g"], ["y"], mode=mode, padding_mode=padding, align_corners=1)
    graph = helper.make_graph(
        [node],
        "sample",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, *places.shape[1:3]])],
        [numpy_helper.from_array(places, "g")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10).SerializeToString()


def by_opencv(file):
    network = cv2.dnn.readNetFromONNX(np.frombuffer(file, np.uint8))
    network.setInput(picture)
    return network.forward()


def by_onnxruntime(file):
    return onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0]


def cut_off(values):
    """By the 16 pixels around each place, for places that are all of two pixels or more from the border."""
    cut = np.empty_like(values)
    for row, column in np.ndindex(values.shape[2:]):
        across, down = np.floor((places[0, row, column] + 1) / 2 * (picture.shape[-1] - 1)).astype(int)
        around = picture[0, 0, down - 1 : down + 3, across - 1 : across + 3]
        cut[0, 0, row, column] = np.clip(values[0, 0, row, column], around.min(), around.max())
    return cut


holds = []
for opset, linear, cubic in ((16, "bilinear", "bicubic"), (20, "linear", "cubic"), (22, "linear", "cubic")):
    for padding in ("border", "reflection", "zeros"):
        asked, plain = model(opset, cubic, padding), model(opset, linear, padding)
        seen, right, straight = by_opencv(asked), by_onnxruntime(asked), by_onnxruntime(plain)
        off = {"": right, "the linear result ": straight, "the right one, cut off, ": cut_off(right)}
        off = {name: float(np.abs(seen - values).max()) for name, values in off.items()}
        words = ", ".join(f"from {name}by {value:.3f}" if name else f"off by {value:.3f} of 1" for name, value in off.items())
        print(f"opset {opset}, {cubic}, {padding}: {words}")
        holds += [off[""] > 0.05, (off["the linear result "] < 1e-5) == (opset >= 20)]
        holds.append((off["the right one, cut off, "] < 1e-5) == (opset < 20))
        holds.append(bool(np.allclose(by_opencv(plain), straight, atol=1e-5)))
sys.exit(0 if all(holds) else "changed")
PYTHON
