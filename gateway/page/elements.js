// The page's elements, by the ids and names of index.html.

export const $ = (id) => document.getElementById(id);

/** A new element with properties and children. */
export function create(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Put an element at a place of the photo (fractions of its width and height). */
export const putAt = (element, { x, y }) => Object.assign(element.style, { left: `${100 * x}%`, top: `${100 * y}%` });

/** Open a dialog; resolves to the value of the button that closes it, "" for none. */
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

/** The value of the chosen radio button of a group. */
export const chosen = (group) => document.querySelector(`input[name=${group}]:checked`).value;
