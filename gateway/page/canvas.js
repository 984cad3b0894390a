// Pictures on canvases: scale, recolour, encode.

export function createCanvas(width, height) {
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  return made;
}

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

/** A canvas made as large as a picture, with the picture on it. */
export function draw(picture, canvas) {
  const { width, height } = picture;
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

/** The pixels of a canvas, or of a rectangle of it. */
export const pixelsOf = (canvas, { x, y, width, height } = { x: 0, y: 0, width: canvas.width, height: canvas.height }) =>
  canvas.getContext("2d").getImageData(x, y, width, height);

export const jpeg = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

export const png = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/png"));

/** Recolour a grey picture in place: `colour(value)` gives [r, g, b, a] for 0..255. */
export function recolour(canvas, colour) {
  const table = Array.from({ length: 256 }, (_, value) => colour(value));
  const image = pixelsOf(canvas);
  for (let i = 0; i < image.data.length; i += 4) image.data.set(table[image.data[i]], i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Cut a rectangle of a picture out by a grey mask, into the same place of `subject`; all three have one size. */
export function cutOut(picture, mask, area, subject) {
  const cut = pixelsOf(picture, area);
  const { data } = pixelsOf(mask, area);
  for (let i = 0; i < data.length; i += 4) cut.data[i + 3] *= data[i] / 255;
  subject.getContext("2d").putImageData(cut, area.x, area.y);
}
