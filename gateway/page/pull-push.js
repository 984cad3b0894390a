// A colour for every cell from the cells whose colour is known (handler/focal/blur/pull_push.py).

const TINY = 1e-30;

/** Extend known colours smoothly over unknown cells.   Float32 (h · w · 3), weights Float32 (h · w) -> (h · w · 3) */
export function fill(colour, weight, width, height) {
  const most = weight.reduce((a, b) => Math.max(a, b), 0);
  if (width * height === 1 || most === 0) return colour;
  const weighted = new Float32Array(width * height * 4);
  for (let i = 0; i < weight.length; i++) {
    const own = weight[i] / most;
    for (let c = 0; c < 3; c++) weighted[4 * i + c] = colour[3 * i + c] * own;
    weighted[4 * i + 3] = own;
  }
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const coarse = halved(weighted, width, height, 4);
  const means = new Float32Array(w * h * 3);
  const known = new Float32Array(w * h);
  for (let i = 0; i < known.length; i++) {
    for (let c = 0; c < 3; c++) means[3 * i + c] = coarse[4 * i + c] / Math.max(coarse[4 * i + 3], TINY);
    known[i] = Math.min(1, 4 * coarse[4 * i + 3]);
  }
  const filled = doubled(fill(means, known, w, h), w, h, width, height);
  return filled.map((around, i) => around + weighted[4 * ((i / 3) | 0) + 3] * (colour[i] - around));
}

/** The index that stands for one beyond the border: 2 1 0 1 2, the outermost cell not twice. */
function reflected(i, n) {
  if (n === 1) return 0;
  const inside = Math.abs(i) % (2 * n - 2);
  return Math.min(inside, 2 * n - 2 - inside);
}

/** Smoothed by 1 4 6 4 1 along both axes, and each second cell of it. */
function halved(source, width, height, channels) {
  const w = (width + 1) >> 1;
  const across = halvedAlong(source, width, height, channels, channels, width * channels, w, w * channels);
  return halvedAlong(across, height, w, w * channels, channels, channels, (height + 1) >> 1, channels);
}

/** The same along one axis: `n` cells `step` apart on each of `lines` lines, which begin `from` and `to` apart. */
function halvedAlong(source, n, lines, step, channels, from, half, to) {
  const out = new Float32Array(lines * half * channels);
  const taps = Array.from({ length: half }, (_, i) => [-2, -1, 0, 1, 2].map((by) => step * reflected(2 * i + by, n)));
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < half; i++) {
      const [a, b, c, d, e] = taps[i];
      const start = line * from;
      const at = line * to + step * i;
      for (let k = start; k < start + channels; k++) {
        out[at + k - start] =
          (source[a + k] + source[e + k] + 4 * (source[b + k] + source[d + k]) + 6 * source[c + k]) / 16;
      }
    }
  }
  return out;
}

function doubled(source, w, h, width, height) {
  const across = doubledAlong(source, w, h, 3, 3 * w, width, 3 * width);
  return doubledAlong(across, h, width, 3 * width, 3, height, 3);
}

function doubledAlong(source, half, lines, step, from, n, to) {
  const out = new Float32Array(lines * n * 3);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < n; i++) {
      const middle = i >> 1;
      const next = line * from + step * Math.min(half - 1, middle + 1);
      const before = line * from + step * (middle > 0 ? middle - 1 : Math.min(half - 1, 1));
      const own = line * from + step * middle;
      const at = line * to + step * i;
      for (let k = 0; k < 3; k++) {
        out[at + k] =
          i % 2 ? (source[own + k] + source[next + k]) / 2 : (source[before + k] + 6 * source[own + k] + source[next + k]) / 8;
      }
    }
  }
  return out;
}
