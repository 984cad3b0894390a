"""The map of people: where the person of a photo is, and where nobody is."""

from __future__ import annotations

import cv2
import numpy as np
import skimage.data
from focal.people.segmenter import person_map

ASTRONAUT = skimage.data.astronaut()


def test_it_holds_the_person_and_not_what_is_behind(person_networks):
    person = person_map(person_networks.person_segmenter, ASTRONAUT)

    assert person.shape == (256, 256)
    assert person.dtype == np.float32
    assert 0 <= person.min() <= person.max() <= 1
    assert person[40:80, 100:125].min() > 0.9  # the face
    assert person[140:250, 60:170].mean() > 0.95  # the suit
    assert person[:90, :50].mean() < 0.02  # the flag
    assert person[:90, 210:].mean() < 0.02  # the model of the shuttle


def test_it_covers_the_whole_photo_whatever_its_proportions(person_networks):
    wide = np.full((512, 1024, 3), 128, np.uint8)
    wide[:, 512:] = ASTRONAUT

    person = person_map(person_networks.person_segmenter, cv2.resize(wide, (320, 160), interpolation=cv2.INTER_AREA))

    assert person.shape == (256, 256)
    assert person[140:, 128:].mean() > 0.6
    assert person[:, :100].mean() < 0.1


def test_nobody_is_in_a_photo_of_a_rocket(person_networks):
    assert person_map(person_networks.person_segmenter, skimage.data.rocket()).max() < 0.5
