// What others do for the page: the server, by its API, one request at a time; and a worker beside the page (worker.js).

import { mayPass, wantsKey } from "./messages.js";

const TRIES = 4; // of a busy server
const WAIT_MS = 2000;

/** Why there is no answer: an error type of the API, "Unreachable", "Unreadable" or "Cancelled". */
export class Problem extends Error {
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

let key = "";
let request = null; // the running XMLHttpRequest, which unlike fetch tells how much has been sent

/** Send a key with every request from now on. It goes with the page. */
export const useKey = (text) => (key = text);

/** POST a photo with options; resolves to the finished request. Rejects with a Problem; "Cancelled" on cancel.
 *
 * With a signal (of an AbortController) it goes on beside the others, and ends by that alone.
 */
export function post(path, file, options, accept, onProgress, signal) {
  const form = new FormData();
  form.append("img", file, "photo");
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) form.append(name, value);
  }
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    if (signal) signal.addEventListener("abort", () => xhr.abort());
    else request = xhr;
    xhr.open("POST", path);
    xhr.responseType = "blob";
    xhr.setRequestHeader("Accept", accept);
    if (key) xhr.setRequestHeader("Authorization", `Bearer ${key}`);
    xhr.upload.onprogress = (event) => onProgress("Uploading", event.loaded / event.total);
    xhr.upload.onload = () => onProgress("Computing");
    xhr.onprogress = (event) =>
      onProgress("Downloading", event.lengthComputable ? event.loaded / event.total : undefined);
    xhr.onerror = async () => {
      const isThere = await file.slice(0, 1).text().catch(() => ""); // not if it has changed, or is a folder
      reject(isThere ? new Problem("Unreachable") : new Problem("Unreadable", "This photo cannot be read any more; choose it again."));
    };
    xhr.onabort = () => reject(new Problem("Cancelled", "Cancelled."));
    xhr.onload = async () => {
      const isFocals = xhr.getResponseHeader("X-Focal-Version"); // a network's login page is not
      if (isFocals && xhr.status === 200) resolve(xhr);
      else reject(await problemOf(xhr));
    };
    xhr.send(form);
  });
}

export const cancel = () => request?.abort();

/** Do it, and again for a while where that may help, as long as it is wanted. */
export async function tried(act, isWanted) {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await act();
    } catch (problem) {
      if (left === 0 || !isWanted() || wantsKey(problem) || !mayPass(problem)) throw problem;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}

async function problemOf(xhr) {
  try {
    const { type, message } = await jsonOf(xhr);
    return new Problem(type === "Unauthorized" && key ? "WrongKey" : type, message);
  } catch {
    return new Problem("Unreachable");
  }
}

export const jsonOf = async (xhr) => JSON.parse(await xhr.response.text());

/** Base64 of an encoded image -> a file. */
export function blobOf(base64) {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return new Blob([bytes]);
}

let worker = null;
const waiting = []; // who gets the next answers

export function startWorker() {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => waiting.shift().resolve(data);
  worker.onerror = () => {
    worker = null; // it could not be loaded; the next task tries again
    for (const { reject } of waiting.splice(0)) reject(new Problem("Unreachable"));
  };
}

/** What a task makes of what it is given. */
export const aside = (task, ...given) =>
  new Promise((resolve, reject) => {
    if (!worker) startWorker();
    waiting.push({ resolve, reject });
    worker.postMessage([task, ...given]);
  });
