"""The people in a photo: upright, or turned on their side or head.

A certain face, upright in the whole photo, is what most photos of people show, and needs one look. The other looks cost
as much each, so they are taken only where there is a reason: a face that is not certain, or a hint of what people wear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...arrays import Floats, Pixels
from .closer_look import is_seen_closer
from .networks import PersonNetworks
from .people import Face, People
from .presence import are_beside_things, are_present, may_be_present, may_be_turned
from .turned import find_turned, turned, turned_back


def find_people(
    networks: PersonNetworks,
    faces: tuple[Face, ...],
    view: Pixels,
    preview: Pixels,
    photo_px: tuple[int, int],
    labels: Sequence[str],
    probabilities: Floats,
) -> People | None:
    """The people in a photo; None if there are none.

    faces: those that `networks` find in the view.   view: uint8 (h, w, 3), as they want it.   preview: uint8 (h, w, 3),
    a larger copy of the whole photo.   photo_px: the photo's own height and width.
    labels, probabilities: of the classifier's classes, as in presence.py.
    """
    find, known, quarters, found = networks.find_faces, (labels, probabilities), 0, None
    if may_be_turned(faces, *known):
        found = networks.with_bodies(faces, view)
        quarters, faces = find_turned(find, faces, view, photo_px, found.person)
        if quarters:
            view, preview, found = turned(view, quarters), turned(preview, quarters), None
    if not (may_be_present(faces, *known) or (faces and is_seen_closer(find, faces[0], preview))):
        return None
    found = found or networks.with_bodies(faces, view)
    if not (faces or are_present(found, *known)):
        return None
    people = turned_back(networks.inspect_closer(found, preview), quarters)
    return replace(people, beside_things=are_beside_things(*known))
