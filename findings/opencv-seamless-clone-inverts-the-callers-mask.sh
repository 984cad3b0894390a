#!/usr/bin/env bash
# OpenCV 5.0.0: `seamlessClone`, `colorChange`, `illuminationChange` and `textureFlattening` turn the caller's own mask inside out.
# Versions: opencv-python-headless 5.0.0.93, numpy 2.4.6.
# Expected: a mask is an input, as the documentation says, and the same call twice gives the same picture.
# Seen: after the call a mask of one channel holds what lies around the subject, and a rim of it, in the place of the subject, so
# that a second call works on another place. An array that is marked as read-only is changed as well. A mask of three channels
# stays as it was. Issue 12053 of 2018 told of a mask that `seamlessClone` changes, and is closed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np

photo = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8), (0, 0), 3)
photo = cv2.normalize(photo, None, 0, 255, cv2.NORM_MINMAX)
ground = np.full((200, 260, 3), (90, 130, 60), np.uint8)
subject = cv2.circle(np.zeros((96, 128), np.uint8), (64, 48), 25, 255, -1)
calls = {
    "seamlessClone": lambda mask: cv2.seamlessClone(photo, ground, mask, (130, 100), cv2.NORMAL_CLONE),
    "colorChange": lambda mask: cv2.colorChange(photo, mask, None, 1.5, 0.5, 0.5),
    "illuminationChange": lambda mask: cv2.illuminationChange(photo, mask),
    "textureFlattening": lambda mask: cv2.textureFlattening(photo, mask),
}
holds = []
for name, call in calls.items():
    mask, colours = subject.copy(), cv2.merge([subject] * 3)
    locked = subject.copy()
    locked.setflags(write=False)
    first = call(mask)
    kept = int(((mask > 0) & (subject > 0)).sum())
    new = int(((mask > 0) & (subject == 0)).sum())
    second = call(mask)
    call(colours)
    call(locked)
    moved = int(np.abs(first.astype(int) - second).max())
    print(
        f"{name}: of {(subject > 0).sum()} pixels of the mask {kept} are left, {new} others are new; the second call differs by "
        f"{moved}; {(locked != subject).sum()} of a read-only mask are changed, {(colours != subject[..., None]).sum()} of three channels"
    )
    holds += [kept < 600, new > 100, moved > 20, (colours == subject[..., None]).all(), (locked != subject).any()]
sys.exit(0 if all(holds) else "changed")
PYTHON
