"""The one way of the data: photo → class → saliency → mask → blur, as pure functions that every caller shares.

The server, the command line, bulk jobs, the documents' pictures, the evaluation and the benchmark all call `develop`;
api/service turns what it returns into an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2

from .arrays import Floats, Pixels
from .blur.cutout import cut_out
from .blur.focus import find_focus
from .cores import at_work, side_by_side
from .errors import InvalidOption
from .mask.faces import count_people
from .mask.ground import estimate_ground
from .mask.nearness import in_focus_alpha, is_near
from .mask.phone_matte import matte_alpha
from .methods import METHODS, Finder, Focus, Subject
from .network.attribution import BetweenPasses, attribute
from .network.classifier import Classification, chosen_classes, classify
from .network.model import Model
from .network.saliency import Saliency, forward_pass, layer_name, photo_sized_map
from .options import ExplanationOptions, Options
from .people.people import People
from .photo.depth import DepthMap
from .photo.icc import from_srgb
from .photo.photo import Photo
from .photo.preview import reduce_to
from .trace import Trace


@dataclass(frozen=True)
class Inspection:
    """What the networks find in a photo: the class to keep sharp, its saliency, and people, if they are looked for."""

    classification: Classification
    saliency: Saliency
    people: People | None = None


@dataclass(frozen=True)
class Developed:
    """What was made of a photo; images of the photo's own width and height, or of what max_side left of them.

    classification: of the class that was kept sharp; None if no network ran: the mask was the client's, or none.
    subject: the mask, its source and its confidence.   picture: what the option `output` asks for: uint8 (H, W, 3), the
    photo with its background blurred or a plain one, (H, W, 4), the subject on transparency, or (H, W), the mask.
    saliency: uint8 (H, W), the grey saliency map; None if it was not wanted, or no network ran.
    gentle: whether the blur was held back, since the mask is likely wrong or the phone has blurred the photo already.
    people: how many people it is taken to show; None if they were not looked for.
    focus: the depth by which it was blurred, and the disparity in focus; None if the background is blurred alike.
    """

    classification: Classification | None
    subject: Subject
    picture: Pixels
    saliency: Pixels | None
    gentle: bool
    people: int | None = None
    focus: Focus | None = None


@dataclass(frozen=True)
class Explanation:
    """One class of a photo, and where it is.

    saliency: its map as a picture, uint8 (H, W).
    confidence: how likely a mask made of it is right, 0..1; None where the method knows none.
    attribution: the map's own numbers, float32 (c, h, w) with sign: of the view, (3, h, w), or of an inner layer.
    logits: float32 (1000,), of the view.   view: what the network saw, uint8 (h, w, 3). All classes share these two.
    """

    classification: Classification
    saliency: Pixels
    confidence: float | None
    attribution: Floats
    logits: Floats
    view: Pixels


@at_work()
def develop(
    photo: Photo,
    options: Options,
    model: Model,
    *,
    wants_saliency: bool,
    wants_picture: bool = True,
    client_alpha: Pixels | None = None,
    client_depth: DepthMap | None = None,
    trace: Trace | None = None,
) -> Developed:
    """Find the photo's subject and blur the rest, or cut it out.

    wants_saliency: whether the saliency map is made as well; mask and picture are the same bytes with and without it.
    wants_picture: whether the picture is made; without it, the mask stands in its place.
    client_alpha: uint8 (H, W), of the photo's own size, a mask of the client's, in place of class, saliency and mask.
    client_depth: a map of depth of the client's own, in place of the photo's.
    trace: gets the times of the stages, and what became known.
    Raises InvalidOption if the options name a class that the model does not know, or go by a depth that there is not.
    """
    trace, method = trace or Trace(), METHODS[options.mask]
    photo = photo.reduced(options.max_side)
    if client_alpha is not None and options.max_side is not None:
        client_alpha = reduce_to(client_alpha, options.max_side)
    found = _find(photo, options, model, wants_saliency, client_alpha, trace)
    trace.people = found.people

    def mask_and_blur() -> tuple[Subject, Focus | None, Pixels, bool]:
        with trace.stage("mask"):
            subject, focus = _focus(photo, options, found.subject(), client_depth)
        trace.foreground, trace.confidence = float(cv2.mean(subject.alpha)[0]) / 255, subject.confidence
        trace.mask, trace.depth = subject.source, focus.depth.source if focus else "flat"
        with trace.stage("blur"):
            output = options.output if wants_picture else "mask"
            gentle = trace.fallback = output == "blurred" and method.is_gentle(photo, subject, options)
            return subject, focus, _picture(output, photo, subject, focus, options, gentle=gentle), gentle

    (subject, focus, picture, gentle), shown = side_by_side(mask_and_blur, found.saliency)
    return Developed(found.classification, subject, picture, shown, gentle, found.people, focus)


@dataclass(frozen=True)
class _Found:
    """What a photo was found to show, as in Developed; subject and saliency still have to be made.

    subject: gives none where the mask is none.   saliency: gives none where it is not wanted.
    """

    classification: Classification | None = None
    subject: Callable[[], Subject | None] = lambda: None
    saliency: Callable[[], Pixels | None] = lambda: None
    people: int | None = None


def _find(
    photo: Photo, options: Options, model: Model, wants_saliency: bool, client_alpha: Pixels | None, trace: Trace
) -> _Found:
    """photo → class → saliency, as far as they are needed, and what makes mask and map of it."""
    if client_alpha is not None:
        return _Found(subject=lambda: Subject(client_alpha, source="client"))
    if options.mask == "none":
        return _Found()
    people = _matte(photo, options, trace)
    if people and not wants_saliency:
        return _Found(name_class(photo, options, model, trace=trace), lambda: people)
    looked_at = replace(options, people="off") if people else options
    inspection, finder = _inspect(photo, looked_at, model, wants_saliency, trace, finds_subject=people is None)
    (height, width), saliency = photo.pixels.shape[:2], inspection.saliency

    def shown() -> Pixels:
        gradient = trace.timed("saliency", lambda: saliency.gradient)
        return trace.timed("mask", photo_sized_map, gradient, height, width)

    looked_for = METHODS[options.mask].looks_for_people(model, looked_at)
    return _Found(
        inspection.classification,
        (lambda: finder.find_subject(saliency)) if finder else (lambda: people),
        shown if wants_saliency else lambda: None,
        count_people(inspection.people, width / height) if looked_for else None,
    )


def _matte(photo: Photo, options: Options, trace: Trace) -> Subject | None:
    """The people whom the phone saw, if nothing else is asked for."""
    elsewhere = options.target is not None or options.points is not None
    if photo.portrait.matte is None or options.mask != "auto" or elsewhere:
        return None
    with trace.stage("mask"):
        alpha = matte_alpha(photo.portrait.matte, photo.pixels.shape[:2], options.point)
    return None if alpha is None else Subject(alpha, source="matte")


def _focus(
    photo: Photo, options: Options, subject: Subject | None, client_depth: DepthMap | None
) -> tuple[Subject, Focus | None]:
    """The depth to blur by, from the first of its sources that there is, and what is in focus.

    Without a subject, all that is in focus is one. Raises InvalidOption if there is then no depth either.
    """
    depth = client_depth or _own_depth(photo, options, subject)
    if subject is None:
        if depth is None:
            raise InvalidOption(
                "The mask none goes by depth, of which the photo has none; send a depthImage or leave out the mask."
            )
        focus = Focus(depth, find_focus(depth.disparity, None, options.point, options.focus))
        alpha = in_focus_alpha(depth.disparity, focus.disparity, *photo.pixels.shape[:2])
        return Subject(alpha, source="none"), focus
    if depth is None:
        if subject.source == "client" and options.point is not None:
            raise InvalidOption(
                "With a maskImage, point is what is in focus, but no depth is known; "
                "send a depthImage or leave out point."
            )
        return subject, None
    return subject, Focus(depth, find_focus(depth.disparity, subject.alpha, options.point, options.focus))


def _own_depth(photo: Photo, options: Options, subject: Subject | None) -> DepthMap | None:
    """The depth in the photo's file, else that of the ground on which the subject stands, if it is asked for.

    The file's sign is not trusted: what is known to be the subject, or a person, must be near.
    """
    if options.depth == "flat" or options.mask == "classic":
        return None
    depth, known = photo.portrait.depth, subject.alpha if subject else photo.portrait.matte
    if depth and (known is None or is_near(depth.disparity, known)):
        return depth
    return estimate_ground(subject.alpha, photo.preview) if subject else None


def inspect(
    photo: Photo, options: Options, model: Model, *, wants_saliency: bool, trace: Trace | None = None
) -> Inspection:
    """photo → class → saliency; the first half of `develop`, with the same parameters and errors."""
    trace = trace or Trace()
    inspection, _ = _inspect(photo, options, model, wants_saliency, trace, finds_subject=False)
    if wants_saliency:
        trace.timed("saliency", lambda: inspection.saliency.gradient)
    return inspection


def _inspect(
    photo: Photo, options: Options, model: Model, wants_saliency: bool, trace: Trace, *, finds_subject: bool
) -> tuple[Inspection, Finder | None]:
    """As `inspect`, and what finds the photo's subjects, if it is wanted.

    The backward pass, as far as a mask needs it, runs beside the photo's graph: what no class decides need not wait.
    """
    method = METHODS[options.mask]
    network, to_input = method.network_model(model), wants_saliency or method.needs_input_gradient
    look = _look(photo, options, model, network, options.classes, trace, to_input=to_input, finds_subject=finds_subject)
    [kept] = look.classes
    saliency, finder = side_by_side(
        lambda: trace.timed("saliency", look.saliency_of, kept.index),
        lambda: trace.timed("mask", look.make_finder) if finds_subject else None,
    )
    return Inspection(kept, saliency, look.people), finder


@dataclass(frozen=True)
class _Look:
    """What a photo shows before any class is gone into.

    view, logits: as in Explanation.   saliency_of: the saliency of a class, by its index.
    """

    classes: list[Classification]
    people: People | None
    view: Pixels
    logits: Floats
    saliency_of: Callable[[int], Saliency]
    make_finder: Callable[[], Finder]


def _look(
    photo: Photo,
    options: Options,
    model: Model,
    network: Model,
    names: Sequence[int | str],
    trace: Trace,
    *,
    count: int = 1,
    to_input: bool,
    finds_subject: bool,
) -> _Look:
    """Both views of the photo go through the network side by side, beside the search for faces.

    network: the model whose gradients are taken.   names, count: of the classes, as for `_classify`.
    """
    method = METHODS[options.mask]
    view = method.view(photo)
    (features, saliency_of), (classes, probabilities), faces, guide = side_by_side(
        lambda: trace.timed("saliency", forward_pass, network, view, to_input=to_input),
        lambda: _classify(photo, names, model, trace, count=count),
        lambda: trace.timed("people", method.find_faces, view, photo, model, options),
        lambda: trace.timed("mask", method.guide, photo) if finds_subject else None,
    )
    people = trace.timed("people", method.find_people, faces, view, probabilities, model)
    make_finder = partial(method.prepare, photo, guide, features, people, options)
    return _Look(classes, people, view, features.logits, saliency_of, make_finder)


@at_work()
def explain(
    photo: Photo,
    options: Options,
    model: Model,
    asked: ExplanationOptions | None = None,
    *,
    trace: Trace | None = None,
    between_passes: BetweenPasses = lambda: None,
) -> list[Explanation]:
    """Classes of a photo, each with its map: the five most probable, or those that are asked for.

    In float32 throughout. One forward pass and one graph serve all of them, where the method needs no more.
    between_passes: is called before each pass of a method that takes many; whatever it raises ends the work.
    Raises InvalidOption if a class is asked for that the model does not know.
    """
    trace, asked = trace or Trace(), asked or ExplanationOptions()
    photo = photo.reduced(options.max_side)
    if asked.method == "guided_backprop":
        return _guided_explanations(photo, options, model, asked, trace)
    classes, _ = _classify(photo, asked.classes, model, trace, count=asked.count)
    indices, view = [each.index for each in classes], METHODS[options.mask].view(photo)
    with trace.stage("saliency"):
        layer = layer_name(model, asked.place)
        maps, logits = attribute(
            *(model, view, indices, asked.method, layer), samples=asked.gradients, between_passes=between_passes
        )
    with trace.stage("mask"):
        pictures = [photo_sized_map(each, *photo.pixels.shape[:2]) for each in maps]
    parts = zip(classes, pictures, maps, strict=True)
    return [Explanation(known, picture, None, each, logits, view) for known, picture, each in parts]


def _guided_explanations(
    photo: Photo, options: Options, model: Model, asked: ExplanationOptions, trace: Trace
) -> list[Explanation]:
    """Explanations by guided backpropagation; the classes share what they can, and are worked on side by side."""
    look = _look(
        photo, options, model, model, asked.classes, trace, count=asked.count, to_input=True, finds_subject=True
    )

    def passed_back(index: int) -> tuple[Saliency, Floats, Pixels]:
        saliency = trace.timed("saliency", look.saliency_of, index)
        attribution = trace.timed("saliency", saliency.at, asked.place)
        return saliency, attribution, trace.timed("mask", photo_sized_map, attribution, *photo.pixels.shape[:2])

    passes = [partial(passed_back, each.index) for each in look.classes]
    *found, finder = side_by_side(*passes, partial(trace.timed, "mask", look.make_finder))
    confidences = side_by_side(*(partial(trace.timed, "mask", finder.confidence, each) for each, _, _ in found))
    parts = zip(look.classes, found, confidences, strict=True)
    return [
        Explanation(known, picture, confidence, attribution, look.logits, look.view)
        for known, (_, attribution, picture), confidence in parts
    ]


def name_class(photo: Photo, options: Options, model: Model, *, trace: Trace | None = None) -> Classification:
    """photo → class, and nothing more. Raises InvalidOption if the options name a class that there is not."""
    return _classify(photo, options.classes, model, trace or Trace())[0][0]


def _classify(
    photo: Photo, names: Sequence[int | str], model: Model, trace: Trace, *, count: int = 1
) -> tuple[list[Classification], Floats]:
    """The classes that are named, else the `count` most probable; and the probabilities of all, float32 (1000,)."""
    with trace.stage("classify"):
        probabilities = classify(model, photo.preview)
        classes = chosen_classes(model, probabilities, names, count)
        trace.label, trace.probability = classes[0].label, classes[0].probability
    return classes, probabilities


def _picture(
    output: str, photo: Photo, subject: Subject, focus: Focus | None, options: Options, *, gentle: bool
) -> Pixels:
    """What the option `output` asks for, as in Developed."""
    if output == "mask":
        return subject.alpha
    if output == "cutout":
        colour = options.background and from_srgb(options.background, photo.icc_profile)
        return cut_out(photo.pixels, subject.alpha, colour)
    return METHODS[options.mask].blur(photo, subject, focus, options, gentle=gentle)
