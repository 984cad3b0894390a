#!/usr/bin/env bash
# MNN 3.6.1: an ONNX network that enlarges by cubic interpolation has a wrong first row and a wrong first column.
# Versions: MNN 3.6.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: the values of ONNX Runtime (and PyTorch). Enlarged to twice its sides, the first pixel lies a quarter of a pixel before the
# first one of the picture.
# Seen: a place before the first pixel is cut to it instead of rounded down, and the pixels are then weighed as if it lay three quarters
# behind it: of the ramp 0, 1, 2 the first value is .67 where -.11 is right, above the second one, and so is the first row. All others
# are right, so is linear interpolation, and nothing warns. The interpreter is asked for full precision. No issue was found.
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

SIDE = 8
ramp = np.tile(np.arange(SIDE, dtype=np.float32), (1, 1, SIDE, 1))
random = np.random.default_rng(0).random((1, 1, SIDE, SIDE), np.float32)
for mode in ("cubic", "linear"):
    graph = helper.make_graph(
        [helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode=mode)],
        "enlarge",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ramp.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 2 * SIDE, 2 * SIDE])],
        [numpy_helper.from_array(np.array([1, 1, 2 * SIDE, 2 * SIDE]), "sizes")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), f"{mode}.onnx")
    session = onnxruntime.InferenceSession(f"{mode}.onnx", providers=["CPUExecutionProvider"])
    pictures = {"ramp": ramp, "random": random}
    answers = {f"{name}_right": session.run(None, {"x": picture})[0] for name, picture in pictures.items()}
    np.savez(f"{mode}.npz", **pictures, **answers)
PYTHON
venv/bin/python make.py
# The command mnnconvert itself is not used, since it installs a package outside of its environment.
for mode in cubic linear; do
    venv/bin/python -c "import _tools; _tools.mnnconvert('x -f ONNX --modelFile $mode.onnx --MNNModel $mode.mnn --bizCode x'.split())" > "$mode.log"
done

venv/bin/python - <<'PYTHON'
import sys

import MNN.expr as expr
import MNN.nn as nn
import numpy as np

runtime = nn.create_runtime_manager(({"precision": "high", "backend": 0, "numThread": 1},))
holds = []
for mode in ("cubic", "linear"):
    cases = np.load(f"{mode}.npz")
    network = nn.load_module_from_file(f"{mode}.mnn", ["x"], ["y"], runtime_manager=runtime)
    for name in ("ramp", "random"):
        given = expr.placeholder(list(cases[name].shape), expr.NCHW, expr.float)
        given.write(cases[name])
        seen, right = np.array(expr.convert(network.forward([given])[0], expr.NCHW).read())[0, 0], cases[f"{name}_right"][0, 0]
        off = np.abs(seen - right) > 1e-4
        print(f"{mode}, {name}: row 3 begins {seen[3, :3].round(2).tolist()}, in ONNX Runtime {right[3, :3].round(2).tolist()}")
        print(f"    wrong in the first row {off[0].mean():.0%}, in the first column {off[:, 0].mean():.0%}, elsewhere {off[1:, 1:].sum()} values")
        wrong = mode == "cubic"
        holds += [off[:, 0].all() == wrong, not off[1:, 1:].any(), wrong or not off.any()]
sys.exit(0 if all(holds) else "changed")
PYTHON
