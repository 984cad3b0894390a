"""The networks that find people, loaded and run: as another runtime runs them, and the same bits each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from focal.network.people.last_layer import without_last_layer
from focal.network.people.networks import PersonNetworks, load_person_networks
from focal.network.people.tflite import TfliteNetwork
from focal.network.people.weights import FACE_DETECTOR, PEOPLE_WEIGHTS, PERSON_SEGMENTER

ASTRONAUT = skimage.data.astronaut()


def by_opencv(file: Path, picture: np.ndarray) -> list[np.ndarray]:
    """The outputs that OpenCV computes; its new engine would lose one of the detector's two."""
    network = cv2.dnn.readNetFromTFLite(str(file), cv2.dnn.ENGINE_CLASSIC)
    network.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
    return list(network.forward(network.getUnconnectedOutLayersNames()))


@pytest.mark.parametrize(
    ("weights", "low"), [(FACE_DETECTOR, -1.0), (PERSON_SEGMENTER, 0.0)], ids=["face detector", "person segmenter"]
)
@pytest.mark.parametrize("picture", ["photo", "noise"])
def test_every_output_is_the_one_that_opencv_computes(people_weights, person_networks, weights, low, picture):
    network = person_networks.face_detector if weights is FACE_DETECTOR else person_networks.person_segmenter
    height, width = network.input_px
    pixels = np.random.default_rng(0).random((height, width, 3), np.float32)
    if picture == "photo":
        pixels = cv2.resize(ASTRONAUT, (width, height), interpolation=cv2.INTER_AREA) / np.float32(255)
    pixels = low + (1 - low) * pixels

    ours = sorted(network(pixels), key=lambda output: output.size)
    theirs = sorted(by_opencv(people_weights / weights.file_name, pixels), key=lambda output: output.size)

    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.ravel(), their.ravel(), atol=1e-3, rtol=0)


@pytest.mark.parametrize("level", [0.1, 1.0, 1000.0], ids=["in doubt", "sure", "as sure as a number can be"])
def test_the_person_segmenters_last_layer_is_the_one_that_the_runtime_computes(people_weights, level):
    file = (people_weights / PERSON_SEGMENTER.file_name).read_bytes()
    rest, last_layer = without_last_layer(file)
    x = np.float32(level) * np.random.default_rng(0).standard_normal((256, 256, 3), np.float32)

    [ours], [theirs] = TfliteNetwork(rest, last_layer)(x), TfliteNetwork(file)(x)

    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=0)


def test_a_network_that_ends_otherwise_has_no_such_layer(people_weights):
    with pytest.raises(ValueError, match="does not end as the person segmenter does"):
        without_last_layer((people_weights / FACE_DETECTOR.file_name).read_bytes())


def test_the_same_photo_gives_the_same_bits_whatever_came_before(person_networks):
    before = person_networks.find(ASTRONAUT, ASTRONAUT.shape[:2])
    person_networks.find(skimage.data.chelsea(), (300, 451))
    after = person_networks.find(ASTRONAUT, ASTRONAUT.shape[:2])

    np.testing.assert_array_equal(before.person, after.person)
    np.testing.assert_array_equal(before.faces[0].points, after.faces[0].points)
    assert [face.box for face in before.faces] == [face.box for face in after.faces]


def test_what_was_found_stays_as_it_is_when_the_next_photo_comes(person_networks):
    found = person_networks.find(ASTRONAUT, ASTRONAUT.shape[:2]).person
    kept = found.copy()
    person_networks.find(skimage.data.rocket(), (427, 640))

    np.testing.assert_array_equal(found, kept)


@pytest.mark.parametrize("content", [b"", b"no network at all", None], ids=["empty", "other bytes", "missing"])
def test_a_file_that_is_no_network_is_one_clear_sentence(tmp_path, content):
    if content is not None:
        for weights in PEOPLE_WEIGHTS:
            (tmp_path / weights.file_name).write_bytes(content)

    with pytest.raises(ValueError, match=rf"^{FACE_DETECTOR.file_name} does not hold .*; fetch it again\.$"):
        load_person_networks(tmp_path)


def run_with(people_weights, program):
    """Run a Python program in a process of its own, whose argument is the folder of the weights."""
    return subprocess.run(
        [sys.executable, "-c", program, people_weights],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_loading_them_writes_nothing_to_the_terminal(people_weights):
    program = (
        "import sys; from pathlib import Path; from focal.network.people.networks import load_person_networks\n"
        "load_person_networks(Path(sys.argv[1])); print('said', file=sys.stderr)"
    )
    ran = run_with(people_weights, program)

    assert (ran.stdout, ran.stderr) == ("", "said\n")


def test_they_run_on_one_thread(people_weights):
    program = (
        "import os, sys; from pathlib import Path; import cv2, numpy as np; cv2.setNumThreads(1)\n"
        "from focal.network.people.networks import load_person_networks\n"
        "threads = lambda: len(os.listdir('/proc/self/task'))\n"
        "before, networks = threads(), load_person_networks(Path(sys.argv[1]))\n"
        "networks.find(np.zeros((320, 320, 3), np.uint8), (320, 320)); print(threads() - before)"
    )
    ran = run_with(people_weights, program)

    assert ran.stdout == "0\n"


def test_a_photo_without_people_has_no_face(person_networks: PersonNetworks):
    for photo in (skimage.data.chelsea(), skimage.data.coffee(), skimage.data.rocket()):
        assert person_networks.find(photo, photo.shape[:2]).faces == ()
