// The server's own preview, where the blur follows depth: the page blurs at once, but all of the background alike.

import { post } from "./api.js";
import { $ } from "./elements.js";
import { stateOf } from "./history.js";
import { blurOptions, settingsKey } from "./settings.js";
import { copyOf, state } from "./state.js";
import { keepMade, shownOptions, subjectOptions } from "./subject.js";

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
  const key = settingsKey(stateOf(result.history));
  asked = new AbortController();
  const { signal } = asked;
  try {
    const options = { ...blurOptions(), ...(await subjectOptions(result)), ...shownOptions(result), quality: QUALITY };
    const { response } = await post("./", await copyOf(photo), options, "image/jpeg", () => {}, signal);
    await keepMade(result, key, response);
  } catch {
    // The page's own preview stays: nobody asked for a better one.
  }
}
