// What the page knows of the photo in hand. Nothing is stored: it goes with the next photo or the end of the page.

export const state = {
  photo: null, // {file, name, picture}: picture is a canvas at preview size, null until somebody could decode it
  result: null, // what the server said of the photo for one focus; see answer.js
  results: new Map(), // by focus: {} is the likeliest class, {target} another, {point} the subject under a point
  fully: false, // whether the user wants the whole blur where Focal doubts its mask
};

/** Begin with a new photo, or with none. */
export function begin(photo) {
  Object.assign(state, { photo, result: null, results: new Map(), fully: false });
}
