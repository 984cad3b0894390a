// Several photos, one after another, with the settings of now, saved each, or all in one zip file; and the ways back to them.

import { post, tried } from "./api.js";
import { within } from "./canvas.js";
import { finished, handOver, suffix, type } from "./download.js";
import { flawOf, mayPass, noFile, say, sentenceFor, wantsKey, wordsFor } from "./messages.js";
import { take } from "./photo.js";
import { attempt, catchBack, explain, hideProblem, leavePhoto, mayLeave, showIntro, showProblem, showScreen } from "./screens.js";
import { fileKey, outputOptions } from "./settings.js";
import { $, ask, create, maskState, state, unsaved } from "./state.js";
import { distinct, zipParts } from "./zip.js";

const THUMBNAIL_PX = 160;

let queue = null; // [{file, name, item, text, isOver, made, key}]: made is the picture, key what the editor began with

/** Take what was chosen, dropped or pasted, if the user agrees to leave what is there. */
export async function takeAll(chosen) {
  const files = [...chosen];
  if (files.length === 0) return showProblem(noFile);
  if (!(await mayLeave(true))) return;
  leaveQueue();
  if (files.length === 1) return take(files[0]);
  const names = distinct(files.map(({ name }) => `${name.replace(/\.[^.]*$/, "")}-focal${suffix()}`));
  queue = files.map((file, i) => {
    const text = create("span", { textContent: "Waiting" });
    return { file, name: names[i], text, item: create("li", {}, create("strong", { textContent: file.name }), text) };
  });
  $("queue-list").replaceChildren(...queue.map(({ item }) => item));
  leavePhoto("queue");
  $("queue-title").focus();
  await developAll(queue);
}

/** Make the pictures that are not made yet, and offer to try again what may pass. */
async function developAll(own) {
  hideProblem();
  $("zip").disabled = true;
  for (const button of edits()) button.disabled = true; // the server gets one photo at a time
  let failed;
  for (const [i, photo] of own.entries()) {
    if (photo.isOver) continue;
    $("queue-text").textContent = `Photo ${i + 1} of ${own.length} …`;
    failed = (await develop(own, photo)) ?? failed;
    if (queue !== own) return;
    if (failed && wantsKey(failed)) break;
  }
  const count = madeOf(own).length;
  $("queue-text").textContent = `${count} of ${own.length} photos are ready.`;
  $("zip").disabled = count === 0;
  $("back").hidden = false;
  for (const button of edits()) button.disabled = false;
  if (failed) explain(failed, () => developAll(own));
  else say($("queue-text").textContent);
}

const edits = () => $("queue-list").querySelectorAll("button:last-child");

const madeOf = (photos) => photos.flatMap(({ made }) => made ?? []);

/** Leave the queue: what is under way is of no use any more. */
export function leaveQueue() {
  queue = null;
  unsaved.clear();
  take();
  $("back").hidden = true;
  if (!$("queue").hidden) showScreen("intro");
}

export async function saveZip() {
  const entries = madeOf(queue).map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }));
  handOver(new File(zipParts(await Promise.all(entries)), "focal.zip", { type: "application/zip" }));
  unsaved.clear();
  say("Saved as focal.zip.");
}

/** Make a picture; returns what went wrong, if it may pass. */
async function develop(own, photo) {
  const { file, name, item, text } = photo;
  const options = { ...outputOptions(), quality: $("quality").value };
  const tell = (...step) => (text.textContent = wordsFor(...step));
  try {
    if (flawOf(file)) throw flawOf(file);
    const { response } = await tried(() => post("./", file, options, type(), tell), () => queue === own);
    if (queue !== own) return;
    const nameNow = name.replace(/\.[^.]*$/, suffix()); // another format may have been chosen since
    await keep(photo, new File([response], nameNow, { type: type() }));
    text.textContent = "Ready";
    item.append(button("Save", photo, save), button("Edit", photo, edit));
    item.lastChild.disabled = true;
  } catch (problem) {
    text.textContent = wantsKey(problem) ? "Waiting" : sentenceFor(problem);
    if (mayPass(problem)) return problem;
  }
  photo.isOver = true;
}

/** Have a picture, in place of another one. */
async function keep(photo, made, isSaved) {
  photo.made = made;
  if (!isSaved) unsaved.add(photo.file);
  photo.item.querySelector("canvas")?.remove();
  photo.item.prepend(within(await createImageBitmap(made), THUMBNAIL_PX));
}

/** What the editor makes a picture by, as a key: one picture, one text. */
const keyOf = (focus, mask) => JSON.stringify(focus) + fileKey(mask, type(), $("quality").value);

const button = (verb, photo, act) =>
  create("button", { type: "button", textContent: verb, ariaLabel: `${verb} ${photo.file.name}`, onclick: () => act(photo) });

function save({ file, made }) {
  handOver(made);
  unsaved.delete(file);
}

function edit(photo) {
  photo.key = keyOf({}, 0);
  take(photo.file);
}

/** Show the several photos again, with what was made of the one in hand. */
export async function backToQueue() {
  const { photo, result } = state;
  const own = queue.find(({ file }) => file === photo?.source);
  if (result && keyOf(result.focus, maskState()) !== own.key) {
    const isSaved = result.downloaded === maskState();
    const problem = await attempt(async () => keep(own, await finished(type()), isSaved));
    if (state.photo !== photo || problem?.type === "Cancelled") return;
    if (problem && (await ask($("leave-dialog"))) !== "leave") return;
  }
  leavePhoto("queue");
  if (queue.some(({ isOver }) => !isOver)) developAll(queue);
}

export async function backToIntro() {
  if (!(await mayLeave(true))) return;
  leaveQueue();
  showIntro();
}

/** What the browser's Back does. It is caught again at once, before anybody has answered. */
export function followBrowser({ state: isForward }) {
  if (isForward) return;
  if (!$("intro").hidden) return history.back();
  catchBack();
  if ($("queue").hidden && !$("back").hidden) backToQueue();
  else backToIntro();
}
