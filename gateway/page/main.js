// Focal's page: send a photo, look at the answer, change the blur in the browser, fetch the final picture.
// Nothing is stored; everything lives in `photo` and `result` until the next photo or the end of the page.

const PREVIEW_PX = 1280; // longer side of what is composed here; the download is the server's, at full size
const LARGE_PIXELS = 24e6; // from here on, ask whether to scale down
const LARGE_BYTES = 12e6;
const SMALLER_PIXELS = 12e6;
const LOOK_PX = 1024; // longer side of the copy from which the likeliest classes are read

const $ = (id) => document.getElementById(id);

let photo = null; // {file, name, picture}: picture is a canvas at preview size, null until somebody could decode it
let result = null; // what the server said of the photo for one focus; see `understand`
let results = new Map(); // by focus: {} is the likeliest class, {target} another, {point} the subject under a point
let fully = false; // whether the user wants the whole blur where Focal doubts its mask
let request = null; // the running XMLHttpRequest
let attempt = null; // what "Try again" repeats

// ---- The server ---------------------------------------------------------------------------------------------------

class Problem extends Error {
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

const SENTENCES = {
  InvalidJson: "The server did not understand this page; reload it and try again.",
  InvalidBase64: "The photo was damaged on its way; please try again.",
  MissingImage: "No photo arrived at the server; please choose it again.",
  InvalidOption: "The server does not accept this setting.",
  BadRequest: "The server did not understand the request; reload the page and try again.",
  BodyTooLarge: "This photo has more bytes than the server accepts.",
  PhotoTooLarge: "This photo has more pixels than the server accepts.",
  AnswerTooLarge: "The result would be larger than the server may send; try JPEG, or a smaller photo.",
  UnsupportedFormat: "This is not a photo that Focal can read; try JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF.",
  UndecodablePhoto: "This photo is damaged inside and cannot be opened.",
  NotFound: "The server no longer knows this page; reload it.",
  MethodNotAllowed: "The server no longer knows this page; reload it.",
  RateLimited: "That were many photos in a short time; wait a moment, then try again.",
  Overloaded: "The server has its hands full; wait a moment, then try again.",
  NotReady: "The server is just starting; wait a moment, then try again.",
  TimedOut: "The server took too long over this photo; try again, or use a smaller one.",
  InternalError: "Something went wrong inside Focal; please try again.",
  Unreachable: "The server cannot be reached; check your connection, then try again.",
};
const TOO_LARGE = ["BodyTooLarge", "PhotoTooLarge", "AnswerTooLarge"];

/** POST a photo with options; resolves to the finished request. Rejects with a Problem; "Cancelled" on cancel. */
function send(path, file, options, accept, doing) {
  const form = new FormData();
  form.append("img", file, "photo");
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) form.append(name, value);
  }
  return new Promise((resolve, reject) => {
    const xhr = (request = new XMLHttpRequest());
    xhr.open("POST", path);
    xhr.responseType = "blob";
    xhr.setRequestHeader("Accept", accept);
    xhr.upload.onprogress = (event) => doing("Uploading", event.loaded / event.total);
    xhr.upload.onload = () => doing("Computing");
    xhr.onprogress = (event) => doing("Downloading", event.lengthComputable ? event.loaded / event.total : undefined);
    xhr.onerror = () => reject(new Problem("Unreachable"));
    xhr.onabort = () => reject(new Problem("Cancelled"));
    xhr.onload = async () => (xhr.status === 200 ? resolve(xhr) : reject(await problemOf(xhr)));
    xhr.send(form);
  });
}

async function problemOf(xhr) {
  try {
    const { type, message } = JSON.parse(await xhr.response.text());
    return new Problem(type, message);
  } catch {
    return new Problem("Unreachable");
  }
}

const jsonOf = async (xhr) => JSON.parse(await xhr.response.text());

/** Base64 of an encoded image -> ImageBitmap. */
function decode(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return createImageBitmap(new Blob([bytes]));
}

// ---- Pictures -----------------------------------------------------------------------------------------------------

function canvas(width, height) {
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  return made;
}

/** A picture drawn onto a canvas of the given size. */
function scaled(picture, width, height) {
  const made = canvas(width, height);
  const context = made.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return made;
}

/** A picture scaled so that its longer side is `longer`, never enlarged. */
function within(picture, longer) {
  const factor = Math.min(1, longer / Math.max(picture.width, picture.height));
  return scaled(
    picture,
    Math.max(1, Math.round(picture.width * factor)),
    Math.max(1, Math.round(picture.height * factor)),
  );
}

const pixelsOf = (made) => made.getContext("2d").getImageData(0, 0, made.width, made.height);

const jpeg = (made, quality) => new Promise((resolve) => made.toBlob(resolve, "image/jpeg", quality));

const png = (made) => new Promise((resolve) => made.toBlob(resolve, "image/png"));

/** Recolour a grey picture in place: `colour(value)` gives [r, g, b, a] for 0..255. */
function recolour(made, colour) {
  const table = Array.from({ length: 256 }, (_, value) => colour(value));
  const image = pixelsOf(made);
  for (let i = 0; i < image.data.length; i += 4) image.data.set(table[image.data[i]], i);
  made.getContext("2d").putImageData(image, 0, 0);
  return made;
}

const HEAT = [
  [8, 12, 24],
  [70, 22, 92],
  [176, 44, 88],
  [240, 120, 52],
  [252, 216, 120],
  [255, 252, 236],
];

function heat(value) {
  const position = (value / 255) * (HEAT.length - 1);
  const low = Math.min(HEAT.length - 2, Math.floor(position));
  return [0, 1, 2].map((c) => HEAT[low][c] + (position - low) * (HEAT[low + 1][c] - HEAT[low][c])).concat(255);
}

/** A saliency map for the eye: few of its pixels are bright, so its hundredth brightest is drawn as white. */
function heatMap(picture) {
  const greys = pixelsOf(picture)
    .data.filter((_, i) => i % 4 === 0)
    .sort();
  const brightest = Math.max(16, greys[Math.floor(0.99 * greys.length)]);
  return recolour(picture, (value) => heat(255 * Math.min(1, value / brightest) ** 0.8));
}

// ---- The blur: the server's own way (handler/focal/blur/background.py), on a small grid of cells -----------------------------

// Light as in handler/focal/blur/linear_light.py: highlights outshine white, or lamps would not become discs.
const WHITE = 3;
const KNEE = 230;
const STEPS = 4095; // of the way back, by the square root of light
const CURVE = Float32Array.from({ length: 256 }, (_, code) => {
  const c = code / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});
const GAIN = CURVE.map((_, code) => 1 + (WHITE - 1) * Math.max(0, (code - KNEE) / (255 - KNEE)) ** 4);

/** For each step up to `most`, the greatest code whose light, by `lightOf`, is not above it. */
function codes(lightOf, most) {
  let code = 0;
  return Uint8Array.from({ length: STEPS + 1 }, (_, i) => {
    while (code < 255 && lightOf(code + 1) <= (i / STEPS) ** 2 * most) code++;
    return code;
  });
}
const CODE = codes((code) => CURVE[code], 1);
const UNGAIN = Float32Array.from(codes((code) => CURVE[code] * GAIN[code], WHITE), (code) => 1 / GAIN[code]);
const step = (share) => Math.min(STEPS, Math.round(Math.sqrt(share) * STEPS));

const mirror = (i, n) => (i < 0 ? Math.min(n - 1, -i - 1) : i >= n ? Math.max(0, 2 * n - 1 - i) : i);

/** Mean over a disc of each cell of (h, w, 4), by sums along rows. */
function spreadDisc(source, w, h, radius) {
  const reach = Math.ceil(radius);
  const out = new Float32Array(w * h * 4);
  const halves = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.round(Math.sqrt(Math.max(0, radius ** 2 - (i - reach) ** 2))),
  );
  const area = halves.reduce((sum, half) => sum + 2 * half + 1, 0);
  const sums = new Float64Array((w + 2 * reach + 1) * 4);
  for (let row = -reach; row < h + reach; row++) {
    const start = mirror(row, h) * w;
    for (let x = 0; x < w + 2 * reach; x++) {
      const from = 4 * (start + mirror(x - reach, w));
      for (let c = 0; c < 4; c++) sums[4 * (x + 1) + c] = sums[4 * x + c] + source[from + c];
    }
    for (let i = 0; i <= 2 * reach; i++) {
      const y = row + i - reach;
      if (y < 0 || y >= h) continue;
      const half = halves[i];
      for (let x = 0; x < w; x++) {
        const to = 4 * (y * w + x);
        const right = 4 * (x + reach + half + 1);
        const left = 4 * (x + reach - half);
        for (let c = 0; c < 4; c++) out[to + c] += (sums[right + c] - sums[left + c]) / area;
      }
    }
  }
  return out;
}

/** A Gaussian of the disc's own variance over (h, w, 4). */
function spreadGaussian(source, w, h, radius) {
  const sigma = Math.max(0.1, radius / 2);
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((a, b) => a + b);
  const along = (from, step, length, lines, stride) => {
    const out = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < length; at++) {
        const to = line * stride + at * step;
        for (let i = 0; i <= 2 * reach; i++) {
          const index = line * stride + mirror(at + i - reach, length) * step;
          for (let c = 0; c < 4; c++) out[to + c] += (from[index + c] * weights[i]) / total;
        }
      }
    }
    return out;
  };
  return along(along(source, 4, w, h, 4 * w), 4 * w, h, w, 4);
}

/** The background alone, blurred, as a small canvas to be enlarged under the subject. */
function blurredBackground(picture, mask, strength, bokeh) {
  const longer = Math.max(picture.width, picture.height);
  const factor = Math.max(2, Math.floor((strength * longer) / 16));
  const w = Math.max(1, Math.round(picture.width / factor));
  const h = Math.max(1, Math.round(picture.height / factor));
  const radius = Math.sqrt(Math.max(0.1, ((strength * longer) / 2 / factor) ** 2 - 1));
  const image = pixelsOf(scaled(picture, w, h));
  const share = pixelsOf(scaled(mask, w, h)).data;
  const light = new Float32Array(w * h * 4);
  for (let i = 0; i < light.length; i += 4) {
    const weight = (1 - share[i] / 255) ** 32 + 1e-6; // a cell with some of the subject in it hardly counts
    const gain = GAIN[Math.max(image.data[i], image.data[i + 1], image.data[i + 2])];
    for (let c = 0; c < 3; c++) light[i + c] = CURVE[image.data[i + c]] * gain * weight;
    light[i + 3] = weight;
  }
  const spread = bokeh === "gaussian" ? spreadGaussian : spreadDisc;
  const far = spread(light, w, h, radius);
  const near = spread(light, w, h, radius / 2); // what touches the subject is nearly in focus
  for (let i = 0; i < far.length; i += 4) {
    const away = Math.min(1, Math.max(0, 2 * far[i + 3] - 1));
    const mix = away * away * (3 - 2 * away);
    const value = [0, 1, 2].map((c) => (1 - mix) * (near[i + c] / near[i + 3]) + mix * (far[i + c] / far[i + 3]));
    const ungain = UNGAIN[step(Math.max(...value) / WHITE)];
    for (let c = 0; c < 3; c++) image.data[i + c] = CODE[step(value[c] * ungain)];
  }
  const made = canvas(w, h);
  made.getContext("2d").putImageData(image, 0, 0);
  return made;
}

/** What the mask keeps sharp, cut out of the photo. */
function cutOut(mask) {
  const subject = recolour(scaled(mask, mask.width, mask.height), (value) => [0, 0, 0, value]);
  const context = subject.getContext("2d");
  context.globalCompositeOperation = "source-in";
  context.drawImage(photo.picture, 0, 0);
  return subject;
}

const GENTLE = 1 / 3; // of the strength: the server's own, where it doubts its mask (handler/focal/blur/fallback.py)

/** Draw the photo as the present settings make it: the server's picture if it made just this one, else our own. */
function compose() {
  const strength = $("strength").value * (result.gentle && !fully ? GENTLE : 1);
  const after = $("after");
  const { width, height } = photo.picture;
  if (after.width !== width || after.height !== height) Object.assign(after, { width, height });
  const context = after.getContext("2d");
  context.imageSmoothingQuality = "high";
  const made = result.made.get(settings());
  if (made || strength * Math.max(width, height) < 2) {
    context.drawImage(made ?? photo.picture, 0, 0);
    return;
  }
  context.drawImage(blurredBackground(photo.picture, result.mask, strength, bokeh()), 0, 0, width, height);
  context.drawImage(result.subject, 0, 0);
}

let composing = 0;
function composeSoon() {
  cancelAnimationFrame(composing);
  composing = requestAnimationFrame(() => result && compose());
}

const bokeh = () => document.querySelector("input[name=bokeh]:checked").value;
const blurOptions = () => ({ strength: $("strength").value, bokeh: bokeh(), fallback: fully ? "never" : undefined });
const settings = () => JSON.stringify(blurOptions());

// ---- From a file to a result --------------------------------------------------------------------------------------

/** Take a new photo: ask about its size if it is large, then have it looked at. */
async function take(file) {
  if (!file) return;
  request?.abort();
  hideProblem();
  const bitmap = await createImageBitmap(file).catch(() => null); // HEIC and TIFF: the server will decode it for us
  const pixels = bitmap ? bitmap.width * bitmap.height : 0;
  let chosen = file;
  if (file.size > LARGE_BYTES || pixels > LARGE_PIXELS) {
    const choice = await askAboutSize(file, bitmap);
    if (!choice) return;
    if (choice === "shrink") chosen = await shrunk(bitmap);
  }
  photo = {
    file: chosen,
    name: (file.name || "photo").replace(/\.[^.]*$/, ""),
    picture: bitmap && within(bitmap, PREVIEW_PX),
  };
  bitmap?.close();
  result = null;
  results = new Map();
  fully = false;
  showStudio();
  await focusOn({});
}

const shrunk = (picture) => {
  const factor = Math.min(1, Math.sqrt(SMALLER_PIXELS / (picture.width * picture.height)));
  return jpeg(within(picture, factor * Math.max(picture.width, picture.height)), 0.92);
};

/** Show the photo with something in focus: {} the likeliest class, {target: index} another, {point: "x,y"} a place. */
async function focusOn(focus) {
  const key = JSON.stringify(focus);
  const known = results.get(key);
  if (known) return show(known);
  const mine = photo;
  await attemptTo(async () => {
    // Strength 0 brings back the photo itself, upright, where this browser cannot decode it.
    const options = { ...focus, ...blurOptions(), ...(photo.picture ? {} : { strength: 0 }) };
    const asked = settings();
    const found = await understand(await send("/", photo.file, options, "application/json", working), focus, asked);
    if (photo !== mine) return;
    if (!found) return focusOn(focus);
    results.set(key, found);
    show(found);
  });
}

/** The server's answer -> what the page shows; null if the browser turned the photo otherwise than the server. */
async function understand(xhr, focus, asked) {
  const answer = await jsonOf(xhr);
  const [blurred, mask, saliency] = await Promise.all(
    [answer.blurredImage, answer.maskImage, answer.unblurredMask].map(decode),
  );
  const made = new Map();
  if (!photo.picture) {
    photo.picture = within(blurred, PREVIEW_PX);
    drawBefore();
  } else if (
    Math.abs(photo.picture.width / photo.picture.height - mask.width / mask.height) >
    0.02 * (mask.width / mask.height)
  ) {
    photo.picture = null;
    return null;
  } else {
    made.set(asked, scaled(blurred, photo.picture.width, photo.picture.height));
  }
  const { width, height } = photo.picture;
  const grey = scaled(mask, width, height);
  return {
    focus,
    label: answer.class,
    probability: answer.probability,
    gentle: xhr.getResponseHeader("X-Focal-Fallback") === "gentle",
    mask: grey,
    subject: cutOut(grey),
    made, // the server's pictures of it, by the settings that made them
    strokes: [], // the masks before each stroke of the brush
    saliency: heatMap(within(saliency, 320)),
  };
}

/** The five likeliest classes, for the list. */
async function lookForOthers() {
  if ($("choices").childElementCount) return;
  $("others").open = false; // until there is something to show
  await attemptTo(async () => {
    const copy = await jpeg(within(photo.picture, LOOK_PX), 0.9);
    const { explanations } = await jsonOf(
      await send("/explanations/focal", copy, { quality: 70 }, "application/json", working),
    );
    const entries = await Promise.all(explanations.map(async (found) => entry(found, await decode(found.saliency))));
    $("choices").replaceChildren(...entries);
    $("others").open = true;
    markChoice();
    say("Five classes to choose from.");
  });
}

function entry(found, saliency) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const view = heatMap(within(saliency, 96));
  const name = document.createElement("span");
  const share = document.createElement("small");
  button.type = "button";
  button.dataset.index = found.index;
  button.dataset.label = found.class;
  view.setAttribute("aria-hidden", "true");
  name.textContent = title(found.class);
  share.textContent = percent(found.probability);
  button.append(view, name, share);
  button.onclick = () => focusOn(found.class === results.get("{}")?.label ? {} : { target: found.index });
  item.append(button);
  return item;
}

/** Fetch the server's own picture with the present settings and hand it over as a file. */
async function save() {
  const format = $("format").value;
  const asked = settings();
  await attemptTo(async () => {
    const { label, probability } = result;
    // A mask that was painted on is sent along, and nothing is looked for again.
    const seen = result.strokes.length ? { maskImage: await png(result.mask), class: label, probability } : result.focus;
    const { response: picture } = await send("/", photo.file, { ...seen, ...blurOptions() }, `image/${format}`, working);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(picture);
    const name = $("name").value.replace(/[/\\:*?"<>|\u0000-\u001f]/g, "_");
    link.download = `${name}.${format === "jpeg" ? "jpg" : format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    result.made.set(asked, scaled(await createImageBitmap(picture), photo.picture.width, photo.picture.height));
    compose();
    say(`Saved as ${link.download}.`);
  });
}

// ---- What is seen -------------------------------------------------------------------------------------------------

/** Run a step that talks to the server, with progress, cancel, and an explanation if it fails. */
async function attemptTo(step) {
  const mine = photo;
  attempt = () => attemptTo(step);
  hideProblem();
  view("studio");
  working("Uploading", 0);
  try {
    await step();
    if (photo === mine) $("busy").hidden = true;
  } catch (problem) {
    if (photo !== mine) return; // another photo has come meanwhile
    $("busy").hidden = true;
    if (!photo.picture) view("intro");
    if (problem.type !== "Cancelled") showProblem(problem);
    else cancelled();
  }
}

/** Show the first view or the photo's. */
function view(id) {
  $("intro").hidden = id !== "intro";
  $("studio").hidden = $("again").hidden = id !== "studio";
}

function working(what, share) {
  $("busy").hidden = false;
  $("busy-text").textContent = share === undefined ? `${what} …` : `${what} ${percent(share)}`;
  if (share === undefined) $("bar").removeAttribute("value");
  else $("bar").value = share;
  if ($("status").dataset.said !== what) say(what, what);
  if (document.activeElement === document.body) $("cancel").focus();
}

function cancelled() {
  say("Cancelled.");
  if (!result) showIntro();
}

function showStudio() {
  view("studio");
  $("panel").inert = $("tools").inert = true;
  $("compare").checked = true;
  takeTool();
  $("unsure").hidden = true;
  for (const id of ["after", "mask-layer", "saliency-layer"]) Object.assign($(id), { width: 1, height: 1 });
  $("label").textContent = $("sure").textContent = "";
  $("choices").replaceChildren();
  $("others").open = false;
  fade("saliency", 0);
  $("name").value = `${photo.name}-focal`;
  $("stage").classList.remove("done");
  drawBefore();
}

function showIntro() {
  request?.abort();
  photo = result = null;
  view("intro");
  $("busy").hidden = true;
  hideProblem();
  $("file").focus();
}

function drawBefore() {
  const { width, height } = photo.picture ?? { width: 4, height: 3 };
  Object.assign($("before"), { width, height });
  $("stage").style.setProperty("--ratio", width / height);
  if (photo.picture) $("before").getContext("2d").drawImage(photo.picture, 0, 0);
}

function show(found) {
  result = found;
  $("panel").inert = $("tools").inert = false;
  $("label").textContent = title(found.label);
  $("sure").textContent =
    found.probability < 0.3
      ? `Only ${percent(found.probability)} sure: the blur follows what stands out, whatever it is.`
      : `${percent(found.probability)} sure`;
  layer("mask-layer", found.mask);
  layer("saliency-layer", found.saliency);
  markChoice();
  doubt();
  $("undo").disabled = !found.strokes.length;
  compose();
  $("stage").classList.add("done");
  say(`Done. In focus: ${title(found.label)}, ${percent(found.probability)} sure.`);
  if (document.activeElement === document.body || document.activeElement === $("cancel")) $("label").focus();
}

/** Show a picture as an overlay. */
function layer(id, picture) {
  const { width, height } = picture;
  Object.assign($(id), { width, height });
  $(id).getContext("2d").drawImage(picture, 0, 0);
}

/** Say so where Focal doubts its mask and nobody has said otherwise. */
function doubt() {
  $("unsure").hidden = !result.gentle || fully;
}

function markChoice() {
  for (const button of $("choices").querySelectorAll("button")) {
    const chosen =
      result.focus.target === undefined
        ? button.dataset.label === result.label
        : Number(button.dataset.index) === result.focus.target;
    button.setAttribute("aria-pressed", chosen);
  }
}

function showProblem(problem) {
  const known = SENTENCES[problem.type];
  const detail = ["InvalidOption", ...TOO_LARGE].includes(problem.type) && problem.message ? ` ${problem.message}` : "";
  $("problem-text").textContent = (known ?? problem.message ?? SENTENCES.InternalError) + detail;
  $("shrink").hidden = !TOO_LARGE.includes(problem.type) || !photo.picture;
  $("retry").hidden = ["UnsupportedFormat", "UndecodablePhoto", ...TOO_LARGE].includes(problem.type);
  $("problem").hidden = false;
  $("problem").querySelector("button:not([hidden])").focus();
}

const hideProblem = () => ($("problem").hidden = true);

function dismiss() {
  hideProblem();
  if (result) $("label").focus();
  else showIntro();
}

function say(text, said = "") {
  $("status").textContent = text;
  $("status").dataset.said = said;
}

const percent = (share) => `${share > 0 && share < 0.01 ? "under 1" : Math.round(100 * share)} %`;
const title = (label) => label.charAt(0).toUpperCase() + label.slice(1);

function askAboutSize(file, bitmap) {
  const size = [
    bitmap && `${Math.round((bitmap.width * bitmap.height) / 1e6)} megapixels`,
    `${Math.round(file.size / 1e6)} MB`,
  ];
  const gain = bitmap
    ? "Scaled down to 12 megapixels, it uploads and computes faster."
    : "It may take a while to upload.";
  $("size-text").textContent = `This photo has ${size.filter(Boolean).join(", ")}. ${gain}`;
  const dialog = $("size-dialog");
  dialog.querySelector("[value=shrink]").hidden = !bitmap;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

// ---- The camera ---------------------------------------------------------------------------------------------------

async function openCamera() {
  const phone = matchMedia("(pointer: coarse)").matches; // its own camera app does better than we could
  if (phone || !navigator.mediaDevices) return $("capture").click();
  try {
    $("video").srcObject = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 3840 }, height: { ideal: 2160 } },
    });
    $("camera-dialog").showModal();
  } catch {
    showProblem(new Problem("", "There is no camera that this page may use."));
    $("retry").hidden = true;
  }
}

async function shoot() {
  const { videoWidth, videoHeight } = $("video");
  const file = await jpeg(scaled($("video"), videoWidth, videoHeight), 0.95);
  $("camera-dialog").close();
  take(new File([file], "camera.jpg", { type: "image/jpeg" }));
}

function closeCamera() {
  for (const track of $("video").srcObject?.getTracks() ?? []) track.stop();
  $("video").srcObject = null;
}

// ---- What the user does -------------------------------------------------------------------------------------------

for (const id of ["file", "capture"]) {
  $(id).onchange = () => {
    take($(id).files[0]);
    $(id).value = "";
  };
}
document.onpaste = (event) => take(event.clipboardData.files[0]);
document.ondragover = (event) => {
  event.preventDefault();
  document.body.classList.toggle("dropping", event.dataTransfer.types.includes("Files"));
};
document.ondragleave = (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
};
document.ondrop = (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  take(event.dataTransfer.files[0]);
};

$("camera").onclick = openCamera;
$("shoot").onclick = shoot;
$("camera-close").onclick = () => $("camera-dialog").close();
$("camera-dialog").onclose = closeCamera;
$("again").onclick = showIntro;
$("cancel").onclick = () => request?.abort();
document.onkeydown = (event) => {
  if (event.key === "Escape") request?.abort();
};
$("retry").onclick = () => attempt();
$("dismiss").onclick = dismiss;
$("shrink").onclick = async () => {
  photo.file = await shrunk(await createImageBitmap(photo.file));
  attempt();
};
$("others").ontoggle = () => {
  if ($("others").open) lookForOthers();
};
$("save").onsubmit = (event) => {
  event.preventDefault();
  save();
};

function fade(id, value) {
  $(id).value = value;
  $(`${id}-value`).textContent = `${value} %`;
  $(`${id}-layer`).style.opacity = value / 100;
}

function split(value) {
  $("split").value = value;
  $("split").setAttribute("aria-valuetext", `${Math.round($("split").value)} % before`);
  $("stage").style.setProperty("--split", `${$("split").value}%`);
}
$("split").oninput = () => split($("split").value);

// Each tool says what touching the photo at a place (fractions of its width and height) does, and moving on from there.
const TOOLS = {
  compare: { hint: "", down: ({ x }) => split(100 * x), move: ({ x }) => split(100 * x) },
  point: { hint: "Click what is to stay sharp.", aim: "Pick what is here", down: pick, move() {} },
  paint: { hint: "Paint over the photo to correct what stays sharp.", aim: "Paint here", down: stroke, move: paint },
};
const tool = () => TOOLS[document.querySelector("input[name=tool]:checked").value];
let aim = { x: 0.5, y: 0.5 }; // where the keyboard points, and where the brush was last

function pick({ x, y }) {
  focusOn({ point: `${x.toFixed(4)},${y.toFixed(4)}` });
}

/** Begin a stroke of the brush: what was before it can be brought back. */
function stroke(place) {
  const { mask, strokes } = result;
  strokes.push(scaled(mask, mask.width, mask.height));
  if (strokes.length > 20) strokes.splice(1, 1); // the first stays: it is the server's
  $("undo").disabled = false;
  aim = place;
  paint(place);
}

/** A line of the brush, soft at its rim, from where it was last. */
function paint(to) {
  const { width, height } = result.mask;
  const context = result.mask.getContext("2d");
  const size = ($("size").value / 100) * Math.max(width, height);
  const value = document.querySelector("input[name=brush]:checked").value;
  context.filter = `blur(${size / 12}px)`;
  context.strokeStyle = `rgb(${value} ${value} ${value})`;
  context.lineWidth = size;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(aim.x * width, aim.y * height);
  context.lineTo(to.x * width + 0.01, to.y * height); // a line without a length is not drawn
  context.stroke();
  context.filter = "none";
  aim = to;
  painted();
}

/** Show the photo by the mask as it is now. */
function painted() {
  result.subject = cutOut(result.mask);
  result.made.clear();
  result.gentle = false; // the user has seen to it
  doubt();
  layer("mask-layer", result.mask);
  composeSoon();
}

$("undo").onclick = () => {
  const before = result.strokes.pop();
  result.mask.getContext("2d").drawImage(before, 0, 0);
  $("undo").disabled = !result.strokes.length;
  if ($("undo").disabled) $("paint").focus();
  painted();
};
$("size").oninput = () => $("size").setAttribute("aria-valuetext", `${$("size").value} % of the photo`);
$("fully").onclick = () => {
  fully = true;
  doubt();
  composeSoon();
  $("label").focus();
};

for (const radio of document.getElementsByName("tool")) radio.onchange = takeTool;
function takeTool() {
  const { hint, aim: purpose } = tool();
  $("hint").textContent = hint;
  $("brush").hidden = tool() !== TOOLS.paint;
  $("stage").classList.toggle("aiming", !!purpose);
  $("aim").hidden = !purpose;
  if (purpose) {
    $("aim").setAttribute("aria-label", `${purpose}; the arrow keys move it`);
    split(0);
    moveAim(0.5, 0.5);
  } else split(50);
  fade("mask", tool() === TOOLS.paint ? 40 : 0);
}
function moveAim(x, y) {
  const inside = (value) => Math.min(1, Math.max(0, value));
  aim = { x: inside(x), y: inside(y) };
  $("aim").style.left = `${100 * aim.x}%`;
  $("aim").style.top = `${100 * aim.y}%`;
}
$("aim").onkeydown = (event) => {
  const step = event.shiftKey ? 0.005 : 0.03;
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
  if (x === undefined) return;
  event.preventDefault();
  moveAim(aim.x + step * x, aim.y + step * y);
};
$("aim").onclick = (event) => {
  if (event.detail === 0) tool().down(aim); // by the keyboard; a pointer has done it already
};

const placeOf = (event) => {
  const box = $("stage").getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
};
$("stage").onpointerdown = (event) => {
  if (!result || !$("busy").hidden || event.button) return;
  $("stage").setPointerCapture(event.pointerId);
  tool().down(placeOf(event));
};
$("stage").onpointermove = (event) => {
  if ($("stage").hasPointerCapture(event.pointerId)) tool().move(placeOf(event));
};

function showStrength() {
  $("strength-value").textContent = `${(100 * $("strength").value).toFixed(1)} %`;
  $("strength").setAttribute("aria-valuetext", `${(100 * $("strength").value).toFixed(1)} % of the longer side`);
  composeSoon();
}
$("strength").oninput = showStrength;
for (const radio of document.getElementsByName("bokeh")) radio.onchange = composeSoon;
for (const id of ["mask", "saliency"]) {
  $(id).oninput = () => fade(id, $(id).value);
  fade(id, 0);
}
showStrength();
takeTool();
