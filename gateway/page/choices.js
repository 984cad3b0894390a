// The list of what else may be kept, each as the part of the photo that its mask keeps.

import { alphaOf, scaled, within } from "./canvas.js";
import { differing } from "./differ.js";
import { $ } from "./elements.js";
import { state } from "./state.js";

const COMPARED_PX = 64; // side to which masks are reduced to be compared
const THUMBNAIL_PX = 160;
const FADED = 0.18; // how much of the rest is left in a thumbnail

/** Of candidates {mask, …}, those whose masks differ from the ones before them. */
export function distinctMasks(candidates) {
  const small = candidates.map(({ mask }) => alphaOf(scaled(mask, COMPARED_PX, COMPARED_PX)));
  return differing(small).map((i) => candidates[i]);
}

/** Fill the list with candidates {focus, name, mask}; `choose` takes the focus of the one that is clicked. */
export function fillChoices(picture, candidates, choose) {
  const isChoice = candidates.length > 1;
  $("choices").replaceChildren(...(isChoice ? candidates.map((found) => choice(picture, found, choose)) : []));
  $("no-choice").hidden = isChoice;
}

export const hasChoices = () => $("choices").childElementCount > 0 || !$("no-choice").hidden;

export function clearChoices() {
  $("choices").replaceChildren();
  $("no-choice").hidden = true;
  $("others").open = false;
}

/** Mark what is in focus. */
export function markChoice() {
  for (const button of $("choices").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button.dataset.focus === JSON.stringify(state.result.focus));
  }
}

function choice(picture, { focus, name, mask }, choose) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const label = document.createElement("span");
  button.type = "button";
  button.dataset.focus = JSON.stringify(focus);
  label.textContent = name;
  button.append(thumbnail(picture, mask), label);
  button.onclick = () => choose(focus);
  item.append(button);
  return item;
}

/** The photo with what a mask keeps, and the rest faded. */
function thumbnail(picture, mask) {
  const small = within(picture, THUMBNAIL_PX);
  const { width, height } = small;
  const context = small.getContext("2d");
  const image = context.getImageData(0, 0, width, height);
  alphaOf(scaled(mask, width, height)).forEach((alpha, i) => (image.data[4 * i + 3] = Math.max(FADED * 255, alpha)));
  context.putImageData(image, 0, 0);
  small.setAttribute("aria-hidden", "true");
  return small;
}
