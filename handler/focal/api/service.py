"""A request in, an answer out, in three steps: decode the request, predict, encode the response."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from ..arrays import Pixels
from ..errors import InvalidOption, naming
from ..inspection import Explanation, explain, name_class
from ..machine.cores import at_work, side_by_side
from ..network.attribution import BetweenPasses
from ..network.classifier import Classification
from ..network.labels import class_index
from ..network.model import Model
from ..options import ExplanationOptions, Options
from ..photo.client_depth import fitting_depth
from ..photo.client_mask import ClientMask, alpha_of
from ..photo.depth import DepthMap
from ..photo.encode import encode_image
from ..photo.photo import Photo
from ..pipeline import Developed, develop
from ..settings import Settings
from ..trace import Trace
from .archive import explanation_archive
from .parts import DEPTH_FIELD, KNOWN_FIELDS, MASK_FIELD
from .request import ANSWER_FIELDS, parse_request
from .response import Answer, archive_answer, json_answer, picture_answer
from .time_limit import taken_s, wait_limit


class Decoder(Protocol):
    """What decodes the files of a request; photo/decoder_process has the one that outlives hostile files."""

    def decode(self, data: bytes, *, metadata: bool = False) -> Photo:
        """As `decode_photo`."""

    def decode_mask(self, data: bytes) -> Photo:
        """As the function `decode_mask`."""

    def decode_depth(self, data: bytes) -> DepthMap:
        """As the function `decode_depth`."""


@dataclass(frozen=True)
class DecodedRequest:
    """A request that is ready to be worked on.

    picture_format: jpeg, png or webp if the answer is the picture itself, None if it is JSON.
    fields: those of a JSON answer that are wanted.
    explanation: what an explanation is asked for; None if none is.
    between_passes: raises TimedOut once the request has taken longer than it may.
    client_mask, client_alpha: the client's mask as it was sent, and as uint8 (H, W); both or neither.
    client_depth: the client's map of depth.
    """

    photo: Photo
    options: Options
    picture_format: str | None = None
    fields: tuple[str, ...] = ANSWER_FIELDS
    explanation: ExplanationOptions | None = None
    between_passes: BetweenPasses = lambda: None
    client_mask: ClientMask | None = None
    client_alpha: Pixels | None = None
    client_depth: DepthMap | None = None
    trace: Trace = field(default_factory=Trace)

    def wants(self, *names: str) -> bool:
        """Whether any of these fields of a JSON answer is wanted; of a picture itself, it is the picture alone."""
        wanted = ("blurredImage",) if self.picture_format else self.fields
        return any(name in wanted for name in names)


@at_work()
def respond(
    row: Mapping[str, Any],
    headers: Mapping[str, Any],
    model: Model,
    settings: Settings,
    *,
    decoder: Decoder,
    explains: bool = False,
    trace: Trace | None = None,
) -> Answer:
    """The answer to a row as TorchServe hands it over. Raises FocalError for one that cannot be served."""
    check = wait_limit(taken_s(headers, time.time()), settings.max_wait_s)
    request = decode_request(row, headers, model, decoder=decoder, explains=explains, trace=trace or Trace())
    request = replace(request, between_passes=lambda: check(time.time()))
    return encode_response(request, predict(request, model), settings)


def decode_request(
    row: Mapping[str, Any],
    headers: Mapping[str, Any],
    model: Model,
    *,
    decoder: Decoder,
    explains: bool,
    trace: Trace,
) -> DecodedRequest:
    """request → photo. Raises FocalError for a row that cannot be served; a wrong class before any image is decoded."""
    with trace.stage("receive"):
        request = parse_request(row, headers, explains=explains)
        labels, options, mask = model.backbone.labels, request.options, request.mask
        asked = request.explanation
        for each in (asked or options).classes:
            class_index(labels, each, "targets" if asked and asked.targets else "target")
        if mask and mask.label not in (None, *labels):
            raise InvalidOption("class must be a class label, as an answer gives it.")
    with trace.stage("decode"):
        photo = decoder.decode(request.photo, metadata=options.metadata == "basic")
        height, width = photo.pixels.shape[:2]
        trace.source_format, trace.megapixels = photo.source_format, height * width / 1e6
        alpha = _client_alpha(mask, photo, decoder) if mask else None
        depth = _client_depth(request.depth, photo, options, decoder) if request.depth is not None else None
    kind, fields, explanation = request.picture_format, request.fields, request.explanation
    return DecodedRequest(
        photo,
        options,
        kind,
        fields,
        explanation,
        client_mask=mask,
        client_alpha=alpha,
        client_depth=depth,
        trace=trace,
    )


def predict(request: DecodedRequest, model: Model) -> Developed | list[Explanation] | Classification:
    """photo → class → saliency → mask → blur, as far as the answer needs it, or the explanation of the classes."""
    photo, options, trace = request.photo, request.options, request.trace
    if asked := request.explanation:
        return explain(photo, options, model, asked, trace=trace, between_passes=request.between_passes)
    runs_networks = request.client_mask is None and options.mask != "none"
    if runs_networks and not request.wants("blurredImage", "maskImage", "unblurredMask"):
        return name_class(photo, options, model, trace=trace)
    return develop(
        photo,
        options,
        model,
        wants_saliency=request.wants("unblurredMask"),
        wants_picture=request.wants("blurredImage"),
        client_alpha=request.client_alpha,
        client_depth=request.client_depth,
        trace=trace,
    )


def encode_response(
    request: DecodedRequest, result: Developed | list[Explanation] | Classification, settings: Settings
) -> Answer:
    """What was made of the photo → the answer. Raises AnswerTooLarge."""
    with request.trace.stage("encode"):
        if isinstance(result, list):
            return _explanations(request, result, settings)
        if isinstance(result, Classification):
            return json_answer(_named(request, result), settings)
        return _developed(request, result, settings)


def _named(request: DecodedRequest, known: Classification | ClientMask | None) -> dict[str, Any]:
    """What is known of the photo's class, of the fields that are wanted."""
    values = {"class": known.label, "probability": known.probability} if known else dict.fromkeys(KNOWN_FIELDS)
    return {name: value for name, value in values.items() if request.wants(name)}


def _developed(request: DecodedRequest, result: Developed, settings: Settings) -> Answer:
    """The fields in JSON that are wanted, or the picture itself."""
    known = request.client_mask or result.classification
    label, probability = (known.label, known.probability) if known else (None, None)
    headers = _mask_headers(result) | _depth_headers(request.photo, result)
    if request.photo.has_gain_map:
        headers["X-Focal-Dropped"] = "gain-map"
    if request.picture_format:
        picture = _encode(result.picture, request, settings, request.picture_format)
        return picture_answer(picture, request.picture_format, label, probability, settings, headers)
    images = {
        "blurredImage": result.picture,
        "maskImage": result.subject.alpha,
        "unblurredMask": result.saliency,
    }
    wanted = {name: image for name, image in images.items() if request.wants(name)}
    distinct = {id(image): image for image in wanted.values() if image is not None}  # the picture may be the mask
    encoders = [partial(_encode, image, request, settings, request.options.image_format) for image in distinct.values()]
    files = dict(zip(distinct, side_by_side(*encoders), strict=True))
    encoded = {name: files.get(id(image)) for name, image in wanted.items()}
    return json_answer(_named(request, known) | encoded, settings, headers)


def _explanations(request: DecodedRequest, explanations: list[Explanation], settings: Settings) -> Answer:
    """The classes, each with its map, or the archive of all maps."""
    if request.explanation and request.explanation.output == "npz":
        return archive_answer(explanation_archive(explanations, request.explanation), settings)
    maps = side_by_side(
        *(partial(_encode, each.saliency, request, settings, request.options.image_format) for each in explanations)
    )
    values = [
        {
            "class": each.classification.label,
            "index": each.classification.index,
            "probability": each.classification.probability,
            "maskConfidence": None if each.confidence is None else round(each.confidence, 3),
            "saliency": saliency,
        }
        for each, saliency in zip(explanations, maps, strict=True)
    ]
    return json_answer({"explanations": values}, settings)


def _encode(image: Pixels, request: DecodedRequest, settings: Settings, image_format: str) -> bytes:
    photo, limit = request.photo, settings.max_answer_bytes
    return encode_image(
        image, image_format, request.options.quality, photo.icc_profile, exif=photo.exif, max_bytes=limit
    )


def _mask_headers(result: Developed) -> dict[str, str]:
    """What an answer says of its mask in headers."""
    headers = {}
    if result.subject.confidence is not None:
        headers["X-Focal-Mask-Confidence"] = f"{result.subject.confidence:.3f}"
    if result.people is not None:
        headers["X-Focal-People"] = str(result.people)
    if result.gentle:
        headers["X-Focal-Fallback"] = "gentle"
    return headers


def _depth_headers(photo: Photo, result: Developed) -> dict[str, str]:
    """What an answer says of its depth, and of what a phone left in the photo's file."""
    headers = {"X-Focal-Depth": result.focus.depth.source if result.focus else "flat"}
    if result.focus:
        headers["X-Focal-Focus"] = f"{result.focus.disparity:.3f}"
    if result.subject.source == "matte":
        headers["X-Focal-Mask"] = "matte"
    if photo.portrait.is_blurred or photo.portrait.is_original:
        headers["X-Focal-Portrait"] = "original" if photo.portrait.is_original else "rendered"
    return headers


def _client_alpha(mask: ClientMask, photo: Photo, decoder: Decoder) -> Pixels:
    """The alpha of the client's mask. Raises FocalError as for a photo, and InvalidOption for another shape."""
    with naming(MASK_FIELD):
        image = decoder.decode_mask(mask.image)
    return alpha_of(image, *photo.pixels.shape[:2])


def _client_depth(image: bytes, photo: Photo, options: Options, decoder: Decoder) -> DepthMap:
    """The client's map of depth. Raises FocalError as for a photo, and InvalidOption for colours or another shape."""
    with naming(DEPTH_FIELD):
        depth = decoder.decode_depth(image)
    return fitting_depth(depth, photo.pixels.shape[:2], options.depthNear)
