// The headline: what is kept sharp, in words.
// ImageNet has no class for a person and names clothes instead ("bikini", "wig"), so the class stands in the headline
// only where it is likely to be right, nobody is in the picture, and nothing was picked: it is that of the whole photo.
// Needs no browser.

import { percent, title } from "./messages.js";

// The least probability of a class that is named; docs/model-card.md has how often people and things reach it.
const NAMED_FROM = 0.3; // where nobody is in the picture
const NAMED_UNSEEN_FROM = 0.5; // where nobody has looked for people

/** The headline of a result {label, probability, people, focus}, and the smaller line under it, which may be "". */
export function headline(result) {
  if (isNamed(result)) return { text: title(result.label), detail: `${percent(result.probability)} sure` };
  return { text: kept(result), detail: "" };
}

/** The line under "Look inside" for a class that is not in the headline, or "". */
export const likeliestClass = (result) =>
  isNamed(result) ? "" : `Likeliest class: ${result.label}, ${percent(result.probability)}`;

function isNamed({ probability, people, focus }) {
  return !people && !focus.points && probability >= (people === null ? NAMED_UNSEEN_FROM : NAMED_FROM);
}

function kept({ people, focus }) {
  if (focus.points) return "What you picked";
  if (people > 1) return "The people";
  return people ? "The person" : "What stands out";
}
