"""A re-implementation of the original Focal, with the same stages in the same order, as the baseline for Focal's speed.

It writes each photo as a JPEG file (quality 75) and opens it four times. It loads AlexNet three times, each time into a
randomly initialised network. It runs guided backpropagation twice, for positive and negative saliency, and computes the
gradients of all weights too. It composites in 64-bit floats at full size. It writes three JPEG files (quality 95, the
grey mask with three channels) and reads them back. Faults that cost no time are not reproduced: the class is the most
probable one, and with resident weights the hooks are removed after use.
"""

from __future__ import annotations

import base64
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from focal.arrays import Pixels
from focal.network.backbones.alexnet import BACKBONE, AlexNet
from PIL import Image
from torch import nn

Floats = npt.NDArray[np.float64]

MEAN, STD = np.array(BACKBONE.mean), np.array(BACKBONE.std)
VIEW_LONGER_SIDE_PX = 224
THRESHOLD = 10


class PublishedFocal:
    """Answers JSON requests as the original did.

    load: returns a network for each use: `fresh_alexnet`, as published, or the same one each time.
    """

    def __init__(self, load: Callable[[], AlexNet]) -> None:
        self._load = load

    def answer(self, body: bytes) -> bytes:
        """A JSON request {"img": base64} -> the JSON answer with its three images."""
        image = Image.open(io.BytesIO(base64.urlsafe_b64decode(json.loads(body)["img"])))
        with tempfile.TemporaryDirectory() as folder:
            photo, names = Path(folder, "photo.jpg"), ("blurredImage", "maskImage", "unblurredMask")
            image.save(photo)
            index, probability = most_probable_class(image, self._load())
            blur_around(photo, index, self._load, *(Path(folder, f"{name}.jpg") for name in names))
            images = {name: base64.b64encode(Path(folder, f"{name}.jpg").read_bytes()).decode() for name in names}
        return json.dumps({"class": BACKBONE.labels[index], "probability": probability, **images}).encode()


def fresh_alexnet(weights: Path) -> AlexNet:
    """AlexNet as torchvision's `alexnet(pretrained=True)` makes it: randomly initialised, then loaded from its file."""
    network = AlexNet()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return network


def most_probable_class(image: Image.Image, network: AlexNet) -> tuple[int, float]:
    """torchvision's evaluation transform on Pillow images, and a forward pass that records gradients."""
    scale = BACKBONE.resize_px / min(image.size)
    resized = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BILINEAR)
    left, top = ((side - BACKBONE.crop_px) // 2 for side in resized.size)
    crop = resized.crop((left, top, left + BACKBONE.crop_px, top + BACKBONE.crop_px))
    logits = network.eval()(_normalised(crop)).detach()
    index = int(torch.sort(logits, descending=True)[1][0, 0])
    return index, float(nn.functional.softmax(logits, dim=1)[0, index])


def blur_around(
    photo: Path, index: int, load: Callable[[], AlexNet], blurred_file: Path, mask_file: Path, saliency_file: Path
) -> None:
    """Write the picture, the mask and the saliency map of a photo's file, each as a JPEG file."""
    positive = saliency_image(load(), photo, index, positive=True)
    negative = saliency_image(load(), photo, index, positive=False)
    combined = np.clip(negative.astype(float) + 0.5 * positive.astype(float), 0, 255).astype(np.uint8)
    with Image.open(photo) as image:
        grey = cv2.resize(cv2.cvtColor(combined, cv2.COLOR_RGB2GRAY), image.size)
    cv2.imwrite(str(saliency_file), grey)

    mask = cv2.threshold(grey, THRESHOLD, 255, cv2.THRESH_BINARY)[1]
    mask = cv2.cvtColor(cv2.GaussianBlur(mask, (51, 51), 11), cv2.COLOR_GRAY2RGB)
    cv2.imwrite(str(mask_file), mask)

    original = np.asarray(cv2.imread(str(photo)))
    blurred = cv2.GaussianBlur(original, (5, 5), 5).astype(float)
    weight = mask.astype(float) / 255
    result = cv2.add(cv2.multiply(weight, original.astype(float)), cv2.multiply(1.0 - weight, blurred))
    cv2.imwrite(str(blurred_file), result)
    _stretch(np.asarray(result, np.float64))  # the original makes an image of the result again and drops it


def saliency_image(network: AlexNet, photo: Path, index: int, *, positive: bool) -> Pixels:
    """One of the two saliency images of a photo's file, uint8 (h, w, 3), from a guided backpropagation of its own."""
    image = Image.open(photo).convert("RGB")
    image.thumbnail((VIEW_LONGER_SIDE_PX, VIEW_LONGER_SIDE_PX))
    view = _normalised(image).requires_grad_()
    hooks = [_guide(module) for module in network.features if isinstance(module, nn.ReLU)]
    logits = network.eval()(view)
    network.zero_grad()
    wanted = torch.zeros_like(logits)
    wanted[0, index] = 1
    logits.backward(gradient=wanted)  # for the input and for every weight
    for hook in hooks:
        hook.remove()
    if view.grad is None:
        raise AssertionError("backward gives the input its gradient")
    gradient = view.grad[0].numpy()
    part = np.maximum(0, gradient) / gradient.max() if positive else np.maximum(0, -gradient) / -gradient.min()
    return _stretch(part.transpose(1, 2, 0))


def _normalised(image: Image.Image) -> torch.Tensor:
    values = (np.asarray(image, np.float32) / 255 - MEAN) / STD
    return torch.from_numpy(values.transpose(2, 0, 1).astype(np.float32))[None]


def _guide(rectifier: nn.Module) -> torch.utils.hooks.RemovableHandle:
    def drop_negative(module: nn.Module, inner: tuple[torch.Tensor, ...], outer: tuple[torch.Tensor, ...]) -> object:
        return (torch.clamp(inner[0], min=0.0),)

    return rectifier.register_full_backward_hook(drop_negative)


def _stretch(values: npt.NDArray[np.floating]) -> Pixels:
    """The values stretched to 0..255, as uint8."""
    values = values - values.min()
    values = values / values.max()
    return np.asarray(Image.fromarray((values * 255).astype(np.uint8)))
