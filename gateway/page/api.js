// The server's API: send a photo with options, one at a time; read what comes back; cancel.

/** Why there is no answer: an error type of the API, "Unreachable" or "Cancelled". */
export class Problem extends Error {
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

let request = null; // the running XMLHttpRequest, which unlike fetch tells how much has been sent

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
    xhr.upload.onprogress = (event) => onProgress("Uploading", event.loaded / event.total);
    xhr.upload.onload = () => onProgress("Computing");
    xhr.onprogress = (event) =>
      onProgress("Downloading", event.lengthComputable ? event.loaded / event.total : undefined);
    xhr.onerror = () => reject(new Problem("Unreachable"));
    xhr.onabort = () => reject(new Problem("Cancelled"));
    xhr.onload = async () => (xhr.status === 200 ? resolve(xhr) : reject(await problemOf(xhr)));
    xhr.send(form);
  });
}

/** End the running request, if there is one. */
export const cancel = () => request?.abort();

async function problemOf(xhr) {
  try {
    const { type, message } = await jsonOf(xhr);
    return new Problem(type, message);
  } catch {
    return new Problem("Unreachable");
  }
}

export const jsonOf = async (xhr) => JSON.parse(await xhr.response.text());

/** Base64 of an encoded image -> a file. */
export function blobOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]);
}
