// Take a photo with the device's camera.

import { Problem } from "./api.js";
import { jpeg, scaled } from "./canvas.js";
import { takeAll } from "./queue.js";
import { showProblem } from "./screens.js";
import { $ } from "./state.js";

export async function openCamera() {
  const phone = matchMedia("(pointer: coarse)").matches; // its own camera app does better than we could
  if (phone || !navigator.mediaDevices) return $("capture").click();
  try {
    $("video").srcObject = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 3840 }, height: { ideal: 2160 } },
    });
    $("camera-dialog").showModal();
  } catch {
    showProblem(new Problem("", "There is no camera that this page may use; allow it in the browser, or choose a photo."));
    $("retry").hidden = true;
  }
}

export async function shoot() {
  const { videoWidth, videoHeight } = $("video");
  const file = await jpeg(scaled($("video"), videoWidth, videoHeight), 0.95);
  $("camera-dialog").close();
  takeAll([new File([file], "camera.jpg", { type: "image/jpeg" })]);
}

export function releaseCamera() {
  for (const track of $("video").srcObject?.getTracks() ?? []) track.stop();
  $("video").srcObject = null;
}
