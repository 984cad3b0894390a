// @ts-check
/**
 * Focal's client, for browsers and Node.js 20: a Focal server keeps the subject of each photo sharp and blurs its
 * background.
 *
 *     const focal = new Focal("http://127.0.0.1:8000");
 *     const { label, blurred } = await focal.blur(file, { strength: 0.06 });
 *
 * One module without dependencies. `focal.d.ts` is made of its comments by TypeScript.
 *
 * @module
 */

const CONNECTION_RETRIES = 2; // of a server that cannot be reached: most that does not come back soon stays away
const LONGEST_PAUSE_MS = 60_000; // a server that asks for more is reported, not waited for
const BACKOFF_MS = 500; // doubles with each try; jittered, so that clients turned away together do not return together

/**
 * An encoded image: a file that somebody chose, `fs.openAsBlob` of Node.js, or its bytes.
 *
 * @typedef {Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>} Photo
 */

/** @typedef {"jpeg" | "png" | "webp"} Format */

/**
 * How the background shall be blurred, and the answer encoded; the server has a default for each.
 *
 * @typedef {object} Blur
 * @property {number} [strength] 0 to 0.15: diameter of the blur as a fraction of the longer side
 * @property {"lens" | "gaussian"} [bokeh]
 * @property {"auto" | "flat"} [depth] auto: by distance, where it is known; flat: all of the background alike
 * @property {"white" | "black"} [depthNear] what is near in a map that is sent
 * @property {number} [focus] 0 to 1, the nearest: which disparity is in focus
 * @property {boolean} [grain] whether what is blurred by depth gets the photo's grain back
 * @property {"auto" | "always" | "never"} [fallback] when to blur only gently
 * @property {Format} [format]
 * @property {number} [quality] 1 to 100
 * @property {"none" | "basic"} [metadata] basic: capture time, camera, lens, artist, copyright and rating stay
 * @property {"blurred" | "cutout" | "mask"} [output] what `blurred` of the answer shows
 * @property {string} [background] of a cut-out, such as "#ffffff"; without it, the cut-out is transparent
 * @property {number} [maxSide] longest side of the answer's images, in pixels
 */

/**
 * What may be asked for when Focal finds the subject.
 *
 * @typedef {object} Finding
 * @property {"auto" | "refined" | "classic" | "none"} [mask]
 * @property {"auto" | "off"} [people] whether to look for people, too
 * @property {number | string} [target] ImageNet class, index or label, to focus on instead of the most probable one
 * @property {readonly [number, number]} [point] x and y, fractions of width and height: the subject there stays sharp
 * @property {readonly (readonly [number, number] | {x: number, y: number, keep?: boolean})[]} [points] several; those
 *   with `keep: false` take away what is there
 */

/**
 * What an earlier answer said of the photo, and, with a map of depth, the point in focus.
 *
 * @typedef {object} Known
 * @property {string | null} [class]
 * @property {number | null} [probability]
 * @property {readonly [number, number]} [point]
 */

/**
 * How far a request is: the bytes that have been sent or received, and how many there will be, or null if that is not
 * known. Where there is no `XMLHttpRequest`, as in Node.js, nothing is told of what is sent.
 *
 * @callback Progress
 * @param {"sending" | "receiving"} step
 * @param {number} done
 * @param {number | null} total
 * @returns {void}
 */

/**
 * What goes along with a request.
 *
 * @typedef {object} Along
 * @property {Photo} [depthImage] a map of the photo's depth
 * @property {AbortSignal} [signal] ends the request, and the waiting for another try, with its own reason
 * @property {Progress} [progress] is called as the photo leaves and the answer arrives
 */

/** @typedef {Blur & Finding & Along} Options */
/** @typedef {Blur & Known & Along} Reblurring */

/**
 * A photo's picture, upright and as large as the photo, and what was found out. With `mask: "none"`, label, probability
 * and confidence are null.
 *
 * @typedef {object} Picture
 * @property {string | null} label
 * @property {number | null} probability 0 to 1
 * @property {Blob} blurred the picture that was asked for
 * @property {number | null} confidence 0 to 1: how likely the mask is right
 * @property {number | null} people how many the photo is taken to show, if they were looked for
 * @property {boolean} gentle whether the blur was held back, since the mask is likely wrong or the photo blurred already
 * @property {string} depth where it comes from: "image", the one sent, "photo", its own, or "ground"; else "flat"
 * @property {number | null} focus 0 to 1, the nearest: the disparity in focus, unless the depth is flat
 * @property {boolean} byMatte whether the mask is a phone's own one of people, from the photo's file
 * @property {string | null} portrait "rendered": a phone has blurred it already; "original": its sharp one was used
 * @property {string | null} dropped what of the photo the result lacks: "gain-map", of an HDR photo
 */

/**
 * Mask and saliency, encoded as the picture is.
 *
 * @typedef {object} Masks
 * @property {Blob} mask how sharp each pixel stays
 * @property {Blob | null} saliency what speaks for the class; null where it was not asked for, or no network ran
 */

/** @typedef {Picture & Masks} Blurred */

/**
 * What only an explanation is asked for; docs/api.md says what each does.
 *
 * @typedef {object} Methods
 * @property {number | string} [target]
 * @property {(number | string)[]} [targets]
 * @property {number} [k] 1 to 10
 * @property {"guided_backprop" | "gradient" | "layercam" | "smoothgrad" | "integrated_gradients"} [method]
 * @property {"input" | "fine" | "middle" | "coarse"} [layer]
 * @property {number} [samples] 1 to 50: how many gradients a map of the last two methods is the mean of
 * @property {AbortSignal} [signal] ends the request
 * @property {Progress} [progress] is called as the photo leaves and the answer arrives
 */

/**
 * What an explanation is asked for.
 *
 * @typedef {Methods & Pick<Finding, "mask" | "people" | "point" | "points">
 *   & Pick<Blur, "format" | "quality" | "maxSide">} Explaining
 */

/**
 * A class.
 *
 * @typedef {object} Explanation
 * @property {string} label
 * @property {number} index 0 to 999
 * @property {number} probability 0 to 1
 * @property {Blob} saliency the map of what speaks for it
 * @property {number | null} confidence 0 to 1: how likely the mask is right that it gives
 */

/** Why there is no answer: in the server's words, or with status 0 when it gave none that can be used. */
export class FocalError extends Error {
  /**
   * @param {number} status of HTTP, or 0
   * @param {string} type for programs, such as "UnsupportedFormat"
   * @param {string} message one sentence
   * @param {number | null} [retryAfterMs] when the server asks to come back
   */
  constructor(status, type, message, retryAfterMs = null) {
    super(message);
    this.name = "FocalError";
    this.status = status;
    this.type = type;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A Focal server. */
export class Focal {
  /** @type {string} */ #place;
  /** @type {Record<string, string>} */ #headers;
  /** @type {number} */ #retries;
  /** @type {number} */ #timeoutMs;

  /**
   * @param {string | URL} url with or without /predictions/focal
   * @param {object} [settings]
   * @param {string | null} [settings.apiKey]
   * @param {Record<string, string>} [settings.headers] what a gateway or plain TorchServe wants
   * @param {number} [settings.retries] how often a busy server (429, 503) is asked again
   * @param {number} [settings.timeoutMs] the longest time that an answer may take
   */
  constructor(url, { apiKey = null, headers = {}, retries = 4, timeoutMs = 120_000 } = {}) {
    const parsed = addressOf(url);
    if (apiKey !== null && !(typeof apiKey === "string" && /^[!-~]+$/.test(apiKey))) {
      throw new TypeError("The API key is empty or holds a character that no key has; copy it again.");
    }
    this.#place = `${parsed.origin}${parsed.pathname.replace(/\/+$/, "").replace(/\/predictions\/focal$/, "")}`;
    this.#headers = sendable(headers);
    if (apiKey !== null) this.#headers["Authorization"] = `Bearer ${apiKey}`;
    this.#retries = retries;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Blur the background of a photo; with its mask and, with `saliency: true`, its saliency, which takes the server time
   * and bytes.
   *
   * @param {Photo} photo
   * @param {Options & { saliency?: boolean }} [options]
   * @returns {Promise<Blurred>}
   * @throws {FocalError} if the server refuses, or gives no answer
   */
  async blur(photo, { saliency = false, ...options } = {}) {
    const fields = saliency ? [] : ["class", "probability", "blurredImage", "maskImage"];
    const response = await this.#ask("/predictions/focal", { img: photo }, options, { fields });
    return this.#read(response, (json) => blurredOf(saliency ? json : { ...json, unblurredMask: null }, response.headers));
  }

  /**
   * The same without the mask, and so with fewer bytes and less work for the server.
   *
   * @param {Photo} photo
   * @param {Options} [options]
   * @returns {Promise<Picture>}
   */
  async picture(photo, options = {}) {
    const response = await this.#ask("/predictions/focal", { img: photo }, options, { accept: "image/*" });
    const type = response.headers.get("Content-Type") ?? "";
    if (!type.startsWith("image/")) throw this.#notFocals();
    const blurred = new Blob([response.body], { type });
    return pictureOf(response.headers.get("X-Focal-Class"), response.headers.get("X-Focal-Probability"), blurred, response.headers);
  }

  /**
   * Blur by a mask of your own, or an edited one (white stays sharp); fast.
   *
   * @param {Photo} photo
   * @param {Photo} mask
   * @param {Reblurring} [options]
   * @returns {Promise<Blurred>}
   */
  async reblur(photo, mask, options = {}) {
    const response = await this.#ask("/predictions/focal", { img: photo, maskImage: mask }, options);
    return this.#read(response, (json) => blurredOf(json, response.headers));
  }

  /**
   * The five most probable classes of a photo, most probable first, or those that the options ask for.
   *
   * @param {Photo} photo
   * @param {Explaining} [options]
   * @returns {Promise<Explanation[]>}
   */
  async explain(photo, options = {}) {
    if ("output" in options && options.output === "npz") {
      throw new TypeError("explain reads pictures: send the request yourself for an npz archive, as docs/api.md shows.");
    }
    const response = await this.#ask("/explanations/focal", { img: photo }, options);
    return this.#read(response, (json) => json.explanations.map(explanationOf));
  }

  /**
   * @param {string} path
   * @param {Record<string, Photo>} images
   * @param {Options | Reblurring} options
   * @param {{ accept?: string, fields?: string[] }} [wanted] of a JSON answer, the fields that are read, if not all
   * @returns {Promise<Reply>}
   */
  async #ask(path, images, { depthImage, signal, progress, ...options }, { accept = "application/json", fields = [] } = {}) {
    const form = formOf(depthImage === undefined || depthImage === null ? images : { ...images, depthImage }, options);
    if (fields.length > 0) form.append("fields", fields.join());
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#post(path, form, accept, signal, progress);
      } catch (error) {
        const pauseMs = error instanceof FocalError ? this.#pauseMs(error, attempt) : null;
        if (pauseMs === null) throw error;
        await paused(pauseMs, signal);
      }
    }
  }

  /**
   * @param {string} path
   * @param {FormData} form
   * @param {string} accept
   * @param {AbortSignal | undefined} signal
   * @param {Progress | undefined} progress
   * @returns {Promise<Reply>}
   */
  async #post(path, form, accept, signal, progress) {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    /** @type {Failure} */
    const failure = (error) => {
      if (signal?.aborted) return signal.reason;
      if (timeout.aborted) {
        return new FocalError(0, "TimedOut", `${this.#place} gave no answer within ${this.#timeoutMs / 1000} s.`);
      }
      return new FocalError(0, "Unreachable", `${this.#place} cannot be reached, or broke off: ${reasonOf(error)}.`);
    };
    const asked = { form, headers: { ...this.#headers, Accept: accept }, signal: either };
    const send = progress && typeof XMLHttpRequest === "function" ? sendByXhr : sendByFetch;
    const response = await send(this.#place + path, asked, failure, progress);
    if (response.status >= 200 && response.status < 300) return response;
    throw refusalOf(response);
  }

  /**
   * @template T
   * @param {Reply} response
   * @param {(json: any) => T} read
   * @returns {T}
   */
  #read(response, read) {
    try {
      return read(JSON.parse(new TextDecoder().decode(response.body)));
    } catch {
      throw this.#notFocals();
    }
  }

  #notFocals() {
    return new FocalError(0, "BadAnswer", `${this.#place} gave an answer that is not Focal's.`);
  }

  /**
   * How long to wait before another try, after so many before; null if another makes no sense.
   *
   * @param {FocalError} error
   * @param {number} attempt
   * @returns {number | null}
   */
  #pauseMs(error, attempt) {
    const unreachable = error.type === "Unreachable" && error.status === 0;
    if (!unreachable && ![429, 503].includes(error.status)) return null;
    const tries = unreachable ? Math.min(this.#retries, CONNECTION_RETRIES) : this.#retries;
    const pauseMs = (error.retryAfterMs ?? 0) + BACKOFF_MS * 2 ** attempt * (0.5 + Math.random() / 2);
    return attempt >= tries || pauseMs > LONGEST_PAUSE_MS ? null : pauseMs;
  }
}

/** @typedef {{ status: number, statusText: string, headers: Headers, body: ArrayBuffer }} Reply */
/** @typedef {(error: unknown) => unknown} Failure what to throw for an error of the connection */

/**
 * @param {string | URL} url
 * @returns {URL}
 */
function addressOf(url) {
  const text = typeof url === "string" || url instanceof URL ? String(url) : "";
  const wrong = new TypeError("The server's address must be one such as http://127.0.0.1:8000, without a password.");
  try {
    const parsed = new URL(text.includes("://") ? text : `http://${text}`);
    if (!/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) throw wrong;
    return parsed;
  } catch {
    throw wrong;
  }
}

/**
 * @param {Record<string, string>} headers
 * @returns {Record<string, string>} a copy
 */
function sendable(headers) {
  try {
    new Headers(headers);
  } catch {
    throw new TypeError("A header's name or value holds a character that none may have, such as a line break.");
  }
  return { ...headers };
}

/**
 * Images travel as they are; in JSON they would be base64, a third longer.
 *
 * @param {Record<string, Photo>} images
 * @param {Record<string, unknown>} options
 * @returns {FormData}
 */
function formOf(images, options) {
  if ("fields" in options) {
    throw new TypeError("An answer is read as a whole here: leave out fields; picture gets the picture alone.");
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null) form.append(name, name === "point" ? String(value) : textOf(value));
  }
  for (const [name, image] of Object.entries(images)) {
    const kind = kindOf(image);
    if (!["Blob", "File", "ArrayBuffer"].includes(kind) && !ArrayBuffer.isView(image)) {
      throw new TypeError(`An image is a Blob (so a File), an ArrayBuffer or a typed array, not ${kind}.`);
    }
    const file = image instanceof Blob ? image : new Blob([image]);
    if (file.size === 0) throw new TypeError("The file is empty.");
    form.append(name, file, name);
  }
  return form;
}

/**
 * @param {unknown} value
 * @returns {string} what an object is, also one of another window's ("[object File]" is a File); anything else as it is
 */
function kindOf(value) {
  if (typeof value === "string") return value.length > 100 ? `a string of ${value.length} characters` : JSON.stringify(value);
  return typeof value === "object" && value !== null ? Object.prototype.toString.call(value).slice(8, -1) : String(value);
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function textOf(value) {
  /** @type {(name: string, each: any) => unknown} */
  const listed = (_, each) => (ArrayBuffer.isView(each) ? Array.from(/** @type {Uint8Array} */ (each)) : each);
  return typeof value === "string" ? value : JSON.stringify(value, listed);
}

/**
 * @param {string} url
 * @param {{ form: FormData, headers: Record<string, string>, signal: AbortSignal }} asked
 * @param {Failure} failure
 * @param {Progress} [progress]
 * @returns {Promise<Reply>}
 */
async function sendByFetch(url, { form, headers, signal }, failure, progress) {
  /** @type {(error: unknown) => never} */
  const failed = (error) => {
    throw failure(error);
  };
  // A redirected POST would turn into a GET without the photo.
  const response = await fetch(url, { method: "POST", body: form, headers, signal, redirect: "error" }).catch(failed);
  const { status, statusText } = response;
  return { status, statusText, headers: response.headers, body: await bodyOf(response, progress, failed) };
}

/**
 * The same by what also tells how much has been sent; browsers have it.
 *
 * @param {string} url
 * @param {{ form: FormData, headers: Record<string, string>, signal: AbortSignal }} asked
 * @param {Failure} failure
 * @param {Progress} [progress]
 * @returns {Promise<Reply>}
 */
function sendByXhr(url, { form, headers, signal }, failure, progress = () => {}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    /** @type {(reason: string) => void} */
    const fail = (reason) => reject(failure(new TypeError(reason)));
    /** @type {(step: "sending" | "receiving") => (event: ProgressEvent) => void} */
    const tell = (step) => (event) => {
      try {
        progress(step, event.loaded, event.lengthComputable ? event.total : null);
      } catch (error) {
        reject(error);
        xhr.abort();
      }
    };
    xhr.open("POST", url);
    xhr.responseType = "arraybuffer";
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = tell("sending");
    xhr.onprogress = tell("receiving");
    xhr.onerror = xhr.onabort = () => fail("the connection failed");
    xhr.onload = () => {
      const { status, statusText, response: body, responseURL } = xhr;
      if (responseURL === url) resolve({ status, statusText, headers: headersOf(xhr), body });
      else fail("it redirects"); // and the photo did not go along
    };
    signal.addEventListener("abort", () => xhr.abort());
    if (signal.aborted) fail("it was ended");
    else xhr.send(form);
  });
}

/**
 * @param {XMLHttpRequest} xhr
 * @returns {Headers}
 */
function headersOf(xhr) {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().trim().split("\r\n")) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

/**
 * @param {Response} response
 * @param {Progress | undefined} progress
 * @param {(error: unknown) => never} failed
 * @returns {Promise<ArrayBuffer>}
 */
async function bodyOf(response, progress, failed) {
  if (!progress || !response.body) return response.arrayBuffer().catch(failed);
  const length = response.headers.get("Content-Encoding") ? null : response.headers.get("Content-Length");
  const reader = response.body.getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  for (let received = 0; ; ) {
    const { done, value } = await reader.read().catch(failed);
    if (done) return new Blob(pieces).arrayBuffer();
    pieces.push(value);
    received += value.byteLength;
    progress("receiving", received, length === null ? null : Number(length));
  }
}

/**
 * @param {Reply} response
 * @returns {FocalError}
 */
function refusalOf(response) {
  const after = waitOf(response.headers.get("Retry-After"));
  try {
    const { type, message } = JSON.parse(new TextDecoder().decode(response.body));
    if (typeof type === "string" && typeof message === "string") {
      return new FocalError(response.status, type, message, after);
    }
  } catch {
    // It is not Focal that answers.
  }
  return new FocalError(response.status, "HTTP", `The server said: ${response.statusText || response.status}.`, after);
}

/**
 * Retry-After, seconds or a date (RFC 9110, section 10.2.3), as milliseconds from now; null when it is neither.
 *
 * @param {string | null} when
 * @returns {number | null}
 */
function waitOf(when) {
  if (when === null) return null;
  if (/^\d+$/.test(when)) return Number(when) * 1000;
  const date = Date.parse(when);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/**
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 */
function paused(ms, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message; // Node.js has the reason in the cause
}

/**
 * @param {string} text base64
 * @returns {Blob} an image of the kind that its first bytes show
 */
function imageOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let n = 0; n < letters.length; n++) bytes[n] = letters.charCodeAt(n);
  const type = { "\xff": "image/jpeg", "\x89": "image/png", R: "image/webp" }[letters[0] ?? ""];
  if (!type) throw new TypeError("That is no image.");
  return new Blob([bytes], { type });
}

/**
 * @param {any} json
 * @param {Headers} headers
 * @returns {Blurred}
 */
function blurredOf(json, headers) {
  return {
    ...pictureOf(json.class, json.probability, imageOf(json.blurredImage), headers),
    mask: imageOf(json.maskImage),
    saliency: json.unblurredMask === null ? null : imageOf(json.unblurredMask),
  };
}

/**
 * @param {string | null} label
 * @param {number | string | null} probability
 * @param {Blob} blurred
 * @param {Headers} headers
 * @returns {Picture}
 */
function pictureOf(label, probability, blurred, headers) {
  return {
    label,
    probability: numberOf(probability),
    blurred,
    confidence: numberOf(headers.get("X-Focal-Mask-Confidence")),
    people: numberOf(headers.get("X-Focal-People")),
    gentle: headers.has("X-Focal-Fallback"),
    depth: headers.get("X-Focal-Depth") ?? "flat",
    focus: numberOf(headers.get("X-Focal-Focus")),
    byMatte: headers.get("X-Focal-Mask") === "matte",
    portrait: headers.get("X-Focal-Portrait"),
    dropped: headers.get("X-Focal-Dropped"),
  };
}

/**
 * @param {number | string | null} value
 * @returns {number | null}
 */
function numberOf(value) {
  return value === null ? null : Number(value);
}

/**
 * @param {any} each
 * @returns {Explanation}
 */
function explanationOf(each) {
  const { class: label, index, probability, saliency, maskConfidence: confidence } = each;
  return { label, index, probability, saliency: imageOf(saliency), confidence };
}
