// Several photos, one after another, with the settings of now, saved each, or all in one zip file; and the ways back to them.

import { post } from "./api.js";
import { within } from "./canvas.js";
import { handOver, suffix } from "./download.js";
import { emptyFile, mayPass, noFile, percent, say, sentenceFor, wantsKey } from "./messages.js";
import { take } from "./photo.js";
import { catchBack, explain, leavePhoto, mayLeave, showIntro, showProblem, showScreen } from "./screens.js";
import { outputOptions } from "./settings.js";
import { $, create, unsaved } from "./state.js";
import { distinct, zipParts } from "./zip.js";

const THUMBNAIL_PX = 160;
const TRIES = 4; // of a busy server
const WAIT_MS = 2000;

let queue = null; // {files: those that are finished}; another with other photos

/** Take what was chosen, dropped or pasted, if the user agrees to leave what is there. */
export async function takeAll(chosen) {
  const files = [...chosen];
  if (files.length === 0) return showProblem(noFile);
  if (!(await mayLeave(true))) return;
  leaveQueue();
  if (files.length === 1) return take(files[0]);
  const own = (queue = { files: [] });
  const names = distinct(files.map(({ name }) => `${name.replace(/\.[^.]*$/, "")}-focal${suffix()}`));
  const rows = files.map(({ name }) => row(name));
  $("queue-list").replaceChildren(...rows.map(({ item }) => item));
  $("zip").disabled = true;
  leavePhoto("queue");
  $("queue-title").focus();
  for (const [i, file] of files.entries()) {
    $("queue-text").textContent = `Photo ${i + 1} of ${files.length} …`;
    try {
      await develop(own, file, names[i], rows[i]);
    } catch (problem) {
      leaveQueue();
      return explain(problem, () => takeAll(files));
    }
    if (queue !== own) return;
  }
  const count = own.files.length;
  $("queue-text").textContent = `${count} of ${files.length} photos are ready.`;
  $("zip").disabled = count === 0;
  $("back").hidden = false;
  for (const edit of $("queue-list").querySelectorAll("button:disabled")) edit.disabled = false;
  say($("queue-text").textContent);
}

/** Leave the queue: what is under way is of no use any more. */
export function leaveQueue() {
  queue = null;
  unsaved.clear();
  take();
  $("back").hidden = true;
  if (!$("queue").hidden) showScreen("intro");
}

export async function saveZip() {
  const files = [...queue.files];
  const entries = files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }));
  handOver(new File(zipParts(await Promise.all(entries)), "focal.zip", { type: "application/zip" }));
  for (const file of files) unsaved.delete(file);
  say("Saved as focal.zip.");
}

async function develop(own, file, name, { item, text }) {
  const type = `image/${$("format").value}`;
  const options = { ...outputOptions(), quality: $("quality").value };
  const tell = (step, share) => (text.textContent = share === undefined ? `${step} …` : `${step} ${percent(share)}`);
  try {
    if (file.size === 0) throw emptyFile(file);
    const { response } = await tried(own, () => post("./", file, options, type, tell));
    const finished = new File([response], name, { type });
    if (queue !== own) return;
    own.files.push(finished);
    unsaved.add(finished);
    text.textContent = "Ready";
    item.prepend(within(await createImageBitmap(finished), THUMBNAIL_PX));
    const save = () => {
      handOver(finished);
      unsaved.delete(finished);
    };
    const edit = async () => (await mayLeave()) && take(file);
    item.append(button("Save", file.name, save), button("Edit", file.name, edit));
    item.lastChild.disabled = true; // until the last one is finished: the server gets one photo at a time
  } catch (problem) {
    if (wantsKey(problem)) throw problem; // so do all the others
    text.textContent = problem.type === "Cancelled" ? "Cancelled" : sentenceFor(problem);
  }
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
  if (await mayLeave()) leavePhoto("queue");
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
