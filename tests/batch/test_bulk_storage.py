"""Folders of photos and results, here and elsewhere: pyarrow's file systems and fsspec's behave alike."""

import copy
import os
import zipfile

import pytest
from batch.bulk.storage import Storage
from setup.console import CommandError

from tests.helpers.photo_files import make_unlistable_folder


def places(folder):
    """The same folder, in each way there is to name it."""
    return [str(folder), f"file://{folder}", f"local://{folder}", f"{folder}/"]


@pytest.fixture
def folder(tmp_path):
    for name in ("a.jpg", "deep/b.jpg"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(name.encode())
    return tmp_path / "in"


@pytest.fixture(params=range(4))
def storage(request, folder):
    return Storage.at(places(folder)[request.param])


def test_files_are_listed_by_their_names_in_the_folder(storage):
    assert sorted(storage.names()) == ["a.jpg", "deep/b.jpg"]


def test_a_file_is_read_up_to_one_byte_too_many(storage):
    assert storage.read("deep/b.jpg", 100) == b"deep/b.jpg"
    assert storage.read("deep/b.jpg", 5) == b"deep/b"


def test_a_file_that_is_not_there_is_an_os_error(storage):
    with pytest.raises(OSError, match=r"gone\.jpg"):
        storage.read("gone.jpg", 100)


def test_it_tells_which_files_are_there(storage):
    assert [storage.has(name) for name in ("a.jpg", "deep/b.jpg", "deep", "nowhere.jpg")] == [True, True, False, False]


def test_a_pipe_among_the_photos_is_an_os_error_instead_of_an_endless_wait(folder):
    os.mkfifo(folder / "pipe.jpg")

    with pytest.raises(OSError, match=r"in/pipe\.jpg is a pipe$"):
        Storage.at(str(folder)).read("pipe.jpg", 100)


def test_a_file_is_written_whole_also_into_new_folders(storage, folder):
    storage.write("new/deep/c.jpg", b"first")
    storage.write("new/deep/c.jpg", b"second")

    assert (folder / "new" / "deep" / "c.jpg").read_bytes() == b"second"
    assert sorted(storage.names()) == ["a.jpg", "deep/b.jpg", "new/deep/c.jpg"]


def test_processes_can_hand_it_on(storage):
    assert copy.deepcopy(storage).read("a.jpg", 9) == b"a.jpg"


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    assert list(Storage.at(str(tmp_path / "nowhere")).names()) == []


def test_a_folder_in_it_that_cannot_be_listed_is_named_unless_it_is_hidden(folder):
    (folder / ".hidden").mkdir()
    make_unlistable_folder(folder / ".hidden")
    assert sorted(Storage.at(str(folder)).names()) == ["a.jpg", "deep/b.jpg"]

    unlisted = make_unlistable_folder(folder)
    with pytest.raises(CommandError, match=rf"^{unlisted} cannot be listed: File name too long\.$"):
        list(Storage.at(str(folder)).names())


def test_an_archive_is_a_folder_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("holiday/a.jpg", b"photo")
    storage = Storage.at(f"zip://::file://{tmp_path}/photos.zip")

    assert list(storage.names()) == ["holiday/a.jpg"]
    assert storage.read("holiday/a.jpg", 100) == b"photo"
    assert storage.folder is None


@pytest.mark.parametrize("place", ["nonsense://bucket/photos", "zip://::file:///nowhere.zip"])
def test_a_place_that_cannot_be_reached_is_one_sentence(place):
    with pytest.raises(CommandError, match="cannot be reached"):
        Storage.at(place)


@pytest.mark.parametrize("place", ["s3://KEY:se/cret@bucket/photos", "ftp://KEY:secret@127.0.0.1:1/photos"])
def test_what_cannot_be_reached_is_named_without_the_password(place):
    sentence = r"^\w+://(bucket|127\.0\.0\.1:1)/photos cannot be .*[^.]\.$"
    with pytest.raises(CommandError, match=sentence) as told:
        Storage.at(place)
    assert "KEY" not in str(told.value)


def test_only_a_folder_of_this_machine_has_a_path(folder):
    assert [Storage.at(place).folder for place in places(folder)] == [folder, folder, None, folder]
