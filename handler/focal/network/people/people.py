"""What the networks for people say of a photo."""

from __future__ import annotations

from dataclasses import dataclass

from ...arrays import Floats


@dataclass(frozen=True)
class Face:
    """A face, in fractions of the photo's width (x) and height (y) from its top left corner.

    box: left, top, right, bottom, from the brows to the chin; it may reach a little over the photo's border.
    points: float32 (6, 2), x and y of the right eye, the left eye (the person's own right and left), the tip of the
    nose, the middle of the mouth, the right and the left ear.
    score: how certain it is that there is a face, 0..1.
    """

    box: tuple[float, float, float, float]
    points: Floats
    score: float


@dataclass(frozen=True)
class People:
    """The people in a photo.

    faces: the most certain first; those of bystanders are among them.
    person: float32 (256, 256), 0..1: how likely a place belongs to a person, over the whole photo stretched to a
    square. It also answers, less surely, where there is nobody.
    halves: the same of the upper and the lower half of a body, looked at one by one; None where no body is seen whole.
    beside_things: whether the classifier sees hardly anything that they wear, and so something else before all.
    """

    faces: tuple[Face, ...]
    person: Floats
    halves: Floats | None = None
    beside_things: bool = False
