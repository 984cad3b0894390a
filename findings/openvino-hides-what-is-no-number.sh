#!/usr/bin/env bash
# openvino 2026.4.1: Relu, Clip and Max turn what is no number into a number, so that a broken network gives a clean mask.
# Versions: openvino 2026.4.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6; an AMD EPYC.
# Expected: NaN stays NaN, as in ONNX's reference and in ONNX Runtime: it tells that a weight or a photo is broken.
# Seen: on the CPU, in full precision, Relu makes 0 of it, Clip its least value, Max the other operand. Add and Sigmoid pass it
# on. The description of the operations says nothing of NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx.reference import ReferenceEvaluator

values = np.array([[np.nan, -1, 0.25, 2]], np.float32)
OPERATIONS = {"Relu": (), "Clip": (0.125, 1), "Max": (0.5,), "Add": (0.5,), "Sigmoid": ()}


def by_each(operation, constants):
    """What the reference, ONNX Runtime and OpenVINO make of the values."""
    names = [f"c{n}" for n in range(len(constants))]
    node = onnx.helper.make_node(operation, ["x", *names], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 4]) for name in "xy"]
    given = [onnx.numpy_helper.from_array(np.float32(value), name) for value, name in zip(constants, names, strict=True)]
    graph = onnx.helper.make_graph([node], "one", ends[:1], ends[1:], given)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(data), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return {
        "reference": ReferenceEvaluator(model).run(None, {"x": values})[0],
        "onnxruntime": session.run(None, {"x": values})[0],
        "openvino": compiled({"x": values})[0],
    }


print("of", *values[0])
firsts = {}
same = True
for operation, constants in OPERATIONS.items():
    made = by_each(operation, constants)
    for name, result in made.items():
        print(f"{operation}{constants}, {name}:", *result[0].round(4))
        firsts[operation, name] = float(result[0, 0])
    same &= all(np.allclose(result[0, 1:], made["reference"][0, 1:]) for result in made.values())
others = all(np.isnan(first) for (_, name), first in firsts.items() if name != "openvino")
hidden = {operation: firsts[operation, "openvino"] for operation in OPERATIONS if not np.isnan(firsts[operation, "openvino"])}
sys.exit(0 if same and others and hidden == {"Relu": 0, "Clip": 0.125, "Max": 0.5} else "changed")
PYTHON
