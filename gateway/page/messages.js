// What the page says in words: a sentence for each error of the API, percentages, and what is kept sharp.
// ImageNet has no class for a person and names clothes instead, so the class stands in the headline only where it is
// likely to be right, nobody is in the picture, and nothing was picked.

import { $ } from "./state.js";

const SENTENCES = {
  InvalidJson: "The server did not understand this page; reload it and try again.",
  InvalidForm: "The server did not understand what this page sent; reload it and try again.",
  InvalidBase64: "The photo was damaged on its way; please try again.",
  MissingImage: "No photo arrived at the server; please choose it again.",
  InvalidOption: "The server does not accept this setting; change it, then try again.",
  BadRequest: "The server did not understand the request; reload the page and try again.",
  BodyTooLarge: "The file of this photo is too large for this server; use a smaller one.",
  PhotoTooLarge: "The server does not accept a photo of this size or shape.",
  AnswerTooLarge: "The result would be larger than the server may send; try JPEG, or a smaller photo.",
  UnsupportedFormat: "This is not a photo that Focal can read; try JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF.",
  UndecodablePhoto: "This photo is damaged inside and cannot be opened; choose another one.",
  Unauthorized: "This server asks for a key; enter the one that you were given, or ask whoever runs the server for one.",
  WrongKey: "The server does not know this key; check it, or ask whoever runs the server for one.",
  NotFound: "The server no longer knows this page; reload it.",
  MethodNotAllowed: "The server no longer knows this page; reload it.",
  RateLimited: "Too many photos came in a short time; wait a moment, then try again.",
  Overloaded: "The server is busy; wait a moment, then try again.",
  NotReady: "The server is just starting; wait a moment, then try again.",
  TimedOut: "The server took too long over this photo; try again, or use a smaller one.",
  InternalError: "Something went wrong inside Focal; please try again.",
  Unreachable: "The server cannot be reached; check your connection, then try again.",
};
const TOO_LARGE = ["BodyTooLarge", "PhotoTooLarge", "AnswerTooLarge"];
const WITH_DETAIL = ["InvalidOption", ...TOO_LARGE]; // the server names the option or the limit
const KEYS = ["Unauthorized", "WrongKey"];
const NO_PHOTOS = ["UnsupportedFormat", "UndecodablePhoto"];
const HOPELESS = [...NO_PHOTOS, ...TOO_LARGE, "Unreadable", "NoDepth", "Cancelled"];

/** What went wrong and what to do, for a problem {type, message}. */
export function sentenceFor({ type, message }) {
  const sentence = SENTENCES[type] ?? (type === undefined ? undefined : message) ?? SENTENCES.InternalError;
  return WITH_DETAIL.includes(type) && message ? `${sentence} ${message}` : sentence;
}

/** The problem of a file that is seen to be no photo before it travels; else undefined. */
export function flawOf({ name, size, type }) {
  if (size === 0) return { type: "Unreadable", message: `${name} is empty; choose another photo.` };
  return /^(audio|text|video)/.test(type) ? { type: "UnsupportedFormat" } : undefined;
}

/** That of something dropped or pasted that is no file, such as text or a link. */
export const noFile = {
  type: "Unreadable",
  message: "No photo came with that, perhaps only its link; copy the picture itself, or save it on this device and choose it.",
};

/** Whether a smaller photo would have been taken; of too narrow a shape, it would not. */
export const isTooLarge = ({ type, message }) => TOO_LARGE.includes(type) && !message?.endsWith("crop it.");

/** Whether a file is none that could ever be shown. */
export const isNoPhoto = ({ type }) => NO_PHOTOS.includes(type);

/** Whether a key, or another one, is wanted. */
export const wantsKey = ({ type }) => KEYS.includes(type);

/** Whether the same request may succeed the next time, perhaps with a key. */
export const mayPass = ({ type }) => !HOPELESS.includes(type);

export const percent = (share) => `${share > 0 && share < 0.01 ? "under 1" : Math.round(100 * share)} %`;

// The least probability of a class that is named; see docs/model-card.md.
const NAMED_FROM = 0.3; // where nobody is in the picture
const NAMED_UNSEEN_FROM = 0.5; // where nobody has looked for people

/** The headline of a result {label, probability, people, focus}, and the smaller line under it, which may be "". */
export function headline(result) {
  if (isNamed(result)) return { text: result.label.charAt(0).toUpperCase() + result.label.slice(1), detail: `${percent(result.probability)} sure` };
  return { text: kept(result), detail: "" };
}

/** The line under "Look inside" for a class that is not in the headline, or "". */
export const likeliestClass = (result) =>
  isNamed(result) ? "" : `Best guess: ${result.label}, ${percent(result.probability)}`;

function isNamed({ probability, people, focus }) {
  return !people && !focus.points && probability >= (people === null ? NAMED_UNSEEN_FROM : NAMED_FROM);
}

function kept({ people, focus }) {
  if (focus.points) return "What you picked";
  if (people > 1) return "The people";
  return people ? "The person" : "What stands out";
}

/** Have a screen reader say something. `step` names a step of a request, which is said once. */
export function say(text, step = "") {
  $("status").textContent = text;
  $("status").dataset.step = step;
}

/** How far a step of a request is, in words. */
export const wordsFor = (step, share) => `${step} ${share === undefined ? "…" : percent(share)}`;

/** Show how far a step of a request is, 0 to 1, or only that it is under way. */
export function showProgress(step, share) {
  $("busy").hidden = false;
  $("busy-text").textContent = wordsFor(step, share);
  if (share === undefined) $("bar").removeAttribute("value");
  else $("bar").value = share;
  if ($("status").dataset.step !== step) say(step, step);
  if (document.activeElement === document.body) $("cancel").focus();
}

export const hideProgress = () => ($("busy").hidden = true);
