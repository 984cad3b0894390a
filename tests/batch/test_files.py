"""Photos named on a command line, and the files of their results."""

import os

import pytest
from batch.files import LocalFiles, read_photo, save, write_whole
from setup.console import CommandError

from tests.helpers.photo_files import make_unlistable_folder


@pytest.fixture
def holiday(tmp_path, monkeypatch):
    """A folder of files, in which the test is."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.jpg", "a.png", "deep/c.heic", "notes.txt", ".hidden.jpg", "done/b.jpg"):
        file = tmp_path / "holiday" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"photo")
    return tmp_path / "holiday"


def pairs(files):
    return {str(photo): str(result) for photo, result in files.photos}


def test_a_folder_stands_for_the_photos_in_it_each_with_its_place(holiday):
    files = LocalFiles([holiday.relative_to(holiday.parent)], holiday / "done", "jpeg")

    assert pairs(files) == {
        "holiday/a.png": f"{holiday}/done/a.jpg",
        "holiday/b.jpg": f"{holiday}/done/b.jpg",
        "holiday/deep/c.heic": f"{holiday}/done/deep/c.jpg",
    }


def test_a_photo_that_is_named_counts_whatever_its_name(holiday):
    files = LocalFiles([holiday / "notes.txt", holiday / "nowhere.jpg"], holiday.parent / "out", "jpeg")
    assert [photo.name for photo, _ in files.photos] == ["notes.txt", "nowhere.jpg"]


def test_what_is_passed_over_in_a_folder_is_known(holiday):
    files = LocalFiles([holiday], holiday / "done", "jpeg")
    assert files.passed_over == [holiday / "notes.txt"]


def test_what_is_no_file_is_passed_over_whatever_its_name(holiday):
    os.mkfifo(holiday / "pipe.jpg")
    (holiday / "elsewhere").symlink_to(holiday.parent)
    files = LocalFiles([holiday], holiday / "done", "jpeg")

    assert [photo.name for photo, _ in files.photos] == ["a.png", "b.jpg", "c.heic"]
    assert [file.name for file in files.passed_over] == ["elsewhere", "notes.txt", "pipe.jpg"]


def test_a_link_that_leads_nowhere_and_a_folder_that_cannot_be_listed_are_photos_that_cannot_be_read(holiday):
    (holiday / "gone.jpg").symlink_to("nowhere.jpg")
    unlisted = make_unlistable_folder(holiday)
    files = LocalFiles([holiday], holiday / "done", "jpeg")

    assert [photo.name for photo, _ in files.photos] == ["a.png", "b.jpg", "gone.jpg", "c.heic", unlisted.name]
    with pytest.raises(OSError, match="File name too long"):
        read_photo(unlisted, 10)


def test_a_photo_that_is_named_by_two_paths_is_one(holiday):
    (holiday.parent / "link").symlink_to(holiday)
    named = [holiday, holiday / ".." / "holiday" / "b.jpg", holiday.parent / "link" / "a.png"]
    files = LocalFiles(named, holiday / "done", "jpeg")
    assert sorted(photo.name for photo, _ in files.photos) == ["a.png", "b.jpg", "c.heic"]


def test_a_name_that_no_file_can_have_is_a_photo_that_cannot_be_read(holiday):
    files = LocalFiles([holiday / ("x" * 300 + ".jpg"), holiday / "b.jpg"], holiday / "out", "jpeg")
    assert [files.refusal(result, overwrite=False) for _, result in files.photos] == [None, None]


def test_a_result_with_the_longest_name_is_written(tmp_path):
    save(tmp_path / ("x" * 251 + ".jpg"), b"picture", {})
    assert [file.name for file in tmp_path.iterdir()] == ["x" * 251 + ".jpg"]


def test_a_photo_that_is_named_twice_is_one(holiday):
    files = LocalFiles([holiday / "b.jpg", holiday, holiday / "b.jpg"], holiday / "done", "jpeg")
    assert sorted(photo.name for photo, _ in files.photos) == ["a.png", "b.jpg", "c.heic"]


def test_photos_of_one_name_in_two_folders_have_two_results(holiday):
    files = LocalFiles([holiday / "b.jpg", holiday / "done" / "b.jpg"], holiday.parent / "out", "jpeg")
    assert [result.name for _, result in files.photos] == ["b.jpg", "b-2.jpg"]


def test_no_result_is_written_over_a_photo(holiday):
    files = LocalFiles([holiday], holiday, "jpeg")

    refused = {photo.name: files.refusal(result, overwrite=True) for photo, result in files.photos}
    assert "b.jpg is itself one of the photos" in refused.pop("b.jpg")
    assert set(refused.values()) == {None}


def test_a_photo_is_known_by_any_of_its_names(holiday):
    (holiday.parent / "out").mkdir()
    os.link(holiday / "b.jpg", holiday.parent / "out" / "a.jpg")
    files = LocalFiles([holiday / "a.png", holiday / "b.jpg"], holiday.parent / "out", "jpeg")

    assert "is itself one of the photos" in files.refusal(holiday.parent / "out" / "a.jpg", overwrite=True)


def test_a_mask_is_not_written_over_a_photo_either(holiday):
    (holiday / "b.mask.jpg").write_bytes(b"photo")
    files = LocalFiles([holiday / "b.mask.jpg", holiday / "a.png"], holiday, "jpeg", ["mask"])
    assert "b.mask.jpg is itself one of the photos" in files.refusal(holiday / "b.jpg", overwrite=True)


def test_what_is_there_is_replaced_only_if_asked_for(holiday):
    files = LocalFiles([holiday / "b.jpg"], holiday / "done", "jpeg")
    [(_, result)] = files.photos

    assert "is already there; --overwrite replaces it" in files.refusal(result, overwrite=False)
    assert files.refusal(result, overwrite=True) is None


def test_a_contact_sheet_takes_the_place_of_no_photo_no_result_and_no_file_that_is_there(holiday):
    (holiday.parent / "link.jpg").symlink_to(holiday / "b.jpg")
    files = LocalFiles([holiday / "b.jpg"], holiday / "out", "jpeg")

    files.check_sheet(holiday / "sheet.jpg", overwrite=False)
    files.check_sheet(holiday / "notes.txt", overwrite=True)
    for sheet, reason in [
        (holiday.parent / "link.jpg", "is itself one of the photos; name another FILE"),
        (holiday / "done" / ".." / "out" / "b.jpg", "is the name of a result; name another FILE"),
        (holiday, "is already there; --overwrite replaces it"),
    ]:
        with pytest.raises(CommandError, match=reason):
            files.check_sheet(sheet, overwrite=True)
    with pytest.raises(CommandError, match=r"a\.png is already there; --overwrite replaces it"):
        files.check_sheet(holiday / "a.png", overwrite=False)


def test_a_result_is_saved_with_what_accompanies_it(tmp_path):
    save(tmp_path / "new" / "a.jpg", b"picture", {"mask": b"mask"})

    assert (tmp_path / "new" / "a.jpg").read_bytes() == b"picture"
    assert (tmp_path / "new" / "a.mask.jpg").read_bytes() == b"mask"
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_what_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"earlier")
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )

    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a.jpg", b"later")

    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"earlier"]


def test_of_a_file_that_is_too_long_one_byte_too_many_is_read(tmp_path):
    (tmp_path / "a.jpg").write_bytes(bytes(1000))
    assert len(read_photo(tmp_path / "a.jpg", 10)) == 11
