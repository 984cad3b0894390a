// The page's elements, by the ids and names of index.html.

export const $ = (id) => document.getElementById(id);

/** The value of the chosen radio button of a group. */
export const chosen = (group) => document.querySelector(`input[name=${group}]:checked`).value;
