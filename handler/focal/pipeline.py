"""The one way of the data: photo → class → saliency → mask → blur, as pure functions that every caller shares.

The server, the command line, bulk jobs, the documents' pictures, the evaluation and the benchmark all call `develop`;
api/service turns what it returns into an answer. The first half, photo → class → saliency, is inspection.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2

from .arrays import Pixels
from .blur.cutout import cut_out
from .errors import InvalidOption
from .inspection import inspect, name_class
from .machine.cores import at_work, side_by_side
from .mask.faces import count_people
from .mask.focus import find_focus
from .mask.mask_and_depth import in_focus_alpha
from .mask.phone_matte import matte_alpha
from .mask.photo_depth import depth_of_photo
from .methods import METHODS, Focus, Subject
from .network.classifier import Classification
from .network.model import Model
from .network.saliency import photo_sized_map
from .options import Options
from .photo.depth import DepthMap
from .photo.icc import from_srgb
from .photo.photo import Photo
from .photo.preview import reduce_to
from .trace import Trace


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
    trace, photo = trace or Trace(), photo.reduced(options.max_side)
    if client_alpha is not None and options.max_side is not None:
        client_alpha = reduce_to(client_alpha, options.max_side)
    found = _find(photo, options, model, wants_saliency, client_alpha, trace)
    output = options.output if wants_picture else "mask"
    developed: Developed
    developed, saliency = side_by_side(
        partial(_mask_and_blur, photo, found, output, options, client_depth, trace), found.saliency
    )
    return replace(developed, saliency=saliency)


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
    people = _seen_by_phone(photo, options, trace)
    if people and not wants_saliency:
        return _Found(name_class(photo, options, model, trace=trace), lambda: people)
    asked = replace(options, people="off") if people else options
    found = inspect(photo, asked, model, wants_saliency=wants_saliency, finds_subject=people is None, trace=trace)
    (height, width), saliency, finder = photo.pixels.shape[:2], found.saliency, found.finder

    def shown() -> Pixels:
        gradient = trace.timed("saliency", lambda: saliency.gradient)
        return trace.timed("mask", photo_sized_map, gradient, height, width)

    looked_for = METHODS[options.mask].looks_for_people(model, asked)
    return _Found(
        found.classification,
        (lambda: finder.find_subject(saliency)) if finder else (lambda: people),
        shown if wants_saliency else lambda: None,
        count_people(found.people, width / height) if looked_for else None,
    )


def _seen_by_phone(photo: Photo, options: Options, trace: Trace) -> Subject | None:
    """The people whom the phone saw, if nothing else is asked for."""
    elsewhere = options.target is not None or options.points is not None
    if photo.portrait.matte is None or options.mask != "auto" or elsewhere:
        return None
    with trace.stage("mask"):
        alpha = matte_alpha(photo.portrait.matte, photo.pixels.shape[:2], options.point)
    return None if alpha is None else Subject(alpha, source="matte")


def _mask_and_blur(
    photo: Photo, found: _Found, output: str, options: Options, client_depth: DepthMap | None, trace: Trace
) -> Developed:
    """saliency → mask → blur.   output: as the option of this name."""
    trace.people = found.people
    with trace.stage("mask"):
        subject, focus = _in_focus(photo, options, found.subject(), client_depth)
    trace.foreground, trace.confidence = float(cv2.mean(subject.alpha)[0]) / 255, subject.confidence
    trace.mask, trace.depth = subject.source, focus.depth.source if focus else "flat"
    with trace.stage("blur"):
        gentle = output == "blurred" and METHODS[options.mask].is_gentle(photo, subject, options)
        picture = _picture(output, photo, subject, focus, options, gentle=gentle)
    trace.fallback = gentle
    return Developed(found.classification, subject, picture, None, gentle, found.people, focus)


def _in_focus(
    photo: Photo, options: Options, subject: Subject | None, client_depth: DepthMap | None
) -> tuple[Subject, Focus | None]:
    """The depth to blur by, from the first of its sources that there is, and what is in focus.

    Without a subject, all that is in focus is one. Raises InvalidOption if there is then no depth either.
    """
    depth = client_depth
    if depth is None and options.depth != "flat" and options.mask != "classic":
        depth = depth_of_photo(photo, subject.alpha if subject else None)
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
