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

export const pixelsOf = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);

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

/** What a grey mask keeps of a picture of its size, as a new canvas; the rest is transparent. */
export function cutOut(picture, mask) {
  const subject = recolour(scaled(mask, mask.width, mask.height), (value) => [0, 0, 0, value]);
  const context = subject.getContext("2d");
  context.globalCompositeOperation = "source-in";
  context.drawImage(picture, 0, 0);
  return subject;
}
