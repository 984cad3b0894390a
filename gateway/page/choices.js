// The list of the likeliest classes, each with what it sees.

import { decode } from "./api.js";
import { within } from "./canvas.js";
import { $ } from "./elements.js";
import { heatMap } from "./heat-map.js";
import { percent, title } from "./messages.js";
import { state } from "./state.js";

const THUMBNAIL_PX = 96;

/** Fill the list with the explanations of the API; `choose` takes the one that is clicked. */
export async function fillChoices(explanations, choose) {
  $("choices").replaceChildren(...(await Promise.all(explanations.map((found) => choice(found, choose)))));
}

export const hasChoices = () => $("choices").childElementCount > 0;

export function clearChoices() {
  $("choices").replaceChildren();
  $("others").open = false;
}

/** Mark the class that is in focus. */
export function markChoice() {
  const { focus, label } = state.result;
  for (const button of $("choices").querySelectorAll("button")) {
    const isChosen =
      focus.target === undefined ? button.dataset.label === label : Number(button.dataset.index) === focus.target;
    button.setAttribute("aria-pressed", isChosen);
  }
}

async function choice(found, choose) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const thumbnail = heatMap(within(await decode(found.saliency), THUMBNAIL_PX));
  const name = document.createElement("span");
  const share = document.createElement("small");
  button.type = "button";
  button.dataset.index = found.index;
  button.dataset.label = found.class;
  thumbnail.setAttribute("aria-hidden", "true");
  name.textContent = title(found.class);
  share.textContent = percent(found.probability);
  button.append(thumbnail, name, share);
  button.onclick = () => choose(found);
  item.append(button);
  return item;
}
