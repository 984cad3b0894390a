#!/usr/bin/env bash
# Pillow 13.0.0: an animated WebP that it saved of cut-outs is opened by itself as RGB, on black; sharp and Skia show it transparent.
# Versions: pillow 13.0.0, opencv-python-headless 5.0.0.93, numpy 2.4.6, sharp 0.35.5 (npm), @napi-rs/canvas 1.1.1 (npm).
# Expected: frames of mode RGBA that are saved without loss come back as RGBA, and what was transparent is.
# Seen: libwebp, by which Pillow saves, stores of each frame the rectangle that is not empty, and says that the file has alpha only
# if such a rectangle holds a transparent pixel (RFC 9649: "any of the frames"). Of a subject that fills its rectangle none does. The
# canvas around is transparent all the same; Pillow and OpenCV go by the flag alone and give black. One half transparent pixel
# in the subject, and the same animation is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 @napi-rs/canvas@1.1.1 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
from PIL import Image

for name, pixel in (("full", (200, 0, 80, 255)), ("soft", (200, 0, 80, 128))):
    frames = []
    for step in range(3):
        frame = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        frame.paste((200, 0, 80, 255), (8 + 4 * step, 8, 28 + 4 * step, 28))
        frame.putpixel((18 + 4 * step, 18), pixel)
        frames.append(frame)
    frames[0].save(f"{name}.webp", save_all=True, append_images=frames[1:], duration=100, lossless=True)
PYTHON
node - >by-node.json <<'NODE'
const fs = require("fs");
const sharp = require("sharp");
const { createCanvas, loadImage } = require("@napi-rs/canvas");
(async () => {
  const seen = {};
  for (const name of ["full", "soft"]) {
    const { data, info } = await sharp(`${name}.webp`).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const drawing = createCanvas(64, 64).getContext("2d");
    drawing.drawImage(await loadImage(fs.readFileSync(`${name}.webp`)), 0, 0);
    seen[name] = { sharp: data[info.channels - 1], Skia: drawing.getImageData(0, 0, 1, 1).data[3] };
  }
  console.log(JSON.stringify(seen));
})();
NODE
venv/bin/python - <<'PYTHON'
import json
import sys
from pathlib import Path

import cv2
from PIL import Image

by_node = json.loads(Path("by-node.json").read_text())
seen = {}
for name in ("full", "soft"):
    image = Image.open(f"{name}.webp")
    by_opencv = cv2.imread(f"{name}.webp", cv2.IMREAD_UNCHANGED)
    corner = {"Pillow": image.convert("RGBA").getpixel((0, 0))[3], **by_node[name]}
    corner["OpenCV"] = 255 if by_opencv.shape[2] == 3 else int(by_opencv[0, 0, 3])
    seen[name] = image.mode, corner
    print(f"{name}: Pillow opens it as {image.mode}; alpha of the empty corner by {corner}")
opaque, clear = {"Pillow": 255, "OpenCV": 255}, {"Pillow": 0, "OpenCV": 0}
right = {"sharp": 0, "Skia": 0}
sys.exit(0 if seen == {"full": ("RGB", right | opaque), "soft": ("RGBA", right | clear)} else "changed")
PYTHON
