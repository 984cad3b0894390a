"""The one way of the data: photo → class → saliency → mask → blur, as pure functions that every caller shares.

The server, the command line, bulk jobs, the documents' pictures, the evaluation and the benchmark all call `develop`;
api/service turns what it returns into an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from .arrays import Floats, Pixels
from .mask.faces import count_people
from .methods import METHODS, Subject
from .network.classifier import Classification, class_index, classification, classify, top_classes
from .network.model import Model
from .network.saliency import Saliency, guided_saliency, photo_sized_map
from .options import Options
from .people.people import People
from .photo.decode import Photo
from .trace import Trace

EXPLAINED_CLASSES = 5


@dataclass(frozen=True)
class Inspection:
    """What the networks find in a photo: the class to keep sharp, its saliency, and people, if they are looked for."""

    classification: Classification
    saliency: Saliency
    people: People | None = None


@dataclass(frozen=True)
class Developed:
    """What was made of a photo; images of the photo's own width and height.

    classification: of the class that was kept sharp; None if the mask was the client's.
    subject: the mask and its confidence.   picture: uint8 (H, W, 3), the photo with its background blurred.
    saliency: uint8 (H, W), the grey saliency map; None if it was not wanted, or the mask was the client's.
    gentle: whether the blur was held back, since the mask is likely wrong.
    people: how many people it is taken to show; None if they were not looked for.
    """

    classification: Classification | None
    subject: Subject
    picture: Pixels
    saliency: Pixels | None
    gentle: bool
    people: int | None = None


@dataclass(frozen=True)
class Explanation:
    """One class of a photo: its saliency map, uint8 (H, W), and how likely a mask made of it is right, 0..1.

    confidence is None where the method knows none.
    """

    classification: Classification
    saliency: Pixels
    confidence: float | None


def develop(
    photo: Photo,
    options: Options,
    model: Model,
    *,
    wants_saliency: bool,
    client_alpha: Pixels | None = None,
    trace: Trace | None = None,
) -> Developed:
    """Find the photo's subject and blur the rest.

    wants_saliency: whether the saliency map is made as well; mask and picture are the same bytes with and without it.
    client_alpha: uint8 (H, W), a mask of the client's own, in place of class, saliency and mask.
    trace: gets the times of the stages, and what became known.
    Raises InvalidOption if the options name a class that the model does not know.
    """
    trace, method = trace or Trace(), METHODS[options.mask]
    classification, shown, people_count = None, None, None
    if client_alpha is None:
        inspection = inspect(photo, options, model, wants_saliency=wants_saliency, trace=trace)
        classification = inspection.classification
        with trace.stage("mask"):
            subject = method.find_subject(photo, inspection.saliency, inspection.people, options)
            height, width = photo.pixels.shape[:2]
            shown = photo_sized_map(inspection.saliency, height, width) if wants_saliency else None
        if method.looks_for_people(model, options):
            people_count = trace.people = count_people(inspection.people, width / height)
    else:
        subject = Subject(client_alpha)
    trace.foreground, trace.confidence = float(cv2.mean(subject.alpha)[0]) / 255, subject.confidence
    with trace.stage("blur"):
        gentle = trace.fallback = method.is_gentle(subject, options)
        picture = method.blur(photo, subject, options, gentle=gentle)
    return Developed(classification, subject, picture, shown, gentle, people_count)


def inspect(
    photo: Photo, options: Options, model: Model, *, wants_saliency: bool, trace: Trace | None = None
) -> Inspection:
    """photo → class → saliency; the first half of `develop`, with the same parameters and errors."""
    trace, method = trace or Trace(), METHODS[options.mask]
    with trace.stage("classify"):
        probabilities = classify(model, photo.preview)
        kept = _kept_class(probabilities, options, model)
        trace.label, trace.probability = kept.label, kept.probability
    with trace.stage("saliency"):
        to_input = wants_saliency or method.needs_input_gradient
        view = method.view(photo)
        (saliency,) = guided_saliency(method.network_model(model), view, [kept.index], to_input=to_input)
    with trace.stage("people"):
        people = method.find_people(view, photo, probabilities, model, options)
    return Inspection(kept, saliency, people)


def explain(photo: Photo, options: Options, model: Model, *, trace: Trace | None = None) -> list[Explanation]:
    """The most probable classes of a photo, each with its saliency map, in float32 throughout.

    One forward pass and one graph serve all of them.
    """
    trace, method = trace or Trace(), METHODS[options.mask]
    with trace.stage("classify"):
        probabilities = classify(model, photo.preview)
        classes = top_classes(model, probabilities, EXPLAINED_CLASSES)
        trace.label, trace.probability = classes[0].label, classes[0].probability
    with trace.stage("saliency"):
        view = method.view(photo)
        saliencies = guided_saliency(model, view, [each.index for each in classes], to_input=True)
    with trace.stage("people"):
        people = method.find_people(view, photo, probabilities, model, options)
    with trace.stage("mask"):
        confidences = method.confidences(photo, saliencies, people, options)
        maps = [photo_sized_map(saliency, *photo.pixels.shape[:2]) for saliency in saliencies]
    return [Explanation(*each) for each in zip(classes, maps, confidences, strict=True)]


def _kept_class(probabilities: Floats, options: Options, model: Model) -> Classification:
    """The class to keep sharp: the option's, else the most probable one."""
    if options.target is None:
        return top_classes(model, probabilities, 1)[0]
    return classification(model, probabilities, class_index(model.backbone.labels, options.target))
