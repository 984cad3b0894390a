#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93, dnn: an ONNX layer that says SAME_UPPER is padded before instead of behind, and the result is another.
# Versions: opencv-python-headless 5.0.0.93, opencv-python-headless 4.14.0.94, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: "in case of odd number add the extra padding at the end for SAME_UPPER and at the beginning for SAME_LOWER" (ONNX). A
# network of TensorFlow or Keras says SAME_UPPER for its strided layers, and its photos have even sides, so that one row and one
# column are added, at the bottom and at the right.
# Seen: OpenCV 5 pads half of the kernel on every side, whatever the attribute says and however large the picture is. Of an even side,
# a kernel of 3 or 5 and a stride of 2 (the first layer of MobileNet and EfficientNet) all pixels are taken one to the left and above:
# the shape is right, nothing warns, and both engines agree. OpenCV 4.14 was right, and took SAME_LOWER for SAME_UPPER instead. The
# same pads given as numbers, and TFLite files, are right. No issue was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
"$folder/venv/bin/pip" install -q --no-deps --target "$folder/four" opencv-python-headless==4.14.0.94

cat > "$folder/run.py" <<'PYTHON'
"""Print, as a list of booleans, whether OpenCV's answer to each case of the file is ONNX Runtime's."""

import json
import sys

import cv2
import numpy as np

cases = np.load(sys.argv[1])
answers = []
for number in range(len(cases.files) // 3):
    model, picture, expected = (cases[f"{name}{number}"] for name in ("model", "picture", "expected"))
    engines = [[cv2.dnn.ENGINE_CLASSIC], [cv2.dnn.ENGINE_NEW]] if cv2.__version__[0] == "5" else [[]]
    equal = []
    for engine in engines:
        network = cv2.dnn.readNetFromONNX(model, *engine)
        network.setInput(picture)
        answer = network.forward()
        equal.append(answer.shape == expected.shape and bool(np.allclose(answer, expected, atol=1e-4)))
    assert len(set(equal)) == 1, "the engines differ"
    answers.append(equal[0])
print(json.dumps(answers))
PYTHON

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import os
import subprocess
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
SIDE = 224
random = np.random.default_rng(0)
given, names = {}, []


def case(name, kind, kernel, stride, **padding):
    """A network of one layer, a picture, and what ONNX Runtime makes of it."""
    weights = [numpy_helper.from_array(random.random((1, 1, kernel, kernel), np.float32), "w")] if kind == "Conv" else []
    attributes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, **padding}
    node = helper.make_node(kind, ["x", "w"][: 1 + len(weights)], ["y"], **attributes)
    picture = random.random((1, 1, SIDE, SIDE), np.float32)
    side = -(-SIDE // stride)
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, side, side])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    number = len(names)
    given[f"model{number}"] = np.frombuffer(model, np.uint8)
    given[f"picture{number}"] = picture
    given[f"expected{number}"] = session.run(None, {"x": picture})[0]
    names.append(name)


for kind in ("Conv", "MaxPool", "AveragePool"):
    for kernel, stride, before, behind in ((3, 2, 0, 1), (5, 2, 1, 2), (3, 1, 1, 1)):
        shape = f"{kind}, kernel {kernel}, stride {stride}"
        case(f"{shape}, SAME_UPPER", kind, kernel, stride, auto_pad="SAME_UPPER")
        case(f"{shape}, SAME_LOWER", kind, kernel, stride, auto_pad="SAME_LOWER")
        case(f"{shape}, the pads of SAME_UPPER as numbers", kind, kernel, stride, pads=[before] * 2 + [behind] * 2)
np.savez(f"{folder}/cases.npz", **given)


def right(path):
    """By OpenCV from this path, for each case."""
    command = [sys.executable, f"{folder}/run.py", f"{folder}/cases.npz"]
    return json.loads(subprocess.check_output(command, env={**os.environ, "PYTHONPATH": path}, text=True))


holds = []
for name, five, four in zip(names, right(""), right(f"{folder}/four"), strict=True):
    print(f"{name}: OpenCV 5.0 {'right' if five else 'WRONG'}, 4.14 {'right' if four else 'WRONG'}")
    strided = "stride 2" in name
    holds += [five == (not strided or "SAME_UPPER" not in name or "numbers" in name), four == (not strided or "LOWER" not in name)]
sys.exit(0 if all(holds) else "changed")
PYTHON
