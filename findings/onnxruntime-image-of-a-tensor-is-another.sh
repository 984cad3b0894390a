#!/usr/bin/env bash
# onnxruntime-common 1.30.0 (of onnxruntime-web): a picture made into a tensor and back with the same options has red and blue
# exchanged, or is white.
# Versions: onnxruntime-common 1.30.0 (npm), @napi-rs/canvas 1.1.1 (npm).
# Expected: Tensor.fromImage and toImageData undo each other where they get the same format and the same norm.
# Seen: fromImage stores blue first for "BGR"; toImageData takes "BGR" and reads red first. With a norm fromImage computes
# (value + bias) / mean, and toImageData (value - bias) * mean instead of value * mean - bias: with the usual -127.5 and 127.5 all is
# white. (So "mean" is what divides, the deviation, say; the bias is the mean with its sign turned.) With a norm and no format it
# refuses a tensor of three channels, though RGB is the documented default. The documentation calls both "normalization
# parameters" and gives no formula; no issue was found. (The canvas stands for that of a browser.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit onnxruntime-common@1.30.0 @napi-rs/canvas@1.1.1 >npm.log 2>&1

node - <<'NODE'
const { createCanvas, ImageData } = require("@napi-rs/canvas");
globalThis.ImageData = ImageData;
globalThis.document = { createElement: () => createCanvas(1, 1) };
globalThis.HTMLCanvasElement = createCanvas(1, 1).constructor;
const { Tensor } = require("onnxruntime-common");

const norm = { mean: 127.5, bias: -127.5 };
const cases = {
  RGB: [{ tensorFormat: "RGB" }, { format: "RGB" }],
  BGR: [{ tensorFormat: "BGR" }, { format: "BGR" }],
  "RGB, norm": [{ tensorFormat: "RGB", norm }, { format: "RGB", norm }],
  "norm alone": [{ norm }, { norm }],
};

(async () => {
  const photo = new ImageData(2, 1);
  photo.data.set([200, 100, 50, 255, 10, 20, 30, 255]);
  const seen = {};
  for (const [name, [to, from]] of Object.entries(cases)) {
    const tensor = await Tensor.fromImage(photo, { ...to });
    try {
      seen[name] = [...tensor.toImageData({ ...from }).data].join(" ");
    } catch (error) {
      seen[name] = error.message;
    }
    console.log(`${[...photo.data].join(" ")} as ${name}: ${[...tensor.data].map((value) => value.toFixed(2)).join(" ")}, and back: ${seen[name]}`);
  }
  const right = seen.RGB === "200 100 50 255 10 20 30 255";
  const exchanged = seen.BGR === "50 100 200 255 30 20 10 255";
  const white = seen["RGB, norm"] === "255 255 255 255 255 255 255 255";
  process.exit(right && exchanged && white && /format/.test(seen["norm alone"]) ? 0 : 1);
})();
NODE
