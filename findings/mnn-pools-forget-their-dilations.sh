#!/usr/bin/env bash
# MNN 3.6.1: of an ONNX network a dilated pool is run as a plain one, and SAME_LOWER is padded as SAME_UPPER.
# Versions: MNN 3.6.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: what ONNX Runtime gives, or an error of the converter.
# Seen: `dilations` of MaxPool and AveragePool count for nothing: a window of 3 and a dilation of 2, padded by 2, gives two rows and two
# columns more than its picture, and the values of a window that lies close together. Convolutions keep theirs. A strided layer of any
# kind that says SAME_LOWER is padded behind instead of before: the shape is right and nearly every value wrong. The converter says
# "Converted Success!". The interpreter is asked for full precision. No issue was found.
# The command mnnconvert itself is not used, since it installs a package outside of its environment.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q MNN==3.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"

cat > make.py <<'PYTHON'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, save

random = np.random.default_rng(0)
picture = random.random((1, 1, 16, 16), np.float32)
ways = {
    "dilated": {"dilations": [2, 2], "pads": [2] * 4, "strides": [1, 1]},
    "lower": {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
    "upper": {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
}
answers = {}
for kind in ("Conv", "MaxPool", "AveragePool"):
    weights = [numpy_helper.from_array(random.random((1, 1, 3, 3), np.float32), "w")] if kind == "Conv" else []
    for way, attributes in ways.items():
        name, side = f"{kind}-{way}", 16 // attributes["strides"][0]
        graph = helper.make_graph(
            [helper.make_node(kind, ["x", "w"][: 1 + len(weights)], ["y"], kernel_shape=[3, 3], **attributes)],
            "layer",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, side, side])],
            weights,
        )
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9), f"{name}.onnx")
        session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
        answers[name] = session.run(None, {"x": picture})[0]
np.savez("answers.npz", picture=picture, **answers)
PYTHON
venv/bin/python make.py
for file in *.onnx; do
    venv/bin/python -c "import _tools; _tools.mnnconvert('x -f ONNX --modelFile $file --MNNModel ${file%.onnx}.mnn --bizCode x'.split())" > log
    grep -q 'Converted Success' log
done

venv/bin/python - <<'PYTHON'
import sys

import MNN.expr as expr
import MNN.nn as nn
import numpy as np

answers = np.load("answers.npz")
picture = answers["picture"]
runtime = nn.create_runtime_manager(({"precision": "high", "backend": 0, "numThread": 1},))
holds = []
for name in answers.files[1:]:
    network = nn.load_module_from_file(f"{name}.mnn", ["x"], ["y"], runtime_manager=runtime)
    given = expr.placeholder(list(picture.shape), expr.NCHW, expr.float)
    given.write(picture)
    seen, right = np.array(expr.convert(network.forward([given])[0], expr.NCHW).read()), answers[name]
    equal = seen.shape == right.shape and bool(np.allclose(seen, right, atol=1e-4))
    share = f"{np.mean(np.abs(seen - right) > 1e-4):.0%} of the values are wrong" if seen.shape == right.shape else "the shape is wrong"
    print(f"{name}: {seen.shape[2:]}, in ONNX Runtime {right.shape[2:]}; {'right' if equal else share}")
    holds.append(equal == (name.endswith("upper") or name == "Conv-dilated"))
sys.exit(0 if all(holds) else "changed")
PYTHON
