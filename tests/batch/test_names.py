"""Which files are photos, and what their results are called."""

import pytest
from batch.names import companion, is_photo, results


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG", "holiday/b.HEIC", "c.tiff", "d.avif", "e.webp", "f.gif", "g.bmp"])
def test_files_of_the_accepted_formats_are_photos(name):
    assert is_photo(name)


@pytest.mark.parametrize("name", ["notes.txt", "a.pdf", "jpg", ".hidden.jpg", ".cache/a.jpg", "a.jpg.part", "a.psd"])
def test_other_and_hidden_files_are_none(name):
    assert not is_photo(name)


def test_a_result_is_named_like_its_photo():
    photos = ["a.jpg", "B.JPG", "c/d.heic", "e.f.png"]
    assert list(results(photos, "jpeg")) == list(zip(photos, ["a.jpg", "B.JPG", "c/d.jpg", "e.f.jpg"], strict=True))
    assert dict(results(["a.jpg", "b.png"], "png")) == {"a.jpg": "a.png", "b.png": "b.png"}


def test_equal_names_are_numbered_whatever_their_case():
    photos = ["boat.heic", "boat.png", "BOAT.jpg", "boat-2.jpg"]
    assert dict(results(photos, "jpeg")) == {
        "boat.heic": "boat.jpg",
        "boat.png": "boat-2.jpg",
        "BOAT.jpg": "BOAT-3.jpg",
        "boat-2.jpg": "boat-2-2.jpg",
    }


def test_names_that_are_taken_are_not_given_again():
    assert dict(results(["boat.png"], "jpeg", taken=["boat.jpg"])) == {"boat.png": "boat-2.jpg"}


def test_a_result_does_not_take_the_name_of_anothers_mask():
    named = dict(results(["a.jpg", "a.mask.jpg"], "jpeg", words=["mask"]))
    assert named == {"a.jpg": "a.jpg", "a.mask.jpg": "a.mask-2.jpg"}


def test_what_accompanies_a_result_has_a_word_in_its_name():
    assert companion("holiday/boat.jpg", "mask") == "holiday/boat.mask.jpg"
