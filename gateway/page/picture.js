// The photo at the size at which the page works: as it is shown, and as a lens would see it.

import { alphaOf, canvasOf, pixelsOf, scaled, within } from "./canvas.js";
import { enlarged, meanLight } from "./cells.js";
import { encode } from "./linear-light.js";

export const PREVIEW_PX = 1280; // longer side of what is composed here; the download is the server's, at full size
const READ = 2; // times the picture's size at which an image's light is read; what is finer hardly matters
const CELL_PX = 4; // of the picture, for each of which is known what light it lost

/** Give a photo its picture. `image` is kept until its light is read. */
export function openAs(photo, image) {
  photo.image?.close();
  Object.assign(photo, { image, picture: within(image, PREVIEW_PX), lit: null });
}

/** A photo's picture as bright as the whole photo is. It takes a fifth of a second at first, so nothing waits for it. */
export function litOf(photo) {
  if (!photo.lit) {
    photo.lit = lit(photo.image, photo.picture);
    photo.image.close();
    photo.image = null;
  }
  return photo.lit;
}

/** A picture with the light that it lost where an image has detail: a browser reduces by the mean of code values. */
function lit(image, picture) {
  const { width, height } = picture;
  if (image.width === width && image.height === height) return picture;
  const grid = { factor: CELL_PX, columns: Math.ceil(width / CELL_PX), rows: Math.ceil(height / CELL_PX) };
  const whole = lightOf(scaled(image, READ * width, READ * height), { ...grid, factor: READ * CELL_PX });
  const left = lightOf(picture, grid);
  const lost = enlarged(whole.map((code, i) => code - left[i]), grid, picture);
  return canvasOf(pixelsOf(picture).data.map((code, i) => code + lost[i]), picture);
}

/** The code values of the mean light of a picture's cells. */
const lightOf = (picture, grid) => encode(meanLight(pixelsOf(picture), grid));

/** The server's picture of a copy, with the photo's own where a mask keeps all: the copy was brightened, and a JPEG. */
export function shownOfCopy(made, { picture }, mask) {
  const own = pixelsOf(picture).data;
  const alpha = alphaOf(mask);
  const shown = pixelsOf(scaled(made, picture.width, picture.height)).data;
  return canvasOf(shown.map((code, i) => (alpha[i >> 2] === 255 ? own[i] : code)), picture);
}
