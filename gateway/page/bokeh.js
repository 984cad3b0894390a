// The shapes into which a lens spreads a point, as the server does it (handler/focal/blur/bokeh.py).
// Cells (h, w, 4) are flat arrays, mirrored at their borders.

const mirror = (i, n) => {
  const inside = ((i % (2 * n)) + 2 * n) % (2 * n);
  return Math.min(inside, 2 * n - 1 - inside);
};

/** Spread each cell into a disc ("lens") or a Gaussian of the disc's own variance ("gaussian"). */
export function spread(source, w, h, radius, bokeh) {
  return bokeh === "gaussian" ? spreadGaussian(source, w, h, Math.max(radius, 1e-3) / 2) : spreadDisc(source, w, h, radius);
}

/** The mean over a disc, smooth at its rim: along each row, whole cells by a running sum, those on the rim each. */
function spreadDisc(source, w, h, radius) {
  const reach = Math.max(0, Math.ceil(radius - 0.5));
  const out = new Float32Array(w * h * 4);
  const rows = discRows(radius, reach);
  const sums = new Float64Array((w + 2 * reach + 1) * 4);
  for (let row = -reach; row < h + reach; row++) {
    const line = mirroredLine(source, mirror(row, h) * w, w, reach);
    for (let i = 0; i < line.length; i++) sums[i + 4] = sums[i] + line[i];
    for (const { dy, half, rim, weight } of rows) {
      const y = row - dy;
      if (y < 0 || y >= h) continue;
      const at = 4 * y * w;
      const right = 4 * (reach + half + 1);
      const left = 4 * (reach - half);
      if (half >= 0) for (let i = 0; i < 4 * w; i++) out[at + i] += weight * (sums[right + i] - sums[left + i]);
      for (const { dx, share } of rim) addBoth(out, at, line, 4 * (reach - dx), 4 * (reach + dx), 4 * w, share);
    }
  }
  return out;
}

/** A row of cells with `reach` mirrored ones on either side. */
function mirroredLine(source, start, w, reach) {
  const line = new Float32Array(4 * (w + 2 * reach));
  line.set(source.subarray(4 * start, 4 * (start + w)), 4 * reach);
  for (let i = 1; i <= reach; i++) {
    for (const [to, x] of [[reach - i, -i], [reach + w - 1 + i, w - 1 + i]]) {
      const from = 4 * (start + mirror(x, w));
      line.set(source.subarray(from, from + 4), 4 * to);
    }
  }
  return line;
}

function addBoth(out, at, line, left, right, count, share) {
  for (let i = 0; i < count; i++) out[at + i] += share * (line[left + i] + line[right + i]);
}

/** The rows of a disc: cells up to `half` to either side count whole, those of `rim` by their share of the circle. */
function discRows(radius, reach) {
  const covered = (dx, dy) => Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const total = offsets.reduce((sum, dy) => sum + offsets.reduce((part, dx) => part + covered(dx, dy), 0), 0);
  return offsets.map((dy) => {
    const shares = offsets.slice(reach).map((dx) => covered(dx, dy));
    const half = shares.lastIndexOf(1);
    const rim = shares.map((share, dx) => ({ dx, share: share / total / (dx ? 1 : 2) })).filter(({ dx, share }) => dx > half && share);
    return { dy, half, rim, weight: 1 / total };
  });
}

/** Along rows, then along columns: lines of cells are added up, each as a whole. */
function spreadGaussian(source, w, h, sigma) {
  const reach = Math.ceil(4 * sigma);
  const weights = Array.from({ length: reach + 1 }, (_, dx) => Math.exp(-(dx ** 2) / (2 * sigma ** 2)));
  const total = 2 * weights.reduce((a, b) => a + b) - 1;
  weights[0] /= 2; // both sides of it are one cell
  const across = new Float32Array(source.length);
  const out = new Float32Array(source.length);
  for (let y = 0; y < h; y++) {
    const line = mirroredLine(source, y * w, w, reach);
    weights.forEach((weight, dx) =>
      addBoth(across, 4 * y * w, line, 4 * (reach - dx), 4 * (reach + dx), 4 * w, weight / total),
    );
  }
  for (let y = 0; y < h; y++) {
    weights.forEach((weight, dy) =>
      addBoth(out, 4 * y * w, across, 4 * w * mirror(y - dy, h), 4 * w * mirror(y + dy, h), 4 * w, weight / total),
    );
  }
  return out;
}
