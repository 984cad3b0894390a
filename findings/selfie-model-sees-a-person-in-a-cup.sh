#!/usr/bin/env bash
# MediaPipe's selfie segmentation (of mediapipe 0.10.21, run by ai-edge-litert 2.3.0): a mask comes out whatever is seen.
# Versions: ai-edge-litert 2.3.0, scikit-image 0.26.0, numpy 2.4.6, opencv-python-headless 5.0.0.93,
# mediapipe 0.10.21.
# Expected: little or nothing where nobody is; of a photo and its mirror image the same mask, mirrored.
# Seen: the landscape model calls half of a photo of a cup of coffee a person, with full certainty, and nothing beside the
# mask says that nobody is there. Of a portrait and its mirror image the masks differ by up to .9 in places.
# The photos are scikit-image's: the astronaut (NASA, public domain) and the coffee (CC0).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ai-edge-litert==2.3.0 scikit-image==0.26.0 numpy==2.4.6 opencv-python-headless==5.0.0.93
"$folder/venv/bin/pip" download -q --no-deps --dest "$folder" mediapipe==0.10.21
"$folder/venv/bin/python" -m zipfile -e "$folder"/mediapipe-*.whl "$folder/wheel"

"$folder/venv/bin/python" - "$folder/wheel/mediapipe/modules/selfie_segmentation" <<'PYTHON'
import sys

import cv2
import numpy as np
import skimage.data
from ai_edge_litert.interpreter import Interpreter


def mask(model, photo):
    """What of the photo is a person: (rows, columns), 0 to 1."""
    interpreter = Interpreter(f"{sys.argv[1]}/{model}.tflite")
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    height, width = given["shape"][1:3]
    view = cv2.resize(photo, (int(width), int(height)), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    interpreter.set_tensor(given["index"], view[None])
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).squeeze()


person, cup = skimage.data.astronaut(), skimage.data.coffee()
seen = {}
for model in ("selfie_segmentation", "selfie_segmentation_landscape"):
    sure = float((mask(model, cup) > 0.9).mean())
    turned = mask(model, np.ascontiguousarray(person[:, ::-1]))[:, ::-1]
    difference = float(np.abs(mask(model, person) - turned).max())
    print(f"{model}: {sure:.0%} of the cup is surely a person; mirrored portrait: differs by up to {difference:.2f}")
    seen[model] = (sure, difference)
right = seen["selfie_segmentation_landscape"][0] > 0.3 and all(difference > 0.5 for _, difference in seen.values())
sys.exit(0 if right else "changed")
PYTHON
