#!/usr/bin/env bash
# sharp 0.35.5: `gamma`, which is for resizing in linear light, makes the shadows of a photo black, and the dark tones a few steps.
# Versions: sharp 0.35.5 (npm).
# Expected: darkened before the resize and brightened by the same factor after it, an even tone comes back as it was.
# Seen: in between, a photo of 8 bits is kept in 8 bits. The darkest 21 of 256 codes become 0, the next 8 become 20, and of 256 codes 183
# are left; with a factor of 3 all codes below 41 are black. The documentation says nothing of it. With `pipelineColourspace("rgb16")`
# no code is off by more than one. libvips closed a question about the bands (2238).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit sharp@0.35.5 >npm.log 2>&1

node - <<'NODE'
const sharp = require("sharp");
const CODES = Array.from({ length: 256 }, (_, code) => code);

/** What becomes of each code: bands of one code each, 8 pixels wide, reduced to half so that each band has pixels of its own. */
async function tones(prepare) {
  const width = CODES.length * 8;
  const pixels = Buffer.from(CODES.flatMap((code) => Array(8 * 3).fill(code)));
  const image = sharp(Buffer.concat(Array(8).fill(pixels)), { raw: { width, height: 8, channels: 3 } });
  const reduced = await prepare(image).resize(width / 2, 4, { kernel: "nearest" }).raw().toBuffer();
  return CODES.map((code) => reduced[(code * 4 + 2) * 3]);
}

(async () => {
  const ways = {
    "no gamma": (image) => image,
    "gamma()": (image) => image.gamma(),
    "gamma(3)": (image) => image.gamma(3),
    "gamma() in 16 bits": (image) => image.pipelineColourspace("rgb16").gamma(),
  };
  const seen = {};
  for (const [name, prepare] of Object.entries(ways)) {
    const after = await tones(prepare);
    const black = after.filter((tone) => tone === 0).length;
    const off = Math.max(...after.map((tone, code) => Math.abs(tone - code)));
    seen[name] = { black, off, left: new Set(after).size };
    console.log(`${name}: ${black} codes become black, ${seen[name].left} are left, the most is off by ${off}`);
  }
  const right = seen["no gamma"].off === 0 && seen["gamma() in 16 bits"].off <= 1;
  process.exit(right && seen["gamma()"].black === 21 && seen["gamma(3)"].black > 40 && seen["gamma()"].left < 190 ? 0 : 1);
})();
NODE
