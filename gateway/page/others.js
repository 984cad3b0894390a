// Look for what else may be kept: parts of what stands out, such as one of several people, and what is beside it.
// The server says what is at a place; the places are those deepest within what no choice has yet.

import { blobOf, jsonOf, post } from "./api.js";
import { gridOf } from "./canvas.js";
import { addChoice, clearChoices, tellSearch } from "./choices.js";
import { focusOn } from "./focus.js";
import { say, sentenceFor } from "./messages.js";
import { copyOf } from "./picture.js";
import { blockSums, deepest, isAnother, middleOf, nameOf } from "./places.js";
import { focusOptions } from "./settings.js";
import { state } from "./state.js";

const SIDE = 64; // of the square grid on which masks are compared
const BLOCK = 4; // cells to a side in which saliency is added up: it marks edges
const HALF = 127; // of a mask: from there on a place is kept
const FAINT = 30; // of a mask: up to there it is beside
const ANSWER_PX = 256; // longer side of the masks that are asked for
const PARTS = 5; // places to ask for, within what stands out
const BESIDE = 3; // and beside it
const LEAST_SALIENT = 0.06; // of the most salient place: what is less is not worth a look
const NOTHING = "Nothing else stands out. Pick it in the photo, or paint it.";

/** List what else may be kept, once for each photo; the user can go on meanwhile. */
export async function listOthers() {
  const { photo } = state;
  if (photo.isSearched) return;
  photo.isSearched = true;
  clearChoices();
  tellSearch("Looking …", { isOver: false });
  try {
    const count = await search(photo);
    if (state.photo !== photo) return;
    tellSearch(count ? "" : NOTHING);
    say(count ? "There are choices." : NOTHING);
  } catch (problem) {
    photo.isSearched = false;
    if (state.photo === photo) tellSearch(sentenceFor(problem));
  }
}

/** Add choices as they are found; returns how many. */
async function search(photo) {
  const { found, saliency } = state.results.get("{}");
  const copy = await copyOf(photo); // as for a pick, so that the choice will be what it shows
  const automatic = gridOf(found, SIDE);
  const salient = blockSums(gridOf(saliency.grey, SIDE), SIDE, BLOCK);
  const least = LEAST_SALIENT * Math.max(...salient);
  const inside = automatic.map((alpha) => alpha > HALF);
  const beside = salient.map((value, cell) => (automatic[cell] > FAINT || value < least ? 0 : value));
  const masks = [automatic];
  const asked = [];
  for (const { weight, most } of [{ weight: inside, most: PARTS }, { weight: beside, most: BESIDE }]) {
    for (let i = 0; i < most; i++) {
      const free = weight.map((value, cell) => value > 0 && asked.every((mask) => mask[cell] <= HALF));
      const place = deepest(free, weight, SIDE);
      if (!place) break;
      const focus = { points: [{ ...place, keep: true }] };
      const mask = await maskAt(focus, copy);
      if (state.photo !== photo) return 0;
      const grid = gridOf(mask, SIDE);
      asked.push(grid);
      if (!isAnother(grid, masks)) continue;
      if (masks.length === 1) addChoice({ focus: {}, name: "Automatic", mask: found, middle: middleOf(automatic, SIDE) }, focusOn);
      masks.push(grid);
      const middle = middleOf(grid, SIDE);
      addChoice({ focus, name: nameOf(middle), mask, middle }, focusOn);
    }
  }
  return masks.length - 1;
}

async function maskAt(focus, copy) {
  const options = { ...focusOptions(focus), fields: "maskImage", maxSide: ANSWER_PX };
  const own = new AbortController().signal; // so that it does not end the request that the user waits for
  const { maskImage } = await jsonOf(await post("./", copy, options, "application/json", () => {}, own));
  return createImageBitmap(blobOf(maskImage));
}
