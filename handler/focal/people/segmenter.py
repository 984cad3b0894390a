"""Where people are: MediaPipe's selfie segmenter, a MobileNetV3 that marks each place of a photo."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Floats, Pixels
from .tflite import TfliteNetwork


def person_map(network: TfliteNetwork, view: Pixels) -> Floats:
    """How likely each place belongs to a person, float32 (256, 256), 0..1, over the whole view stretched to a square.

    view: uint8 (h, w, 3), RGB, a copy of the whole photo. The network was trained on stretched pictures: one that keeps
    its proportions between black bars gives worse maps.
    """
    height, width = network.input_px
    square = cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
    (output,) = network(square * np.float32(1 / 255))
    result: Floats = output[0, ..., 0]
    return result
