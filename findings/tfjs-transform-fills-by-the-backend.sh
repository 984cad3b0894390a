#!/usr/bin/env bash
# @tensorflow/tfjs-core 4.22.0: image.transform fills what lies beyond a photo's border otherwise than it says, and by the backend.
# Versions: @tensorflow/tfjs-core 4.22.0 (npm), @tensorflow/tfjs-backend-wasm 4.22.0 (npm), @tensorflow/tfjs-backend-cpu 4.22.0 (npm).
# Expected: as documented, "reflect" goes on by d c b a | a b c d | d c b a, and "wrap" by a b c d | a b c d | a b c d, on each
# side and with each backend; rotateWithOffset fills with the number that it is given.
# Seen: with WebAssembly "reflect" goes on to the left and upwards with the pixel of the opposite border; with the CPU backend it is
# right. "wrap" is wrong with both: 1 2 3 4 goes on with 4 4 3 4 to the left, and with 1 2 1 1 to the right. rotateWithOffset with
# WebAssembly cuts a fill of .5 to 0: around a turned photo of 0 to 1 it is black. No issue was found.
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

const ROW = [1, 2, 3, 4];
const BEFORE = 4;
const goesOn = { reflect: [4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1], wrap: [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4] };

(async () => {
  const seen = {};
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    await tf.ready();
    for (const [mode, expected] of Object.entries(goesOn)) {
      for (const upright of [false, true]) {
        // Moved by whole pixels, so that nothing is interpolated.
        const move = upright ? [1, 0, 0, 0, 1, -BEFORE, 0, 0] : [1, 0, -BEFORE, 0, 1, 0, 0, 0];
        const shape = upright ? [1, ROW.length, 1, 1] : [1, 1, ROW.length, 1];
        const size = upright ? [expected.length, 1] : [1, expected.length];
        const moved = tf.image.transform(tf.tensor4d(ROW, shape), tf.tensor2d([move]), "nearest", mode, 0, size);
        const name = `${backend}, ${mode}, ${upright ? "column" : "row"}`;
        seen[name] = [...moved.dataSync()].join(" ");
        console.log(`${name}: ${seen[name]}; documented: ${expected.join(" ")}`);
      }
    }
    const turned = tf.image.rotateWithOffset(tf.tensor4d(new Array(25).fill(1), [1, 5, 5, 1]), Math.PI / 4, 0.5, 0.5);
    seen[`${backend}, filled`] = turned.dataSync()[0];
    console.log(`${backend}: rotateWithOffset, filled with .5: ${seen[`${backend}, filled`]}`);
  }
  const right = ["row", "column"].every((way) => seen[`cpu, reflect, ${way}`] === goesOn.reflect.join(" "));
  const reflected = ["row", "column"].every((way) => seen[`wasm, reflect, ${way}`] !== goesOn.reflect.join(" "));
  const wrapped = ["cpu", "wasm"].every((name) => seen[`${name}, wrap, row`] !== goesOn.wrap.join(" "));
  process.exit(right && reflected && wrapped && seen["cpu, filled"] === 0.5 && seen["wasm, filled"] === 0 ? 0 : 1);
})();
NODE
