// Means over a disc and over a Gaussian, of pictures (h, w, 4) as flat arrays, mirrored at their borders.
// Needs no browser.

const mirror = (i, n) => (i < 0 ? Math.min(n - 1, -i - 1) : i >= n ? Math.max(0, 2 * n - 1 - i) : i);

/** Mean over a disc of each cell, by sums along rows. */
export function meanOverDisc(source, w, h, radius) {
  const reach = Math.ceil(radius);
  const out = new Float32Array(w * h * 4);
  const halves = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.round(Math.sqrt(Math.max(0, radius ** 2 - (i - reach) ** 2))),
  );
  const area = halves.reduce((sum, half) => sum + 2 * half + 1, 0);
  const sums = new Float64Array((w + 2 * reach + 1) * 4);
  for (let row = -reach; row < h + reach; row++) {
    const start = mirror(row, h) * w;
    for (let x = 0; x < w + 2 * reach; x++) {
      const from = 4 * (start + mirror(x - reach, w));
      for (let c = 0; c < 4; c++) sums[4 * (x + 1) + c] = sums[4 * x + c] + source[from + c];
    }
    for (let i = 0; i <= 2 * reach; i++) {
      const y = row + i - reach;
      if (y < 0 || y >= h) continue;
      const half = halves[i];
      for (let x = 0; x < w; x++) {
        const to = 4 * (y * w + x);
        const right = 4 * (x + reach + half + 1);
        const left = 4 * (x + reach - half);
        for (let c = 0; c < 4; c++) out[to + c] += (sums[right + c] - sums[left + c]) / area;
      }
    }
  }
  return out;
}

/** Mean of each cell by a Gaussian of the disc's own variance. */
export function meanOverGaussian(source, w, h, radius) {
  const sigma = Math.max(0.1, radius / 2);
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((a, b) => a + b);
  const along = (from, step, length, lines, stride) => {
    const out = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < length; at++) {
        const to = line * stride + at * step;
        for (let i = 0; i <= 2 * reach; i++) {
          const index = line * stride + mirror(at + i - reach, length) * step;
          for (let c = 0; c < 4; c++) out[to + c] += (from[index + c] * weights[i]) / total;
        }
      }
    }
    return out;
  };
  return along(along(source, 4, w, h, 4 * w), 4 * w, h, w, 4);
}
