// Pictures on canvases: scale, recolour, encode; and rectangles {x, y, width, height} of their pixels.

import { create } from "./state.js";

export const createCanvas = (width, height) => create("canvas", { width, height });

export function scaled(picture, width, height) {
  const made = createCanvas(width, height);
  const context = made.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return made;
}

/** The size of a picture scaled so that its longer side is `longer`, never enlarged. */
export function sizeWithin({ width, height }, longer) {
  const factor = Math.min(1, longer / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/** A picture at that size. */
export function within(picture, longer) {
  const { width, height } = sizeWithin(picture, longer);
  return scaled(picture, width, height);
}

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

export const encoded = (canvas, type, quality) =>
  new Promise((resolve) => (type === "image/jpeg" ? onWhite(canvas) : canvas).toBlob(resolve, type, quality));

export const jpeg = (canvas, quality) => encoded(canvas, "image/jpeg", quality);

/** White behind what is transparent, as the server has it. */
export function onWhite(canvas) {
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
  return canvas;
}

/** Recolour a grey picture in place: `colour(value)` gives [r, g, b, a] for 0..255. */
export function recolour(canvas, colour) {
  const table = Uint8ClampedArray.from({ length: 1024 }, (_, i) => colour(i >> 2)[i & 3]);
  const image = pixelsOf(canvas);
  const { data } = image;
  for (let i = 0; i < data.length; i += 4) {
    const from = 4 * data[i];
    for (let c = 0; c < 4; c++) data[i + c] = table[from + c];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The values of a grey picture, or of a rectangle of it.   -> Uint8 (height · width) */
export function alphaOf(canvas, area) {
  const { data } = pixelsOf(canvas, area);
  const values = new Uint8Array(data.length / 4);
  for (let i = 0; i < values.length; i++) values[i] = data[4 * i];
  return values;
}

/** The same of a picture reduced to a square grid. */
export const gridOf = (picture, side) => alphaOf(scaled(picture, side, side));

/** A canvas of RGBA bytes.   Uint8Clamped (height · width · 4) -> width × height */
export function canvasOf(data, { width, height }) {
  const made = createCanvas(width, height);
  made.getContext("2d", { willReadFrequently: true }).putImageData(new ImageData(data, width), 0, 0);
  return made;
}

/** The smallest rectangle with every point {x, y} and `margin` around it, within a picture; it may be empty. */
export function around(points, margin, { width, height }) {
  const clamp = (value, most) => Math.min(most, Math.max(0, value));
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const left = clamp(Math.floor(Math.min(...xs) - margin), width);
  const top = clamp(Math.floor(Math.min(...ys) - margin), height);
  const right = clamp(Math.ceil(Math.max(...xs) + margin), width);
  const bottom = clamp(Math.ceil(Math.max(...ys) + margin), height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export const isEmpty = ({ width, height }) => width <= 0 || height <= 0;

/** The smallest rectangle with both in it; an empty one counts for nothing. */
export function union(one, other) {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  const x = Math.min(one.x, other.x);
  const y = Math.min(one.y, other.y);
  return {
    x,
    y,
    width: Math.max(one.x + one.width, other.x + other.width) - x,
    height: Math.max(one.y + one.height, other.y + other.height) - y,
  };
}

/** All of a picture. */
export const whole = ({ width, height }) => ({ x: 0, y: 0, width, height });
