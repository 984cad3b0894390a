"""What the networks find in a photo: photo → class → saliency, of the class to keep sharp or of several, explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from .arrays import Floats, Pixels
from .machine.cores import at_work, side_by_side
from .methods import METHODS, Finder
from .network.attribution import BetweenPasses, attribute
from .network.classifier import Classification, chosen_classes, classify
from .network.model import Model
from .network.people.people import People
from .network.saliency import Saliency, forward_pass, layer_name, photo_sized_map
from .options import ExplanationOptions, Options
from .photo.photo import Photo
from .trace import Trace


@dataclass(frozen=True)
class Inspection:
    """What the networks find in a photo: the class to keep sharp, its saliency, and people, if they are looked for.

    finder: what finds the photo's subjects, if it was wanted.
    """

    classification: Classification
    saliency: Saliency
    people: People | None = None
    finder: Finder | None = None


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


def inspect(
    photo: Photo,
    options: Options,
    model: Model,
    *,
    wants_saliency: bool,
    finds_subject: bool = False,
    trace: Trace | None = None,
) -> Inspection:
    """photo → class → saliency; the first half of `develop`, with the same parameters and errors.

    wants_saliency: whether the saliency's gradient at the input is wanted, which is found when it is first read.
    finds_subject: whether the finder is.
    The backward pass, as far as a mask needs it, runs beside the photo's graph: what no class decides need not wait.
    """
    trace, method = trace or Trace(), METHODS[options.mask]
    network, to_input = method.network_model(model), wants_saliency or method.needs_input_gradient
    passed = _forward_passes(
        photo, options, model, network, options.classes, trace, to_input=to_input, finds_subject=finds_subject
    )
    [kept] = passed.classes
    saliency, finder = side_by_side(
        lambda: trace.timed("saliency", passed.saliency_of, kept.index),
        lambda: trace.timed("mask", passed.make_finder) if finds_subject else None,
    )
    return Inspection(kept, saliency, passed.people, finder)


def name_class(photo: Photo, options: Options, model: Model, *, trace: Trace | None = None) -> Classification:
    """photo → class, and nothing more. Raises InvalidOption if the options name a class that there is not."""
    return _classify(photo, options.classes, model, trace or Trace())[0][0]


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
        return _by_guided_backprop(photo, options, model, asked, trace)
    return _by_attribution(photo, options, model, asked, trace, between_passes)


def _by_guided_backprop(
    photo: Photo, options: Options, model: Model, asked: ExplanationOptions, trace: Trace
) -> list[Explanation]:
    """Explanations by guided backpropagation; the classes share what they can, and are worked on side by side."""
    passed = _forward_passes(
        photo, options, model, model, asked.classes, trace, count=asked.count, to_input=True, finds_subject=True
    )

    def backward_pass(index: int) -> tuple[Saliency, Floats, Pixels]:
        saliency = trace.timed("saliency", passed.saliency_of, index)
        attribution = trace.timed("saliency", saliency.at, asked.place)
        return saliency, attribution, trace.timed("mask", photo_sized_map, attribution, *photo.pixels.shape[:2])

    passes = [partial(backward_pass, each.index) for each in passed.classes]
    *found, finder = side_by_side(*passes, partial(trace.timed, "mask", passed.make_finder))
    confidences = side_by_side(*(partial(trace.timed, "mask", finder.confidence, each) for each, _, _ in found))
    parts = zip(passed.classes, found, confidences, strict=True)
    return [
        Explanation(known, picture, confidence, attribution, passed.logits, passed.view)
        for known, (_, attribution, picture), confidence in parts
    ]


def _by_attribution(
    photo: Photo,
    options: Options,
    model: Model,
    asked: ExplanationOptions,
    trace: Trace,
    between_passes: BetweenPasses,
) -> list[Explanation]:
    """Explanations by the methods of network/attribution; no mask is made of these, so none has a confidence."""
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


@dataclass(frozen=True)
class _ForwardPasses:
    """What a photo shows before any class is gone into, and what goes on from there.

    view, logits: as in Explanation.   saliency_of: the saliency of a class, by its index.
    """

    classes: list[Classification]
    people: People | None
    view: Pixels
    logits: Floats
    saliency_of: Callable[[int], Saliency]
    make_finder: Callable[[], Finder]


def _forward_passes(
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
) -> _ForwardPasses:
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
    people = trace.timed("people", method.find_people, faces, view, photo, probabilities, model)
    make_finder = partial(method.finder, photo, guide, features, people, options)
    return _ForwardPasses(classes, people, view, features.logits, saliency_of, make_finder)


def _classify(
    photo: Photo, names: Sequence[int | str], model: Model, trace: Trace, *, count: int = 1
) -> tuple[list[Classification], Floats]:
    """The classes that are named, else the `count` most probable; and the probabilities of all, float32 (1000,)."""
    with trace.stage("classify"):
        probabilities = classify(model, photo.preview)
        classes = chosen_classes(model, probabilities, names, count)
        trace.label, trace.probability = classes[0].label, classes[0].probability
    return classes, probabilities
