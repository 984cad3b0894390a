#!/usr/bin/env bash
# resvg, by resvg_py 0.5.0: a CMYK JPEG in an SVG is drawn as stripes of other colours, with holes; by resvg-js 2.6.2 not at all.
# Versions: resvg_py 0.5.0, @resvg/resvg-js 2.6.2 (npm), cairosvg 2.9.1, pillow 13.0.0.
# Expected: the photo's colours, as Pillow and CairoSVG have them (both without a profile), or an error.
# Seen: its four samples a pixel are taken for something else: even cyan is columns of four colours, none of them cyan, and even
# black is transparent. Newest Python wrapper and newest npm wrapper differ: the second leaves the place empty. RGB and grey JPEGs
# are right in both. No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q resvg_py==0.5.0 cairosvg==2.9.1 pillow==13.0.0
cd "$folder"
npm install --silent --no-fund --no-audit @resvg/resvg-js@2.6.2 >npm.log 2>&1

cat >made.py <<'PYTHON'
import base64
from io import BytesIO
from pathlib import Path

from PIL import Image

COLOURS = {"cyan": (255, 0, 0, 0), "brown": (50, 100, 150, 20), "black": (0, 0, 0, 255)}


def photo_in_svg(image):
    data = BytesIO()
    image.save(data, "JPEG", quality=100)
    photo = f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><image width="64" height="64" href="{photo}"/></svg>'


Path("rgb.svg").write_text(photo_in_svg(Image.new("RGB", (64, 64), (200, 100, 50))))
for name, colour in COLOURS.items():
    Path(f"{name}.svg").write_text(photo_in_svg(Image.new("CMYK", (64, 64), colour)))
PYTHON
venv/bin/python made.py
node - >by-node.json <<'NODE'
const fs = require("fs");
const { Resvg } = require("@resvg/resvg-js");
const pixel = (name) => [...new Resvg(fs.readFileSync(`${name}.svg`, "utf8")).render().pixels.subarray(8320, 8324)];
console.log(JSON.stringify(Object.fromEntries(["rgb", "cyan", "brown", "black"].map((name) => [name, pixel(name)]))));
NODE
venv/bin/python - <<'PYTHON'
import json
import sys
from io import BytesIO
from pathlib import Path

import cairosvg
import resvg_py
from PIL import Image

RIGHT = {"rgb": (200, 100, 50), "cyan": (0, 255, 255), "brown": (189, 143, 97), "black": (0, 0, 0)}


def near(colour, wanted):
    return all(abs(value - other) <= 3 for value, other in zip(colour, wanted, strict=True))


by_node = json.loads(Path("by-node.json").read_text())
holds = []
for name, right in RIGHT.items():
    svg = Path(f"{name}.svg").read_text()
    drawn = Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert("RGBA")
    by_cairo = Image.open(BytesIO(cairosvg.svg2png(svg.encode()))).convert("RGB").getpixel((32, 32))
    columns = sorted({drawn.getpixel((x, 32)) for x in range(64)})
    print(f"{name}: CairoSVG {by_cairo}, resvg-js {by_node[name]}, resvg_py {columns}")
    holds.append(near(by_cairo, right))
    if name == "rgb":
        holds += [near(by_node[name][:3], right), all(near(colour[:3], right) for colour in columns)]
    else:
        holds += [by_node[name] == [0, 0, 0, 0], not any(near(colour, (*right, 255)) for colour in columns)]
    if name in ("cyan", "brown"):
        holds.append(len(columns) > 1)
sys.exit(0 if all(holds) else "changed")
PYTHON
