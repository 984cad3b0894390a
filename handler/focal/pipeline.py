"""The way of the data, once and for everyone: request → photo → class → saliency → mask → blur → response.

The handler takes each row through these steps; whatever else works on photos (the evaluation, the benchmark, the
command line, bulk jobs) calls the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .api.request import parse_request
from .api.response import Answer, encode_image, json_answer, picture_answer
from .blur.background import blur_background
from .blur.fallback import gentle_strength, is_gentle
from .classic import classic_blur, classic_mask, classic_view
from .errors import FocalError, InvalidOption
from .mask.matte import full_size_alpha
from .mask.refined import refined_mask
from .network.classifier import Classification, class_index, classification, classify, top_classes
from .network.model import Model
from .network.saliency import Saliency, grey_saliency, guided_saliency, whole_view
from .options import Options
from .people.people import People
from .photo.client_mask import GivenMask, alpha_of
from .photo.decode import Photo, decode_photo
from .settings import Settings
from .trace import Trace

Pixels = npt.NDArray[np.uint8]
Decode = Callable[[bytes, Settings], Photo]

EXPLAINED_CLASSES = 5


@dataclass(frozen=True)
class Job:
    """A request that is ready to be worked on.

    given: the client's mask and its alpha, uint8 (H, W), which take the place of class, saliency and mask.
    """

    photo: Photo
    options: Options
    target_index: int | None = None
    picture_format: str | None = None
    explain: bool = False
    given: tuple[GivenMask, Pixels] | None = None
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True)
class Look:
    """What the networks saw in a photo: classes, the saliency of each, and people, if they were looked for."""

    classes: Sequence[Classification]
    saliencies: Sequence[Saliency]
    people: People | None = None


@dataclass(frozen=True)
class Subject:
    """What stays sharp in a photo; images of the photo's own width and height.

    alpha: uint8 (H, W), of the composite.
    saliency: uint8 (H, W), grey; None if it is not shown, or the client gave the mask.
    confidence: that the mask is right, 0..1; None where the mask is not Focal's refined one.
    """

    alpha: Pixels
    saliency: Pixels | None = None
    confidence: float | None = None


def receive(
    row: Mapping[str, Any],
    headers: Mapping[str, Any],
    model: Model,
    settings: Settings,
    *,
    decode: Decode = decode_photo,
    explain: bool = False,
    trace: Trace | None = None,
) -> Job:
    """request → photo. Raises FocalError for a row that cannot be served."""
    trace = trace or Trace()
    with trace.stage("receive"):
        request = parse_request(row, headers)
        target = request.options.target
        index = None if target is None else class_index(model.backbone.labels, target)
        if explain and request.mask:
            raise InvalidOption("An explanation takes no maskImage; send the photo alone.")
        if request.mask and request.mask.label not in (None, *model.backbone.labels):
            raise InvalidOption("class must be a class label, as an answer gives it.")
    with trace.stage("decode"):
        photo = decode(request.photo, settings)
        height, width = photo.pixels.shape[:2]
        trace.source_format, trace.megapixels = photo.source_format, height * width / 1e6
        given = (request.mask, _given_alpha(request.mask, photo, settings, decode)) if request.mask else None
    return Job(photo, request.options, index, request.picture_format, explain, given, trace)


def look(model: Model, job: Job) -> Look:
    """photo → class → saliency; nothing, if the client gave the mask.

    What is read as a result is exact, of float32 throughout: classes, explanations, and the published algorithm. Where
    a refined mask is made, the look is the mask's own; back to the input it goes only if the answer shows the map.
    """
    if job.given:
        return Look([], [])
    with job.trace.stage("classify"):
        probabilities = classify(model, job.photo.preview)
        if job.explain:
            classes = top_classes(model, probabilities, EXPLAINED_CLASSES)
        elif job.target_index is not None:
            classes = [classification(model, probabilities, job.target_index)]
        else:
            classes = top_classes(model, probabilities, 1)
        job.trace.label, job.trace.probability = classes[0].label, classes[0].probability
    with job.trace.stage("saliency"):
        classic, indices = job.options.mask == "classic", [found.index for found in classes]
        view = classic_view(job.photo.pixels) if classic else whole_view(job.photo.preview)
        if classic:
            return Look(classes, guided_saliency(model, view, indices))
        if job.explain:
            saliencies = guided_saliency(model, view, indices)
        else:
            saliencies = guided_saliency(model.for_masks, view, indices, to_input=job.picture_format is None)
    with job.trace.stage("people"):
        return Look(classes, saliencies, find_people(model, job.options, job.photo, view))


def find_people(model: Model, options: Options, photo: Photo, view: Pixels) -> People | None:
    """The people in a photo, if they are to be looked for and can be.   view: see `whole_view`."""
    if options.people == "off" or model.people is None:
        return None
    return model.people.find(view, photo.pixels.shape[:2])


def subject(photo: Photo, options: Options, saliency: Saliency) -> Subject:
    """saliency → mask."""
    if options.mask == "classic":
        grey = _photo_sized_map(photo, saliency)
        return Subject(classic_mask(grey), grey)
    found = refined_mask(photo.preview, saliency, options.point)
    alpha = full_size_alpha(photo.pixels, found.mask, found.fine)
    shown = None if saliency.input_gradient is None else _photo_sized_map(photo, saliency)
    return Subject(alpha, shown, found.confidence)


def gently(options: Options, found: Subject) -> bool:
    """Whether the blur is held back, since the mask is likely wrong. The classic blur never is."""
    return options.mask != "classic" and is_gentle(options.fallback, found.confidence)


def blurred(photo: Photo, options: Options, found: Subject) -> Pixels:
    """mask → blur; uint8 (H, W, 3)."""
    if options.mask == "classic":
        return classic_blur(photo.pixels, found.alpha)
    strength = gentle_strength(options.strength) if gently(options, found) else options.strength
    return blur_background(photo.pixels, found.alpha, strength_frac=strength, bokeh=options.bokeh)


def answer(job: Job, seen: Look, settings: Settings) -> Answer:
    """mask → blur → response, or the explanation of the classes. Raises AnswerTooLarge."""
    if job.explain:
        return _explanations(job, seen, settings)
    photo, options, trace, limit = job.photo, job.options, job.trace, settings.max_answer_bytes
    with trace.stage("mask"):
        found = Subject(job.given[1]) if job.given else subject(photo, options, seen.saliencies[0])
        trace.foreground, trace.confidence = float(cv2.mean(found.alpha)[0]) / 255, found.confidence
    with trace.stage("blur"):
        trace.fallback = gently(options, found)
        picture = blurred(photo, options, found)
    with trace.stage("encode"):
        known = job.given[0] if job.given else seen.classes[0]
        label, probability = known.label, known.probability
        headers = _mask_headers(options, found)
        if job.picture_format:
            encoded = encode_image(picture, job.picture_format, options.quality, photo.icc_profile, max_bytes=limit)
            return picture_answer(encoded, job.picture_format, label, probability, settings, headers)
        images = {"blurredImage": picture, "maskImage": found.alpha, "unblurredMask": found.saliency}
        encodings = {
            name: None
            if image is None
            else encode_image(image, options.format, options.quality, photo.icc_profile, max_bytes=limit)
            for name, image in images.items()
        }
        return json_answer({"class": label, "probability": probability, **encodings}, settings, headers)


def _mask_headers(options: Options, found: Subject) -> dict[str, str]:
    """What an answer says of its mask beside the contract's five fields."""
    headers = {}
    if found.confidence is not None:
        headers["X-Focal-Mask-Confidence"] = f"{found.confidence:.3f}"
    if gently(options, found):
        headers["X-Focal-Fallback"] = "gentle"
    return headers


def _given_alpha(mask: GivenMask, photo: Photo, settings: Settings, decode: Decode) -> Pixels:
    """The alpha of the client's mask. Raises FocalError as for a photo, and InvalidOption for another shape."""
    try:
        image = decode(mask.image, settings)
    except FocalError as error:
        raise type(error)(f"maskImage: {error.message}") from error
    return alpha_of(image, *photo.pixels.shape[:2])


def _explanations(job: Job, seen: Look, settings: Settings) -> Answer:
    """The top classes, each with its saliency map, of the photo's size, and the confidence of the mask made of it."""
    options = job.options
    with job.trace.stage("mask"):
        refined = options.mask != "classic"
        confidences = [
            refined_mask(job.photo.preview, saliency, options.point).confidence if refined else None
            for saliency in seen.saliencies
        ]
    with job.trace.stage("encode"):
        maps = [
            encode_image(
                _photo_sized_map(job.photo, saliency),
                options.format,
                options.quality,
                max_bytes=settings.max_answer_bytes,
            )
            for saliency in seen.saliencies
        ]
        explanations = [
            {
                "class": found.label,
                "index": found.index,
                "probability": found.probability,
                "maskConfidence": None if confidence is None else round(confidence, 3),
                "saliency": encoded,
            }
            for found, confidence, encoded in zip(seen.classes, confidences, maps, strict=True)
        ]
        return json_answer({"explanations": explanations}, settings)


def _photo_sized_map(photo: Photo, saliency: Saliency) -> Pixels:
    """The grey saliency map, uint8 (H, W)."""
    size = photo.pixels.shape[1::-1]
    grey = cv2.resize(grey_saliency(saliency.gradient), size, interpolation=cv2.INTER_LINEAR)
    return grey.astype(np.uint8, copy=False)
