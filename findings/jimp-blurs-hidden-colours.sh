#!/usr/bin/env bash
# jimp 1.6.1 (npm): blurring a cut-out mixes in the colours of pixels that are wholly transparent.
# Versions: jimp 1.6.1, pillow 13.0.0.
# Expected: what cannot be seen has no part in the blur: beside a blue subject on a transparent ground the soft edge is blue.
# Seen: blur() and gaussian() average colours and alpha apart, so that the hidden colour comes out: the edge is half red where
# transparent red lies beside the blue, and dark where transparent black does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0
cd "$folder"
npm install --silent --no-fund --no-audit jimp@1.6.1 >npm.log 2>&1

venv/bin/python - <<'PYTHON'
from PIL import Image

for name, hidden in {"red": (255, 0, 0, 0), "black": (0, 0, 0, 0)}.items():
    cut_out = Image.new("RGBA", (64, 64), hidden)
    cut_out.paste((0, 0, 255, 255), (0, 0, 32, 64))
    cut_out.save(f"{name}.png")
PYTHON
node - <<'NODE'
const { Jimp } = require("jimp");
(async () => {
  const seen = {};
  for (const hidden of ["red", "black"])
    for (const way of ["blur", "gaussian"]) {
      const image = await Jimp.read(`${hidden}.png`);
      image[way](8);
      const value = image.getPixelColor(32, 32);
      seen[`${way}, transparent ${hidden}`] = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
    }
  for (const [name, rgba] of Object.entries(seen)) console.log(`${name}: ${rgba} (red, green, blue, alpha)`);
  const edges = Object.values(seen);
  const isRed = edges.slice(0, 2).every(([red, , , alpha]) => red > 60 && alpha > 60);
  const isDark = edges.slice(2).every(([red, , blue, alpha]) => red === 0 && blue < 200 && alpha > 60);
  if (!(isRed && isDark)) {
    console.error("changed");
    process.exit(1);
  }
})();
NODE
