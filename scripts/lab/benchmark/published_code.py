"""The original Focal's code path, written anew with its stages, their order and their waste: what Focal is measured by.

Of a request it makes a JPEG file (quality 75) and opens that four times; it loads AlexNet three times, each load into a
network that was first drawn at random; it runs guided backpropagation once for the positive and once for the negative
saliency, and takes the gradients of all weights, too; it composites in 64-bit floats at full size; it writes three JPEG
files (quality 95, the grey mask with three channels) and reads them back. Of its faults only those that cost time are
kept: the class is the most probable one, and with resident weights its hooks are removed after use.
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

    load: gives a network for each use; `fresh_alexnet` as published, or one that always gives the same one.
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
    """AlexNet as torchvision's `alexnet(pretrained=True)` makes it: drawn at random, then filled from its file."""
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
    _stretched(np.asarray(result, np.float64))  # the original makes a picture of the result again, for nobody


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
    return _stretched(part.transpose(1, 2, 0))


def _normalised(image: Image.Image) -> torch.Tensor:
    values = (np.asarray(image, np.float32) / 255 - MEAN) / STD
    return torch.from_numpy(values.transpose(2, 0, 1).astype(np.float32))[None]


def _guide(rectifier: nn.Module) -> torch.utils.hooks.RemovableHandle:
    def drop_negative(module: nn.Module, inner: tuple[torch.Tensor, ...], outer: tuple[torch.Tensor, ...]) -> object:
        return (torch.clamp(inner[0], min=0.0),)

    return rectifier.register_full_backward_hook(drop_negative)


def _stretched(values: npt.NDArray[np.floating]) -> Pixels:
    """From its least to its most, in 8 bits."""
    values = values - values.min()
    values = values / values.max()
    return np.asarray(Image.fromarray((values * 255).astype(np.uint8)))
