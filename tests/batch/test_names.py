"""Which files are photos, and what their results are called."""

import os
from pathlib import PurePosixPath

import pillow_heif
import pytest
from batch.names import (
    PHOTO_SUFFIXES,
    companion,
    is_photo,
    passed_over,
    results,
    told,
    unfinished,
    without_credentials,
)
from focal.photo.readers import FORMATS
from PIL import Image


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG", "holiday/b.HEIC", "c.tiff", "d.jfif", "e.jpe", "f.mpo", "g.HIF"])
def test_files_of_the_accepted_formats_are_photos(name):
    assert is_photo(name)


def test_every_ending_that_pillow_knows_for_an_accepted_format_is_a_photos():
    pillow_heif.register_heif_opener()
    known = {suffix for suffix, name in Image.registered_extensions().items() if name in (*FORMATS, "MPO")}

    assert known <= PHOTO_SUFFIXES


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


@pytest.mark.parametrize("letter", ["x", "ü", "猫", "\udcff"])
@pytest.mark.parametrize("image_format", ["jpeg", "webp"])
def test_a_name_at_the_limit_of_the_file_system_is_cut_to_make_room(letter, image_format):
    longest = letter * (251 // len(os.fsencode(letter)))
    photos = [f"deep/{longest}.jpg", f"deep/{longest}.png", "short.jpg"]

    named = [result for _, result in results(photos, image_format, ["mask", "saliency"])]

    files = [file for result in named for file in (result, companion(result, "mask"), companion(result, "saliency"))]
    assert len({file.casefold() for file in files}) == 9
    assert max(len(os.fsencode(PurePosixPath(file).name)) for file in files) <= 255
    assert named[2] == {"jpeg": "short.jpg", "webp": "short.webp"}[image_format]


def test_a_long_name_is_kept_where_there_is_room():
    assert dict(results(["x" * 251 + ".jpg"], "jpeg")) == {"x" * 251 + ".jpg": "x" * 251 + ".jpg"}


def test_an_unfinished_file_has_a_short_hidden_name_of_its_own():
    names = [unfinished(name) for name in ("x" * 255, "x" * 254 + "y", "\udcff")]

    assert len(set(names)) == 3
    assert all(name.startswith(".") and len(name) < 30 for name in names)
    assert unfinished("x" * 255) == names[0]


def test_what_is_passed_over_is_said_in_one_line():
    assert passed_over(["notes.txt"]) == "Passed over notes.txt: not named like a photo, or no file."
    assert passed_over(["a\n.dng", "b", "c"]) == "Passed over a?.dng and 2 more: not named like a photo, or no file."


def test_what_accompanies_a_result_has_a_word_in_its_name():
    assert companion("holiday/boat.jpg", "mask") == "holiday/boat.mask.jpg"


def test_a_sentence_does_not_end_with_the_dots_of_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert [told(place) for place in (".", "..", "photos")] == [str(tmp_path), str(tmp_path.parent), "photos"]
    assert told("s3://bucket/a.") == "s3://bucket/a."  # is in no folder of this machine


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("s3://KEY:secret@bucket/a@b", "s3://bucket/a@b"),
        ("s3://KEY:sec/ret@bucket/photos", "s3://bucket/photos"),  # as it may be written by mistake
        ("s3://KEY:s ec@ret@bucket/photos", "s3://bucket/photos"),
        ("hdfs://host:8020/a@b", "hdfs://host:8020/a@b"),
        ("abfs://holiday@account.host/photos", "abfs://holiday@account.host/photos"),
        ("abfss://holiday:sec/ret@account.host/photos", "abfss://holiday@account.host/photos"),
        ("abfs://:secret@account.host/holiday", "abfs://account.host/holiday"),
        ("s3://bucket/photos?region=eu-central-1&secret_key=secret", "s3://bucket/photos?region=eu-central-1&…"),
        ("zip://in::ftp://name:secret@host/photos.zip", "zip://in::ftp://host/photos.zip"),
        ("what?=who/me@home:secret@work", "what?=who/me@home:secret@work"),
    ],
)
def test_a_sentence_names_a_place_without_its_credentials(place, expected):
    assert told(place) == expected
    assert without_credentials(f"Cannot parse URI: '{place}' due to") == f"Cannot parse URI: '{expected}' due to"
