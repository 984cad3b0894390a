"""The way of the data, once and for everyone: request → photo → class → saliency → mask → blur → response.

The handler calls these steps for each row of a batch; whatever else works on photos (the evaluation, the documents'
pictures) calls the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .blur import blur_background
from .classic import classic_blur, classic_mask, classic_view
from .classifier import Classification, class_index, classification, top_classes
from .matte import full_size_alpha
from .model import Model
from .options import Options
from .photo import Photo, decode_photo
from .refined_mask import refined_mask
from .request import parse_request
from .response import Answer, encode_image, json_answer, picture_answer
from .saliency import Saliency, grey_saliency, guided_saliency, whole_view
from .settings import Settings

Pixels = npt.NDArray[np.uint8]

EXPLAINED_CLASSES = 5


@dataclass(frozen=True)
class Job:
    """A row that is ready to be looked at."""

    photo: Photo
    options: Options
    target_index: int | None = None
    picture_format: str | None = None
    explain: bool = False


@dataclass(frozen=True)
class Look:
    """What the network saw in a photo: classes, and the saliency of each."""

    classes: Sequence[Classification]
    saliencies: Sequence[Saliency]


@dataclass(frozen=True)
class Focused:
    """A finished photo; all of the photo's own width and height.

    blurred: uint8 (H, W, 3).   mask: uint8 (H, W), the alpha of the composite.   saliency: uint8 (H, W), grey.
    """

    blurred: Pixels
    mask: Pixels
    saliency: Pixels


def receive(
    row: Mapping[str, Any],
    headers: Mapping[str, Any],
    model: Model,
    settings: Settings,
    *,
    decode: Callable[[bytes, Settings], Photo] = decode_photo,
    explain: bool = False,
) -> Job:
    """request → photo. Raises FocalError for a row that cannot be served."""
    request = parse_request(row, headers)
    target = request.options.target
    index = None if target is None else class_index(model.backbone.labels, target)
    return Job(decode(request.photo, settings), request.options, index, request.picture_format, explain)


def look(model: Model, job: Job, probabilities: npt.NDArray[np.float32]) -> Look:
    """class → saliency; probabilities: the photo's, float32 (1000,), from `classify`."""
    if job.explain:
        classes = top_classes(model, probabilities, EXPLAINED_CLASSES)
    elif job.target_index is not None:
        classes = [classification(model, probabilities, job.target_index)]
    else:
        classes = top_classes(model, probabilities, 1)
    view = classic_view(job.photo.pixels) if job.options.mask == "classic" else whole_view(job.photo.pixels)
    return Look(classes, guided_saliency(model, view, [found.index for found in classes]))


def focus(photo: Photo, options: Options, saliency: Saliency) -> Focused:
    """saliency → mask → blur."""
    pixels = photo.pixels
    grey = _photo_sized(grey_saliency(saliency.gradient), pixels)
    if options.mask == "classic":
        mask = classic_mask(grey)
        return Focused(classic_blur(pixels, mask), mask, grey)
    alpha = full_size_alpha(pixels, refined_mask(pixels, saliency))
    blurred = blur_background(pixels, alpha, strength_frac=options.strength, bokeh=options.bokeh)
    return Focused(blurred, alpha, grey)


def answer(job: Job, seen: Look, settings: Settings) -> Answer:
    """mask → blur → response, or the explanation of the classes. Raises AnswerTooLarge."""
    if job.explain:
        return _explanations(job, seen, settings)
    found, photo, options, limit = seen.classes[0], job.photo, job.options, settings.max_answer_bytes
    focused = focus(photo, options, seen.saliencies[0])
    if job.picture_format:
        picture = encode_image(focused.blurred, job.picture_format, options.quality, photo.icc_profile, max_bytes=limit)
        return picture_answer(picture, job.picture_format, found.label, found.probability, settings)
    return json_answer(
        {
            "class": found.label,
            "probability": found.probability,
            "blurredImage": encode_image(
                focused.blurred, options.format, options.quality, photo.icc_profile, max_bytes=limit
            ),
            "maskImage": encode_image(focused.mask, options.format, options.quality, max_bytes=limit),
            "unblurredMask": encode_image(focused.saliency, options.format, options.quality, max_bytes=limit),
        },
        settings,
    )


def _explanations(job: Job, seen: Look, settings: Settings) -> Answer:
    """The top classes with their saliency maps, each of the photo's own size."""
    return json_answer(
        {
            "explanations": [
                {
                    "class": found.label,
                    "index": found.index,
                    "probability": found.probability,
                    "saliency": encode_image(
                        _photo_sized(grey_saliency(saliency.gradient), job.photo.pixels),
                        job.options.format,
                        job.options.quality,
                        max_bytes=settings.max_answer_bytes,
                    ),
                }
                for found, saliency in zip(seen.classes, seen.saliencies, strict=True)
            ]
        },
        settings,
    )


def _photo_sized(grey: Pixels, pixels: Pixels) -> Pixels:
    return cv2.resize(grey, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
