// Pictures on canvases: scale, recolour, encode.

import { create } from "./elements.js";

export const createCanvas = (width, height) => create("canvas", { width, height });

/** A picture drawn onto a canvas of the given size. */
export function scaled(picture, width, height) {
  const made = createCanvas(width, height);
  const context = made.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return made;
}

/** A picture scaled so that its longer side is `longer`, never enlarged. */
export function within(picture, longer) {
  const factor = Math.min(1, longer / Math.max(picture.width, picture.height));
  return scaled(
    picture,
    Math.max(1, Math.round(picture.width * factor)),
    Math.max(1, Math.round(picture.height * factor)),
  );
}

/** A rectangle of a picture, on a canvas of its own. */
export function pieceOf(picture, { x, y, width, height }) {
  const made = createCanvas(Math.round(width), Math.round(height));
  made.getContext("2d").drawImage(picture, -x, -y);
  return made;
}

/** A canvas made as large as a picture, with the picture on it. */
export function draw(picture, canvas) {
  const { width, height } = picture;
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

/** The pixels of a canvas, or of a rectangle of it. */
export const pixelsOf = (canvas, { x, y, width, height } = { x: 0, y: 0, width: canvas.width, height: canvas.height }) =>
  canvas.getContext("2d").getImageData(x, y, width, height);

/** A canvas as a file of a type; quality 0 to 1. */
export const encoded = (canvas, type, quality) => new Promise((resolve) => canvas.toBlob(resolve, type, quality));

export const jpeg = (canvas, quality) => encoded(canvas, "image/jpeg", quality);

/** Recolour a grey picture in place: `colour(value)` gives [r, g, b, a] for 0..255. */
export function recolour(canvas, colour) {
  const table = Array.from({ length: 256 }, (_, value) => colour(value));
  const image = pixelsOf(canvas);
  for (let i = 0; i < image.data.length; i += 4) image.data.set(table[image.data[i]], i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The values of a grey picture, or of a rectangle of it.   -> Uint8 (height · width) */
export function alphaOf(canvas, area) {
  const { data } = pixelsOf(canvas, area);
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}

/** A canvas of code values.   Float32 (rows · columns · 3) -> columns × rows */
export function pictureOf(codes, { columns, rows }) {
  const made = createCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  for (let i = 0; i < columns * rows; i++) image.data.set([codes[3 * i], codes[3 * i + 1], codes[3 * i + 2], 255], 4 * i);
  made.getContext("2d").putImageData(image, 0, 0);
  return made;
}
