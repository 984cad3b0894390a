// What takes longer than a frame, computed beside the page, which stays quick meanwhile.

import { blurred, layersOf } from "./background.js";
import { encode, enlarged, meanLight } from "./cells.js";
import { withOwnDetail } from "./picture.js";

const LEAST_RADIUS = 0.5; // in pixels: below it the server leaves the photo as it is

let layers; // the last that were made

const TASKS = {
  /** The background, blurred or null, of new layers for {pixels, mask}, or of the last. */
  blur(radius, bokeh, size, photo) {
    if (photo) layers = layersOf(photo.pixels, photo.mask, radius);
    const { grid, foreground, background } = layers;
    return {
      background: radius < LEAST_RADIUS ? null : bytesOf(blurred(layers, radius, bokeh), grid, size),
      layers: photo && { grid, foreground, background },
    };
  },

  /** A picture reduced by the mean of its light: a browser reduces by that of code values. */
  reduce: (pixels, grid, size) => bytesOf(encode(meanLight(pixels, grid)), { ...grid, factor: 1 }, size),

  withOwnDetail,
};

/** Code values of cells as RGBA bytes. */
const bytesOf = (cells, grid, size) => new Uint8ClampedArray(enlarged(cells, grid, size));

onmessage = ({ data: [task, ...given] }) => postMessage(TASKS[task](...given));
