#!/usr/bin/env bash
# MNN 3.6.1: of an ONNX network a cubic GridSample is run as a linear one, and reflection at the border as repetition.
# Versions: MNN 3.6.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6.
# Expected: what ONNX Runtime gives, or an error of the converter.
# Seen: "cubic" (and "bicubic" of older files) gives the linear interpolation to the last bit. Where the places reach over the border,
# "reflection" gives what "border" gives. The converter says "Converted Success!" and the interpreter, asked for full precision, nothing.
# No issue was found.
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

picture = np.random.default_rng(0).random((1, 1, 9, 9), np.float32)
places = np.stack(np.meshgrid(np.linspace(-1.4, 1.4, 17), np.linspace(-1.3, 1.3, 13)), -1)[None].astype(np.float32)
answers = {}
for opset, modes in ((16, ("bilinear", "bicubic")), (20, ("linear", "cubic"))):
    for mode in modes:
        for padding in ("border", "reflection"):
            name = f"{opset}-{mode}-{padding}"
            graph = helper.make_graph(
                [helper.make_node("GridSample", ["x", "g"], ["y"], mode=mode, padding_mode=padding, align_corners=1)],
                "sample",
                [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)],
                [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, *places.shape[1:3]])],
                [numpy_helper.from_array(places, "g")],
            )
            save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9), f"{name}.onnx")
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
    opset, mode, padding = name.split("-")
    network = nn.load_module_from_file(f"{name}.mnn", ["x"], ["y"], runtime_manager=runtime)
    given = expr.placeholder(list(picture.shape), expr.NCHW, expr.float)
    given.write(picture)
    seen = np.array(expr.convert(network.forward([given])[0], expr.NCHW).read())
    off = {label: float(np.abs(seen - answers[label]).max()) for label in (name, f"{opset}-{mode.replace('cubic', 'linear')}-border")}
    print(f"opset {opset}, {mode}, {padding}: off by {off[name]:.2f} of 1, from linear and border by {list(off.values())[-1]:.2f}")
    right = "linear" in mode and padding == "border"
    holds += [off[name] < 1e-5 if right else off[name] > 0.1, list(off.values())[-1] < 1e-5]
sys.exit(0 if all(holds) else "changed")
PYTHON
