"""When a photo counts as one of people."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from focal.network import backbones
from focal.network.classifier import classify
from focal.network.people.people import Face, People
from focal.network.people.presence import (
    COVERING,
    WORN,
    are_beside_things,
    are_certain,
    are_present,
    is_decided,
    may_be_present,
    may_be_turned,
    worn_probability,
)

LABELS = ("tiger cat", "jean", "trench coat", "racket")
NOBODY = People((), np.zeros((256, 256), np.float32))


def face(score: float) -> Face:
    return Face((0.4, 0.4, 0.6, 0.6), np.full((6, 2), 0.5, np.float32), score)


def body(level: float = 1.0) -> People:
    """A map with a sharp outline and no face."""
    person = np.zeros((256, 256), np.float32)
    person[60:200, 100:160] = level
    return People((), person)


def probabilities(**of: float) -> np.ndarray:
    return np.array([of.get(label.replace(" ", "_"), 0.0) for label in LABELS], np.float32)


@pytest.mark.parametrize("scores", [(0.85,), (0.6, 0.55)], ids=["a certain face", "two less certain ones"])
def test_faces_are_enough(scores):
    seen = People(tuple(face(score) for score in scores), NOBODY.person)

    assert are_present(seen, LABELS, probabilities(tiger_cat=1))


@pytest.mark.parametrize(("worn", "present"), [(0.0, False), (0.2, True)])
def test_one_uncertain_face_may_be_a_toys_unless_something_is_worn(worn, present):
    assert are_present(People((face(0.7),), NOBODY.person), LABELS, probabilities(jean=worn)) == present


def test_somebody_from_behind_is_known_by_a_clear_map_and_what_is_worn():
    assert are_present(body(), LABELS, probabilities(jean=0.07, trench_coat=0.05, racket=0.8))


def test_without_a_face_only_what_covers_a_body_counts():
    """A mushroom is a clog or a bonnet to the classifier, and the person network marks it."""
    labels, seen = (*LABELS, "clog"), np.array([0, 0.02, 0, 0, 0.5], np.float32)

    assert COVERING < WORN
    assert not are_present(body(), labels, seen)
    assert are_present(People((face(0.6),), NOBODY.person), labels, seen)


def test_a_clear_map_of_an_animal_is_nobody():
    assert not are_present(body(), LABELS, probabilities(tiger_cat=0.97, jean=0.02))


@pytest.mark.parametrize("people", [NOBODY, body(0.6)], ids=["empty", "undecided"])
def test_clothes_without_a_clear_map_are_nobody(people):
    assert not is_decided(people.person)
    assert not are_present(people, LABELS, probabilities(jean=0.9))


@pytest.mark.parametrize("faces", [(), (0.7,), (0.85,)], ids=["no face", "an uncertain one", "a certain one"])
@pytest.mark.parametrize("worn", [0.0, 0.2])
def test_no_map_finds_somebody_where_nobody_may_be(faces, worn):
    found, seen = tuple(face(score) for score in faces), probabilities(jean=worn)

    present = [are_present(People(found, map_.person), LABELS, seen) for map_ in (NOBODY, body())]

    assert may_be_present(found, LABELS, seen) == any(present)


@pytest.mark.parametrize(("worn", "turned"), [(0.09, False), (0.11, True)])
def test_a_hint_of_what_is_worn_is_worth_a_look_for_somebody_turned(worn, turned):
    assert may_be_turned((face(0.6), face(0.65)), LABELS, probabilities(jean=worn)) == turned


def test_where_an_upright_face_is_as_sure_as_a_turned_one_must_be_nobody_is_looked_for_who_is_turned():
    assert not may_be_turned((face(0.55), face(0.71)), LABELS, probabilities(jean=0.9))


def test_faces_are_certain_by_their_scores_together():
    assert are_certain((face(0.85),))
    assert are_certain((face(0.55), face(0.6)))
    assert not are_certain((face(0.75),))


@pytest.mark.parametrize(("worn", "beside"), [(0.09, True), (0.11, False)])
def test_people_are_beside_things_where_hardly_anything_worn_is_seen(worn, beside):
    assert are_beside_things(LABELS, probabilities(tiger_cat=0.8, jean=worn)) == beside


def test_every_class_that_is_worn_is_one_of_the_backbones():
    for name in backbones.names():
        assert set(backbones.find(name).labels) >= WORN


def test_without_these_classes_a_face_is_believed_and_a_map_is_not():
    other_classes = np.ones(1, np.float32)

    assert are_present(People((face(0.55),), NOBODY.person), LABELS, other_classes)
    assert not are_present(body(), LABELS, other_classes)
    assert not may_be_turned((), LABELS, other_classes)
    assert not are_beside_things(LABELS, other_classes)
    assert worn_probability(LABELS, probabilities(jean=0.5, racket=0.5)) == 0.5


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "hubble_deep_field"])
def test_nobody_is_seen_in_photos_of_animals_and_things(name, lite0, person_networks):
    pixels = getattr(skimage.data, name)()
    found = person_networks.find(pixels, pixels.shape[:2])

    assert not are_present(found, lite0.backbone.labels, classify(lite0, pixels))


def test_the_astronaut_is_seen(lite0, person_networks):
    pixels = skimage.data.astronaut()

    assert are_present(person_networks.find(pixels, pixels.shape[:2]), lite0.backbone.labels, classify(lite0, pixels))
