"""Whether there is anybody in a photo: by a face, or by a body that the classifier confirms.

The person network answers on animals and things, too, so its map alone does not say that there is somebody. A certain
face does, or several less certain ones. Where no face shows, as from behind, or one that may be a toy's, people still
wear something, and the classifier, trained on the thousand classes of ImageNet with hardly one for people, names that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ...arrays import Floats
from .people import Face, People
from .turned import LEAST_SCORE

# The classes of ImageNet that people wear, and its three classes of people.
WORN = frozenset(
    """abaya, academic gown, apron, backpack, ballplayer, bathing cap, bikini, bonnet, bow tie, brassiere, breastplate,
    bulletproof vest, cardigan, Christmas stocking, cloak, clog, cowboy boot, cowboy hat, crash helmet, cuirass, diaper,
    feather boa, football helmet, fur coat, gasmask, gown, groom, hair spray, hoopskirt, jean, jersey, kimono, knee pad,
    lab coat, lipstick, Loafer, maillot, maillot tank suit, mask, military uniform, miniskirt, mitten, mortarboard,
    neck brace, necklace, overskirt, oxygen mask, pajama, poncho, purse, running shoe, sandal, sarong, scuba diver,
    seat belt, shower cap, ski mask, sock, sombrero, stole, suit, sunglass, sunglasses, sweatshirt, swimming trunks,
    trench coat, vestment, wig, Windsor tie""".replace("\n    ", " ").split(", ")
)
# Those of them that cover a body, and the people. Where no face shows, a body does, and it wears more than a bonnet or
# a clog: these are also what mushrooms, fruit and bells look like to a classifier.
COVERING = frozenset(
    """abaya, academic gown, apron, backpack, ballplayer, bikini, bulletproof vest, cardigan, cloak, diaper, fur coat,
    gown, groom, hoopskirt, jean, jersey, kimono, lab coat, maillot, maillot tank suit, military uniform, miniskirt,
    overskirt, pajama, poncho, sarong, scuba diver, suit, sweatshirt, swimming trunks, trench coat,
    vestment""".replace("\n    ", " ").split(", ")
)
# The sum of all faces' scores that needs no confirmation: faces seen in animals and toys stay below it (docs/mask.md).
CERTAIN_FACES = 0.8
# The probability of all that is worn together, where there is a face; photos of animals and things stay below .08. And
# of all that covers a body, where there is none.
LEAST_WORN, LEAST_COVERING = 0.1, 0.09
# Of a map that means somebody: the share of the photo it covers, and at most so much of it is undecided.
LEAST_COVER, MOST_UNDECIDED = 0.03, 0.4
UNLIKELY, LIKELY = 0.1, 0.9


def may_be_present(faces: Sequence[Face], labels: Sequence[str], probabilities: Floats) -> bool:
    """Whether there may be somebody in a photo, before bodies are looked for. Where not, no map can change that.

    faces: those found.   labels, probabilities: of the classifier's classes, float32 (n,), 0..1. Where it tells other
    classes apart than those that are worn, every face is believed, and nobody without one.
    """
    if len(labels) != len(probabilities):
        return bool(faces)
    if are_certain(faces):
        return True
    if faces:
        return worn_probability(labels, probabilities) >= LEAST_WORN
    return worn_probability(labels, probabilities, COVERING) >= LEAST_COVERING


def are_certain(faces: Sequence[Face]) -> bool:
    """Whether faces need no confirmation."""
    return sum(face.score for face in faces) >= CERTAIN_FACES


def may_be_turned(faces: Sequence[Face], labels: Sequence[str], probabilities: Floats) -> bool:
    """Whether somebody may be there whose face is not upright: no upright one is as sure, but something is worn.

    Parameters as for may_be_present. Where the classifier tells other classes apart, it gives no hint.
    """
    if len(labels) != len(probabilities) or any(face.score >= LEAST_SCORE for face in faces):
        return False
    return worn_probability(labels, probabilities) >= LEAST_WORN


def are_present(people: People, labels: Sequence[str], probabilities: Floats) -> bool:
    """Whether there is somebody in a photo.

    people: what the networks found.   labels, probabilities: as for may_be_present.
    """
    if not may_be_present(people.faces, labels, probabilities):
        return False
    return bool(people.faces) or is_decided(people.person)


def are_beside_things(labels: Sequence[str], probabilities: Floats) -> bool:
    """Whether the classifier sees something else before all than what people wear.

    Parameters as for may_be_present. Where it tells other classes apart, it gives no hint.
    """
    return len(labels) == len(probabilities) and worn_probability(labels, probabilities) < LEAST_WORN


def worn_probability(labels: Sequence[str], probabilities: Floats, worn: frozenset[str] = WORN) -> float:
    """The probability that the photo shows something of what is worn, 0..1."""
    return float(sum(probabilities[_places(tuple(labels), worn)].tolist()))


@cache
def _places(labels: tuple[str, ...], worn: frozenset[str]) -> list[int]:
    """Which of the classes are worn: looking up a thousand takes a tenth of a millisecond, four times a photo."""
    return [n for n, label in enumerate(labels) if label in worn]


def is_decided(person: Floats) -> bool:
    """Whether a map of the person network, float32 (h, w), 0..1, marks something and is sure of its outline."""
    marked = int(np.count_nonzero(person > UNLIKELY))
    undecided = int(np.count_nonzero((person > UNLIKELY) & (person < LIKELY)))
    return bool(np.mean(person > 0.5) >= LEAST_COVER and undecided <= MOST_UNDECIDED * marked)
