// The photo at the size at which the page works: as it is shown, and as a lens would see it.

import { aside } from "./api.js";
import { alphaOf, canvasOf, jpeg, onWhite, pixelsOf, scaled, sizeWithin } from "./canvas.js";
import { enlarged } from "./cells.js";

export const PREVIEW_PX = 1280; // longer side of what is composed here; the download is the server's, at full size
const COPY_QUALITY = 0.95;
const COPY_BYTES = 1e6;
const CELL_PX = 8; // for each of these squares it is told how sharp a picture is
const NOISY = 4; // square of a step from pixel to pixel that may be none but JPEG's
const READ = 2; // times the picture's size at which an image's light is read; what is finer hardly matters

/** Give a photo its picture, and keep what its light is read from. */
export async function openAs(photo, image) {
  const { width, height } = sizeWithin(image, PREVIEW_PX);
  const large = { width: READ * width, height: READ * height };
  const finer = drawn(image.width > large.width ? await resized(image, large) : image);
  Object.assign(photo, { finer, picture: drawn(await resized(finer, { width, height })), lit: null });
  image.close();
}

const drawn = (image) => onWhite(scaled(image, image.width, image.height));

/** An image at another size, halved as often as it takes: a canvas makes it darker by half a code value. */
export async function resized(image, { width, height }) {
  let now = image;
  while (now.width !== width || now.height !== height) {
    const [w, h] = [[now.width, width], [now.height, height]].map(([from, to]) => Math.max(to, Math.ceil(from / 2)));
    const next = await createImageBitmap(now, { resizeWidth: w, resizeHeight: h, resizeQuality: "low" });
    if (now !== image) now.close();
    now = next;
  }
  return now;
}

/** A photo's picture as bright as the whole photo is. It takes .2 s at first, so the first picture does not wait for it. */
export function litOf(photo) {
  photo.lit ??= lit(photo.finer, photo.picture);
  photo.finer = null;
  return photo.lit;
}

/** A picture by the mean of light, of an image twice its size. */
async function lit(image, picture) {
  const { width, height } = picture;
  if (image.width === width && image.height === height) return picture;
  const finer = pixelsOf(scaled(image, READ * width, READ * height));
  const grid = { factor: READ, columns: width, rows: height };
  return canvasOf(await aside("reduce", finer, grid, { width, height }), picture);
}

/** The photo reduced to what is shown, unless it is that small already or holds its own depth, which that would lose. */
export async function copyOf(photo) {
  const { file, isReduced, hasDepth } = photo;
  if (hasDepth || !(isReduced || file.size > COPY_BYTES)) return file;
  return (photo.copy ??= litOf(photo).then((picture) => jpeg(picture, COPY_QUALITY)));
}

/** What the page shows of the server's picture of a copy, and of its mask if what that keeps is sharp. */
export async function shownOfCopy(made, photo, mask, isByDepth) {
  const { picture } = photo;
  const sized = (image) => pixelsOf(scaled(image, picture.width, picture.height)).data;
  const own = pixelsOf(picture).data;
  let shown = sized(made);
  if (isByDepth) {
    photo.sent ??= sized(await createImageBitmap(await copyOf(photo)));
    shown = await aside("withOwnDetail", shown, photo.sent, own, { width: picture.width, height: picture.height });
  }
  const alpha = mask && alphaOf(mask);
  if (alpha) for (let i = 0; i < own.length; i++) if (alpha[i >> 2] === 255) shown[i] = own[i];
  return canvasOf(shown, picture);
}

/** A picture with a photo's own detail where it is sharp, and with none where it is blurred.
 *
 * made: RGBA bytes, what was made of `sent`, which is much like `own`; all three (height · width · 4).
 * Returns RGBA bytes of that size.
 */
export function withOwnDetail(made, sent, own, size) {
  const sharp = sharpness(made, sent, size);
  const soft = softened(made, size);
  return made.map((code, i) => soft[i] + sharp[i] * (code + own[i] - sent[i] - soft[i]));
}

/** How much of the steps from pixel to pixel is left, 0..1, in each channel.   -> Float32 (height · width · 4) */
function sharpness(made, sent, { width, height }) {
  const grid = { factor: CELL_PX, columns: Math.ceil(width / CELL_PX), rows: Math.ceil(height / CELL_PX) };
  const left = new Float32Array(3 * grid.columns * grid.rows);
  const all = new Float32Array(left.length).fill(NOISY * CELL_PX ** 2);
  for (let y = 1, i = 4 * width; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const cell = 3 * (Math.floor(y / CELL_PX) * grid.columns + Math.floor(x / CELL_PX));
      for (let c = 0; c < 3; c++) {
        const [down, across] = [sent[i + c] - sent[i + c - 4 * width], sent[i + c] - sent[i + c - 4]];
        left[cell + c] += down * (made[i + c] - made[i + c - 4 * width]) + across * (made[i + c] - made[i + c - 4]);
        all[cell + c] += down ** 2 + across ** 2;
      }
    }
  }
  return enlarged(left.map((sum, i) => Math.min(1, Math.max(0, sum / all[i]))), grid, { width, height });
}

/** The mean of each pixel and the eight around it; at the border, of those that are there.   -> Float32 of that size */
function softened(pixels, { width, height }) {
  const out = new Float32Array(pixels.length);
  const sums = new Uint16Array(4 * width);
  for (let y = 0; y < height; y++) {
    const [above, below] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)].map((row) => 4 * width * row);
    const at = 4 * width * y;
    for (let i = 0; i < sums.length; i++) sums[i] = pixels[above + i] + pixels[at + i] + pixels[below + i];
    for (let i = 0; i < sums.length; i++) {
      const [before, after] = [i < 4 ? i : i - 4, i + 4 < sums.length ? i + 4 : i];
      out[at + i] = (sums[before] + sums[i] + sums[after]) / 9;
    }
  }
  return out;
}
