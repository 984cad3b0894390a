"""The networks that find people, loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...arrays import Pixels
from .faces import find_faces
from .people import Face, People
from .segmenter import closer_map, halves_map, person_map
from .weights import FACE_DETECTOR, PERSON_SEGMENTER

if TYPE_CHECKING:
    from .tflite import TfliteNetwork


@dataclass(frozen=True)
class PersonNetworks:
    """Both networks, ready; one photo at a time."""

    face_detector: TfliteNetwork
    person_segmenter: TfliteNetwork

    def find(self, view: Pixels, photo_px: tuple[int, int]) -> People:
        """The faces and bodies of a photo; parameters as for the two steps of it, below."""
        return self.with_bodies(self.find_faces(view, photo_px), view)

    def find_faces(self, view: Pixels, photo_px: tuple[int, int]) -> tuple[Face, ...]:
        """The faces of a photo, the most certain first.

        view: uint8 (h, w, 3), RGB, a copy of the whole photo, about 300 px or more on its longer side; its proportions
        need not be the photo's.   photo_px: the photo's own height and width.
        """
        return find_faces(self.face_detector, view, photo_px)

    def with_bodies(self, faces: tuple[Face, ...], view: Pixels) -> People:
        """The people of a photo, from their faces and the same view."""
        return People(faces, person_map(self.person_segmenter, view))

    def inspect_closer(self, people: People, pixels: Pixels) -> People:
        """The people found, with a finer map where they take but a part of the photo, and with those of halves.

        pixels: uint8 (h, w, 3), RGB, the whole photo, in which a part still has a few hundred pixels a side.
        """
        network = self.person_segmenter
        return replace(people, person=closer_map(network, pixels, people), halves=halves_map(network, pixels, people))


def load_person_networks(folder: Path) -> PersonNetworks:
    """The networks whose files lie in a folder under their published names.

    Raises ValueError in one sentence if one is missing or broken.
    """
    return PersonNetworks(*(_load(folder / weights.file_name) for weights in (FACE_DETECTOR, PERSON_SEGMENTER)))


def _load(file: Path) -> TfliteNetwork:
    from .last_layer import without_last_layer  # only now: where nobody looks for people, no runtime need be installed
    from .tflite import TfliteNetwork

    try:
        if file.name == PERSON_SEGMENTER.file_name:
            return TfliteNetwork(*without_last_layer(file.read_bytes()))
        return TfliteNetwork(file.read_bytes())
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{file.name} does not hold a network that finds people; fetch it again.") from error
