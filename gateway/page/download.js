// Leave with the picture: as a file, on the clipboard, or shared. It is the server's own, at full size.

import { Problem, post } from "./api.js";
import { createCanvas, encoded } from "./canvas.js";
import { shownOptions, subjectOptions } from "./focus.js";
import { say, showProgress } from "./messages.js";
import { attempt } from "./screens.js";
import { backdrop, drawBackdrop, fileKey, output, outputOptions } from "./settings.js";
import { $, create, maskState, state, unsaved } from "./state.js";

const KEEP_MS = 60_000; // for a browser that is slow to begin

export const type = () => `image/${$("format").value}`;

export const suffix = () => $("format").selectedOptions[0].text;

export const download = () =>
  attempt(async () => {
    const file = await finished(type());
    handOver(file);
    say(`Saved as ${file.name}.`);
  });

export const copy = () =>
  attempt(async () => {
    // The browser wants the clipboard asked for at once, the picture may come later.
    const picture = finished("image/png");
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]).catch(async () => {
      await picture; // rejects with what went wrong, if it did
      throw new Problem("", "The browser does not let this page copy; download the picture instead.");
    });
    say("Copied.");
  });

export const share = () =>
  attempt(async () => {
    const file = await finished(type());
    try {
      await navigator.share({ files: [file] });
    } catch (error) {
      if (error.name !== "AbortError") throw new Problem("", "The picture is ready; press Share once more.");
    }
  });

/** The file of what is shown, made before or now. */
export async function finished(fileType) {
  const { photo, result } = state;
  const mask = maskState();
  const isOver = output() === "cutout" && backdrop() === "picture";
  const askedType = isOver ? "image/png" : fileType;
  const key = fileKey(mask, askedType, $("quality").value);
  let made = result.files.get(key);
  if (!made) {
    const options = { ...outputOptions(), ...(await subjectOptions(result)), quality: $("quality").value };
    if (output() === "blurred") Object.assign(options, shownOptions(result));
    made = (await post("./", photo.file, options, askedType, showProgress)).response;
    result.files.set(key, made);
  }
  if (isOver) made = await laidOver(made, fileType);
  result.downloaded = mask;
  unsaved.delete(photo.source);
  const name = $("name").value.replace(/[/\\:*?"<>|\u0000-\u001f]/g, "_") + suffix();
  return new File([made], name, { type: fileType });
}

/** A cut-out on the user's picture. */
async function laidOver(cutOut, fileType) {
  const picture = await createImageBitmap(cutOut);
  const canvas = createCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d");
  drawBackdrop(context);
  context.drawImage(picture, 0, 0);
  return encoded(canvas, fileType, $("quality").value / 100);
}

export function handOver(file) {
  const link = create("a", { href: URL.createObjectURL(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}
