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
from .mask.photo_graph import Guide, PhotoGraph, build_graph, build_guide
from .mask.refined import find_area, refined_mask
from .network.model import Model
from .network.people.people import Face, People
from .network.people.search import find_people
from .network.saliency import Features, Saliency, photo_sized_map
from .options import Options
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


class Finder(Protocol):
    """What finds the subject of a photo that is known, for one class or another."""

    def find_subject(self, saliency: Saliency) -> Subject:
        """saliency → mask."""

    def confidence(self, saliency: Saliency) -> float | None:
        """How likely the mask made of a saliency is right."""


class Method(Protocol):
    """One way from a photo to its mask and its picture."""

    needs_input_gradient: bool

    def network_model(self, model: Model) -> Model:
        """The model whose gradients the mask is made of."""

    def view(self, photo: Photo) -> Pixels:
        """What the network gets to see: uint8 (h, w, 3)."""

    def looks_for_people(self, model: Model, options: Options) -> bool:
        """Whether the mask can use people, they are to be looked for, and the model can find them."""

    def find_faces(self, view: Pixels, photo: Photo, model: Model, options: Options) -> tuple[Face, ...] | None:
        """The faces in a photo; None if they are not looked for.   view: of the photo, as `view` gives it."""

    def find_people(
        self, faces: tuple[Face, ...] | None, view: Pixels, photo: Photo, probabilities: Floats, model: Model
    ) -> People | None:
        """The people in a photo, by its faces; None if there are none, or they are not looked for.

        view: of the photo, as above.   probabilities: of the model's classes, float32 (n,).
        """

    def guide(self, photo: Photo) -> Guide | None:
        """What a mask needs of the photo and no network decides; None if it needs nothing."""

    def finder(
        self, photo: Photo, guide: Guide | None, features: Features, people: People | None, options: Options
    ) -> Finder:
        """What finds subjects in this photo: all that a mask needs of it and no class decides.   guide: as above."""

    def is_gentle(self, photo: Photo, subject: Subject, options: Options) -> bool:
        """Whether the blur is held back, since the mask is likely wrong or the phone has blurred the photo already."""

    def blur(self, photo: Photo, subject: Subject, focus: Focus | None, options: Options, *, gentle: bool) -> Pixels:
        """mask → blur, by depth or, without a focus, of the whole background alike.   Returns uint8 (H, W, 3)."""


@dataclass(frozen=True)
class RefinedFinder:
    """Of Focal's own method: the classes of a photo share its graph."""

    photo: Photo
    graph: PhotoGraph
    options: Options

    def find_subject(self, saliency: Saliency) -> Subject:
        """See Finder."""
        found = refined_mask(self.graph, saliency, self.options.clicks)
        alpha = full_size_alpha(self.photo.pixels, found.mask, self.graph.fine_filter)
        return Subject(raise_faces(alpha, found.area.faces, found.area.inside), found.area.confidence)

    def confidence(self, saliency: Saliency) -> float | None:
        """See Finder."""
        return find_area(self.graph, saliency, self.options.clicks).confidence


@dataclass(frozen=True)
class ClassicFinder:
    """Of the published algorithm, which needs the saliency only."""

    photo: Photo

    def find_subject(self, saliency: Saliency) -> Subject:
        """See Finder."""
        return Subject(
            classic.classic_mask(photo_sized_map(saliency.gradient, *self.photo.pixels.shape[:2])), source="classic"
        )

    def confidence(self, saliency: Saliency) -> float | None:
        """It has none."""
        return None


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

    def find_faces(self, view: Pixels, photo: Photo, model: Model, options: Options) -> tuple[Face, ...] | None:
        """See Method."""
        if model.people is None or not self.looks_for_people(model, options):
            return None
        return model.people.find_faces(view, photo.pixels.shape[:2])

    def find_people(
        self, faces: tuple[Face, ...] | None, view: Pixels, photo: Photo, probabilities: Floats, model: Model
    ) -> People | None:
        """See Method."""
        if model.people is None or faces is None:
            return None
        pixels, labels = photo.pixels, model.backbone.labels
        return find_people(model.people, faces, view, photo.preview, pixels.shape[:2], labels, probabilities)

    def guide(self, photo: Photo) -> Guide | None:
        """See Method."""
        return build_guide(photo.preview)

    def finder(
        self, photo: Photo, guide: Guide | None, features: Features, people: People | None, options: Options
    ) -> Finder:
        """See Method."""
        graph = build_graph(photo.preview, features, people, guide)
        _ = graph.coarse_filter, graph.fine_filter  # now, beside the backward pass
        return RefinedFinder(photo, graph, options)

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

    def find_faces(self, view: Pixels, photo: Photo, model: Model, options: Options) -> tuple[Face, ...] | None:
        """See Method."""
        return None

    def find_people(
        self, faces: tuple[Face, ...] | None, view: Pixels, photo: Photo, probabilities: Floats, model: Model
    ) -> People | None:
        """See Method."""
        return None

    def guide(self, photo: Photo) -> Guide | None:
        """See Method."""
        return None

    def finder(
        self, photo: Photo, guide: Guide | None, features: Features, people: People | None, options: Options
    ) -> Finder:
        """See Method."""
        return ClassicFinder(photo)

    def is_gentle(self, photo: Photo, subject: Subject, options: Options) -> bool:
        """The classic blur cannot be held back."""
        return False

    def blur(self, photo: Photo, subject: Subject, focus: Focus | None, options: Options, *, gentle: bool) -> Pixels:
        """The published algorithm knows no depth."""
        return classic.classic_blur(photo.pixels, subject.alpha)


REFINED = Refined()
METHODS: Mapping[str, Method] = {"auto": REFINED, "refined": REFINED, "classic": Classic(), "none": REFINED}
