"""The two ways to find and blur a subject, behind one face: Focal's own, and the published algorithm.

A method says which view of the photo the network gets, makes the mask, and blurs. The option `mask` chooses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from . import classic
from .arrays import Floats, Pixels
from .blur.background import blur_background
from .blur.fallback import gentle_strength, is_gentle
from .blur.lens import blur_by_depth
from .mask.faces import raise_faces
from .mask.matte import full_size_alpha
from .mask.photo_graph import build_graph
from .mask.refined import find_area, refined_mask
from .network.model import Model
from .network.saliency import Saliency, photo_sized_map
from .options import Options
from .people.people import People
from .people.presence import are_present, may_be_present
from .photo.depth import DepthMap
from .photo.photo import Photo
from .photo.views import whole_view


@dataclass(frozen=True)
class Subject:
    """What stays sharp in a photo.

    alpha: uint8 (H, W), of the photo's own size, 255 sharp.
    confidence: that the mask is right, 0..1; None where it is not known: of any but the refined one.
    source: what made it: refined, classic, the client, a phone's matte, or none, where depth alone decides.
    """

    alpha: Pixels
    confidence: float | None = None
    source: str = "refined"


@dataclass(frozen=True)
class Focus:
    """The depth by which a photo is blurred, and the disparity in focus, 0..1."""

    depth: DepthMap
    disparity: float


class Method(Protocol):
    """One way from a photo to its mask and its picture."""

    needs_input_gradient: bool

    def network_model(self, model: Model) -> Model:
        """The model whose gradients the mask is made of."""

    def view(self, photo: Photo) -> Pixels:
        """What the network gets to see: uint8 (h, w, 3)."""

    def looks_for_people(self, model: Model, options: Options) -> bool:
        """Whether the mask can use people, they are to be looked for, and the model can find them."""

    def find_people(
        self, view: Pixels, photo: Photo, probabilities: Floats, model: Model, options: Options
    ) -> People | None:
        """The people in a photo; None if there are none, or they are not looked for.

        view: of the photo, as above.   probabilities: of the model's classes, float32 (n,).
        """

    def find_subject(self, photo: Photo, saliency: Saliency, people: People | None, options: Options) -> Subject:
        """saliency → mask."""

    def confidences(
        self, photo: Photo, saliencies: list[Saliency], people: People | None, options: Options
    ) -> list[float | None]:
        """For each class of a photo, how likely the mask made of its saliency is right."""

    def is_gentle(self, photo: Photo, subject: Subject, options: Options) -> bool:
        """Whether the blur is held back, since the mask is likely wrong or the phone has blurred the photo already."""

    def blur(self, photo: Photo, subject: Subject, focus: Focus | None, options: Options, *, gentle: bool) -> Pixels:
        """mask → blur, by depth or, without a focus, of the whole background alike.   Returns uint8 (H, W, 3)."""


class Refined:
    """Focal's own: the graph of the photo, a soft mask at full size, a lens blur."""

    needs_input_gradient = False

    def network_model(self, model: Model) -> Model:
        """bfloat16 is enough to find a subject."""
        return model.for_masks

    def view(self, photo: Photo) -> Pixels:
        """See Method."""
        return whole_view(photo.preview)

    def looks_for_people(self, model: Model, options: Options) -> bool:
        """See Method."""
        return options.people == "auto" and model.people is not None

    def find_people(
        self, view: Pixels, photo: Photo, probabilities: Floats, model: Model, options: Options
    ) -> People | None:
        """See Method."""
        if model.people is None or not self.looks_for_people(model, options):
            return None
        faces, labels = model.people.find_faces(view, photo.pixels.shape[:2]), model.backbone.labels
        if not may_be_present(faces, labels, probabilities):
            return None
        found = model.people.with_bodies(faces, view)
        return model.people.inspect_closer(found, view) if are_present(found, labels, probabilities) else None

    def find_subject(self, photo: Photo, saliency: Saliency, people: People | None, options: Options) -> Subject:
        """See Method."""
        graph = build_graph(photo.preview, saliency.features, people)
        found = refined_mask(graph, saliency, options.clicks)
        alpha = full_size_alpha(photo.pixels, found.mask, graph.fine_filter)
        return Subject(raise_faces(alpha, found.area.faces, found.area.inside), found.area.confidence)

    def confidences(
        self, photo: Photo, saliencies: list[Saliency], people: People | None, options: Options
    ) -> list[float | None]:
        """See Method. The classes share their photo's graph."""
        graph = build_graph(photo.preview, saliencies[0].features, people)
        return [find_area(graph, saliency, options.clicks).confidence for saliency in saliencies]

    def is_gentle(self, photo: Photo, subject: Subject, options: Options) -> bool:
        """See Method."""
        return is_gentle(options.fallback, subject.confidence, is_blurred=photo.portrait.is_blurred)

    def blur(self, photo: Photo, subject: Subject, focus: Focus | None, options: Options, *, gentle: bool) -> Pixels:
        """See Method."""
        strength = gentle_strength(options.strength) if gentle else options.strength
        if focus is None:
            return blur_background(photo.pixels, subject.alpha, strength_frac=strength, bokeh=options.bokeh)
        alpha = np.zeros_like(subject.alpha) if subject.source == "none" else subject.alpha
        return blur_by_depth(
            photo.pixels,
            alpha,
            focus.depth.disparity,
            focus.disparity,
            strength_frac=strength,
            bokeh=options.bokeh,
            grain=options.grain,
        )


class Classic:
    """The published algorithm, with its own view, mask and blur."""

    needs_input_gradient = True

    def network_model(self, model: Model) -> Model:
        """Its figures are those of float32."""
        return model

    def view(self, photo: Photo) -> Pixels:
        """See Method."""
        return classic.classic_view(photo.pixels)

    def looks_for_people(self, model: Model, options: Options) -> bool:
        """The published algorithm knows none."""
        return False

    def find_people(
        self, view: Pixels, photo: Photo, probabilities: Floats, model: Model, options: Options
    ) -> People | None:
        """See Method."""
        return None

    def find_subject(self, photo: Photo, saliency: Saliency, people: People | None, options: Options) -> Subject:
        """See Method."""
        grey = photo_sized_map(saliency.gradient, *photo.pixels.shape[:2])
        return Subject(classic.classic_mask(grey), source="classic")

    def confidences(
        self, photo: Photo, saliencies: list[Saliency], people: People | None, options: Options
    ) -> list[float | None]:
        """It has none."""
        return [None] * len(saliencies)

    def is_gentle(self, photo: Photo, subject: Subject, options: Options) -> bool:
        """The classic blur cannot be held back."""
        return False

    def blur(self, photo: Photo, subject: Subject, focus: Focus | None, options: Options, *, gentle: bool) -> Pixels:
        """The published algorithm knows no depth."""
        return classic.classic_blur(photo.pixels, subject.alpha)


REFINED = Refined()
METHODS: Mapping[str, Method] = {"auto": REFINED, "refined": REFINED, "classic": Classic(), "none": REFINED}
