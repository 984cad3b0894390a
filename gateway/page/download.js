// Fetch the server's own picture at full size with the settings of now, and hand it over as a file.

import { post } from "./api.js";
import { attempt } from "./attempt.js";
import { png, scaled } from "./canvas.js";
import { $ } from "./elements.js";
import { stateOf } from "./history.js";
import { compose } from "./preview.js";
import { say, showProgress } from "./progress.js";
import { blurOptions, settingsKey } from "./settings.js";
import { state } from "./state.js";

const SUFFIXES = { jpeg: "jpg", png: "png", webp: "webp" };
const KEEP_MS = 60_000; // for a browser that is slow to begin

export async function download() {
  const format = $("format").value;
  const key = settingsKey(stateOf(state.result.history));
  await attempt(async () => {
    const { photo, result } = state;
    const options = { ...(await subjectOptions(result)), ...blurOptions() };
    const { response: picture } = await post("/", photo.file, options, `image/${format}`, showProgress);
    const name = `${$("name").value.replace(/[/\\:*?"<>|\u0000-\u001f]/g, "_")}.${SUFFIXES[format]}`;
    handOver(picture, name);
    const { width, height } = photo.picture;
    result.made.set(key, scaled(await createImageBitmap(picture), width, height));
    compose();
    say(`Saved as ${name}.`);
  });
}

/** What is in focus, as options of the API; a painted mask is sent along, and nothing is looked for again. */
async function subjectOptions({ focus, label, probability, mask, history }) {
  return stateOf(history) ? { maskImage: await png(mask), class: label, probability } : focus;
}

function handOver(picture, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}
