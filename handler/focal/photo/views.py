"""The reduced copies of a photo: who looks at which, made from what, by which kernel.

copy             who looks at it          made from      kernel
preview          all of the below         the photo      OpenCV's area, halving (preview.py)
class_view       the classifier           the preview    torch's antialiased 8-bit, then the centre crop
whole_view       the saliency, and        the preview    OpenCV's area; linear where it enlarges
                 those who find people
guide_view       the mask's graph         the preview    torch's antialiased 8-bit
classic_view     the published algorithm  the photo      Pillow's thumbnail (classic.py)
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from ..arrays import Floats, Pixels
from .preview import shrunk

# Measured on 30 photos: masks from 320 px beat 224 px, and 512 px cost 2.5 times as much for .01 IoU.
WHOLE_VIEW_LONGER_PX = 320
# EfficientNet-Lite0's coarsest stride is 32; AlexNet's pools need 63 px.
WHOLE_VIEW_MULTIPLE_PX = 32
SHORTEST_VIEW_PX = 64


def class_view(pixels: Pixels, resize_px: int, crop_px: int, resampling: str) -> Pixels:
    """A classifier's evaluation transform, uint8 (H, W, 3) -> (crop_px, crop_px, 3), with torchvision's roundings.

    The shorter side is resized to resize_px, antialiased, by "bilinear" or "bicubic" resampling; the centre is cropped.
    """
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    size = [int(resize_px * side / shorter) for side in (width, height)]
    left, top = (round((side - crop_px) / 2) for side in size)
    # torch's 8-bit kernel is the one that torchvision uses on tensors, within 1/255 of Pillow's.
    resized = F.interpolate(
        torch.from_numpy(pixels).permute(2, 0, 1)[None], size=size[::-1], mode=resampling, antialias=True
    )[0].permute(1, 2, 0)
    return resized[top : top + crop_px, left : left + crop_px].numpy()


def whole_view(pixels: Pixels) -> Pixels:
    """The whole picture, uint8 (H, W, 3) -> (h, w, 3): sides multiples of 32, the longer 320, none shorter than 64."""
    height, width = pixels.shape[:2]
    scale = WHOLE_VIEW_LONGER_PX / max(height, width)
    multiple = WHOLE_VIEW_MULTIPLE_PX
    size = [max(SHORTEST_VIEW_PX, round(side * scale / multiple) * multiple) for side in (width, height)]
    if max(height, width) > WHOLE_VIEW_LONGER_PX:
        return shrunk(pixels, *size)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def guide_view(pixels: Pixels, longer_px: int) -> Floats:
    """The picture antialiased, its longer side longer_px.   uint8 (H, W, 3) -> float32 (h, w, 3), 0..1"""
    scale = longer_px / max(pixels.shape[:2])
    size = [max(1, round(side * scale)) for side in pixels.shape[:2]]
    # torch's kernel takes no array that may not be written.
    planes = torch.from_numpy(np.require(pixels, requirements=("C", "W"))).permute(2, 0, 1)
    small = F.interpolate(planes[None], size=size, mode="bilinear", antialias=True)[0].permute(1, 2, 0)
    return np.asarray(small.numpy() / np.float32(255))
