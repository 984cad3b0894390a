// The list of what else may be kept, each as the part of the photo that its mask keeps.

import { alphaOf, pieceOf, scaled, within } from "./canvas.js";
import { pieceAround } from "./places.js";
import { $, create, state } from "./state.js";

const THUMBNAIL_PX = 160;
const FADED = 0.18; // how much of the rest is left in a thumbnail

/** Add a choice {focus, name, mask, middle of the mask}; `choose` takes the focus of the one that is clicked. */
export function addChoice({ focus, name, mask, middle }, choose) {
  const namesakes = [...$("choices").querySelectorAll("span")].filter(({ dataset }) => dataset.name === name).length;
  const label = create("span", { textContent: namesakes ? `${name} ${namesakes + 1}` : name });
  label.dataset.name = name;
  const onclick = () => choose(focus);
  const button = create("button", { type: "button", onclick }, thumbnail(state.photo.picture, mask, middle), label);
  button.dataset.focus = JSON.stringify(focus);
  $("choices").append(create("li", {}, button));
  markChoice();
}

export function clearChoices() {
  $("choices").replaceChildren();
  $("choices").ariaBusy = null;
  $("search").textContent = "";
}

/** Say how far the search for choices is, or what it came to. */
export function tellSearch(text, { isOver = true } = {}) {
  $("choices").setAttribute("aria-busy", !isOver);
  $("search").textContent = text;
}

export function markChoice() {
  for (const button of $("choices").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button.dataset.focus === JSON.stringify(state.result.focus));
  }
}

/** The photo, or a panorama around a place in it, with what a mask keeps, and the rest faded. */
function thumbnail(picture, mask, middle) {
  const small = within(pieceOf(picture, pieceAround(middle, picture)), THUMBNAIL_PX);
  const { width, height } = small;
  const context = small.getContext("2d");
  const image = context.getImageData(0, 0, width, height);
  alphaOf(scaled(pieceOf(mask, pieceAround(middle, mask)), width, height)).forEach((alpha, i) => (image.data[4 * i + 3] = Math.max(FADED * 255, alpha)));
  context.putImageData(image, 0, 0);
  small.setAttribute("aria-hidden", "true");
  return small;
}
