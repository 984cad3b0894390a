// The server's own preview, where the blur follows depth: the page blurs at once, but all of the background alike.

import { post } from "./api.js";
import { png, scaled } from "./canvas.js";
import { $ } from "./elements.js";
import { stateOf } from "./history.js";
import { compose, isGentle } from "./preview.js";
import { blurOptions, focusOptions, settingsKey } from "./settings.js";
import { copyOf, state } from "./state.js";

const REST_MS = 250; // after the last change
const QUALITY = 98;

let timer = 0;
let asked = new AbortController();

/** Have the server's preview follow once nothing changes any more. */
export function refineAtRest() {
  clearTimeout(timer);
  asked.abort();
  timer = setTimeout(refine, REST_MS);
}

async function refine() {
  const { photo, result } = state;
  if (!result || $("stage").dataset.preview !== "draft") return;
  const maskState = stateOf(result.history);
  const key = settingsKey(maskState);
  asked = new AbortController();
  const { signal } = asked;
  const fallback = maskState ? undefined : isGentle(state) ? "always" : "never";
  const subject = maskState
    ? { maskImage: await png(result.saved), class: result.label, probability: result.probability }
    : focusOptions(result.focus);
  try {
    const options = { ...blurOptions(), ...subject, fallback, quality: QUALITY };
    const { response } = await post("./", await copyOf(photo), options, "image/jpeg", () => {}, signal);
    const { width, height } = photo.picture;
    result.made.set(key, scaled(await createImageBitmap(response), width, height));
    if (state.result === result) compose();
  } catch {
    // The page's own preview stays: nobody asked for a better one.
  }
}
