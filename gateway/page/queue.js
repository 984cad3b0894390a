// Several photos, one after another, with the settings of now, saved each, or all in one zip file; and the ways back to them.

import { post } from "./api.js";
import { within } from "./canvas.js";
import { handOver, suffix } from "./download.js";
import { emptyFile, mayPass, noFile, percent, say, sentenceFor, wantsKey } from "./messages.js";
import { take } from "./photo.js";
import { catchBack, explain, hideProblem, leavePhoto, mayLeave, showIntro, showProblem, showScreen } from "./screens.js";
import { outputOptions } from "./settings.js";
import { $, create, unsaved } from "./state.js";
import { distinct, zipParts } from "./zip.js";

const THUMBNAIL_PX = 160;
const TRIES = 4; // of a busy server
const WAIT_MS = 2000;

let queue = null; // {photos: [{file, name, item, text, isOver, finished}]}: the last is the picture, if there is one

/** Take what was chosen, dropped or pasted, if the user agrees to leave what is there. */
export async function takeAll(chosen) {
  const files = [...chosen];
  if (files.length === 0) return showProblem(noFile);
  if (!(await mayLeave(true))) return;
  leaveQueue();
  if (files.length === 1) return take(files[0]);
  const names = distinct(files.map(({ name }) => `${name.replace(/\.[^.]*$/, "")}-focal${suffix()}`));
  queue = { photos: files.map((file, i) => ({ file, name: names[i], ...row(file.name) })) };
  $("queue-list").replaceChildren(...queue.photos.map(({ item }) => item));
  leavePhoto("queue");
  $("queue-title").focus();
  await developAll(queue);
}

/** Make the pictures that are not made yet. Where a key is wanted, those that are stay, and the others follow with it. */
async function developAll(own) {
  const { photos } = own;
  hideProblem();
  $("zip").disabled = true;
  for (const edit of edits()) edit.disabled = true; // the server gets one photo at a time
  let failed;
  for (const [i, photo] of photos.entries()) {
    if (photo.isOver) continue;
    $("queue-text").textContent = `Photo ${i + 1} of ${photos.length} …`;
    failed = await develop(own, photo).catch((problem) => problem);
    if (queue !== own) return;
    if (failed) break;
  }
  const count = finishedOf(own).length;
  $("queue-text").textContent = `${count} of ${photos.length} photos are ready.`;
  $("zip").disabled = count === 0;
  $("back").hidden = false;
  for (const edit of edits()) edit.disabled = false;
  if (failed) explain(failed, () => developAll(own));
  else say($("queue-text").textContent);
}

const edits = () => $("queue-list").querySelectorAll("button.edit");

const finishedOf = ({ photos }) => photos.flatMap(({ finished }) => finished ?? []);

/** Leave the queue: what is under way is of no use any more. */
export function leaveQueue() {
  queue = null;
  unsaved.clear();
  take();
  $("back").hidden = true;
  if (!$("queue").hidden) showScreen("intro");
}

export async function saveZip() {
  const entries = finishedOf(queue).map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }));
  handOver(new File(zipParts(await Promise.all(entries)), "focal.zip", { type: "application/zip" }));
  unsaved.clear();
  say("Saved as focal.zip.");
}

async function develop(own, photo) {
  const { file, name, item, text } = photo;
  const type = `image/${$("format").value}`;
  const options = { ...outputOptions(), quality: $("quality").value };
  const tell = (step, share) => (text.textContent = share === undefined ? `${step} …` : `${step} ${percent(share)}`);
  try {
    if (file.size === 0) throw emptyFile(file);
    const { response } = await tried(own, () => post("./", file, options, type, tell));
    const finished = new File([response], name, { type });
    if (queue !== own) return;
    photo.finished = finished;
    unsaved.add(file);
    text.textContent = "Ready";
    item.prepend(within(await createImageBitmap(finished), THUMBNAIL_PX));
    const save = () => {
      handOver(finished);
      unsaved.delete(file);
    };
    const edit = async () => (await mayLeave()) && take(file);
    item.append(button("Save", file.name, save), button("Edit", file.name, edit));
    Object.assign(item.lastChild, { className: "edit", disabled: true });
  } catch (problem) {
    if (wantsKey(problem)) {
      text.textContent = "Waiting";
      throw problem; // so do all the others
    }
    text.textContent = problem.type === "Cancelled" ? "Cancelled" : sentenceFor(problem);
  }
  photo.isOver = true;
}

/** Do it again for a while where the server could not, but may later. */
async function tried(own, act) {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await act();
    } catch (problem) {
      if (left === 0 || queue !== own || problem.type === "Cancelled" || !mayPass(problem)) throw problem;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}

function row(name) {
  const text = create("span", { textContent: "Waiting" });
  return { item: create("li", {}, create("strong", { textContent: name }), text), text };
}

const button = (verb, name, onclick) =>
  create("button", { type: "button", textContent: verb, ariaLabel: `${verb} ${name}`, onclick });

export async function backToQueue() {
  if (!(await mayLeave())) return;
  leavePhoto("queue");
  if (queue.photos.some(({ isOver }) => !isOver)) developAll(queue);
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
