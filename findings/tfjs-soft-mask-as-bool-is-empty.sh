#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: a soft mask that is cast to bool is empty, and one of 0 and 256 too.
# Versions: @tensorflow/tfjs-core 4.22.0 (npm), @tensorflow/tfjs-backend-wasm 4.22.0 (npm), @tensorflow/tfjs-backend-cpu 4.22.0 (npm).
# Expected: what is not 0 is true, as with the CPU backend and in TensorFlow; a bool is 0 or 1.
# Seen: with WebAssembly the last byte of the integer part is kept: .9 is false, so is 256, and of 255 true is 255, which logicalNot
# makes 254, true as well. So a mask and what lies around it overlap, and the sum of a mask is 255 times its area. Upstream issue 2590
# says of 2019 that casts to bool are broken; it was closed for its age in 2023.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit \
    @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 >npm.log 2>&1

node - <<'NODE'
console.warn = () => {}; // It advises to use another package.
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
setWasmPaths(`${process.cwd()}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);

const values = { soft: [0, 0.2, 0.5, 0.9, 0.999, 1], bytes: [0, 1, 128, 255, 256, 512] };

(async () => {
  const seen = {};
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    await tf.ready();
    for (const [name, numbers] of Object.entries(values)) {
      const mask = tf.cast(tf.tensor1d(numbers), "bool");
      const area = tf.sum(tf.cast(mask, "int32")).dataSync()[0];
      const results = { mask, around: tf.logicalNot(mask) };
      for (const [part, result] of Object.entries(results)) seen[`${backend} ${name} ${part}`] = [...result.dataSync()].join(" ");
      seen[`${backend} ${name} area`] = area;
      console.log(`${backend}: ${numbers.join(" ")} as bool: ${seen[`${backend} ${name} mask`]};`);
      console.log(`  logicalNot: ${seen[`${backend} ${name} around`]}; sum: ${area}`);
    }
  }
  const expected = {
    "cpu soft mask": "0 1 1 1 1 1",
    "cpu soft area": 5,
    "cpu bytes mask": "0 1 1 1 1 1",
    "cpu bytes around": "1 0 0 0 0 0",
    "cpu bytes area": 5,
    "wasm soft mask": "0 0 0 0 0 1",
    "wasm soft area": 1,
    "wasm bytes mask": "0 1 128 255 0 0",
    "wasm bytes around": "1 0 129 254 1 1",
    "wasm bytes area": 384,
  };
  process.exit(Object.entries(expected).every(([name, value]) => seen[name] === value) ? 0 : 1);
})();
NODE
