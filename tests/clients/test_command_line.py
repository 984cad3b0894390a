"""client.py's command line against a server that answers as a script tells it to."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batch.names import PHOTO_SUFFIXES

import client
from tests.helpers.photo_files import make_unlistable_folder
from tests.helpers.scripted_server import JPEG, Reply, answer, error

CLIENT = Path(client.__file__)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with one photo in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def by_photo(replies: dict[bytes, Reply]) -> Callable[[dict[str, Any], int], Reply]:
    return lambda request, before: replies.get(request["img"], answer())


class TestOnePhoto:
    def test_the_result_is_out_jpg_and_its_class_and_probability_are_printed(self, server, folder, capsys):
        assert client.main([server.url, "photo.jpg"]) == 0
        assert (folder / "out.jpg").read_bytes() == JPEG + b"blurredImage "
        assert capsys.readouterr() == ("photo.jpg: tiger cat, probability 0.562, in out.jpg\n", "")
        assert server.last["img"] == b"a photo"

    @pytest.mark.parametrize("named", [["photo.jpg"], ["photo.jpg", "portrait.png"]])
    def test_whoever_forgets_the_server_is_told_so(self, folder, capsys, named):
        with pytest.raises(SystemExit, match="2"):
            client.main(named)
        assert "photo.jpg is a photo; the server's address comes first, such as http://" in capsys.readouterr().err

    def test_the_result_takes_the_name_given_and_its_suffix_sets_the_format(self, server, folder):
        assert client.main([server.url, "photo.jpg", "portrait.png"]) == 0
        assert server.last["format"] == "png"
        assert names(folder) == {"photo.jpg", "portrait.png"}

    @pytest.mark.parametrize(("named", "options", "asked_for"), [
        (["-"], [], "jpeg"),
        (["photo.jpg", "-"], ["format=webp"], "webp"),
        (["-", "-"], ["output=cutout"], "png"),
    ])  # fmt: skip
    def test_a_dash_is_a_pipe(self, server, folder, monkeypatch, capfdbinary, named, options, asked_for):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a photo")))
        (folder / "-").write_bytes(b"a file")

        assert client.main([server.url, *named, *(["--options", *options] if options else [])]) == 0

        said = f"{named[0]}: tiger cat, probability 0.562, in -\n".encode()
        assert capfdbinary.readouterr() == (JPEG + b"blurredImage ", said)
        assert (server.last["img"], server.last["format"]) == (b"a photo", asked_for)
        assert names(folder) == {"photo.jpg", "-"}

    def test_a_closed_stdin_is_told_of(self, server, monkeypatch, capsys):
        monkeypatch.setattr("sys.stdin", None)

        with pytest.raises(SystemExit):
            client.main([server.url, "-", "out.jpg"])

        assert "stdin is closed" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("words", "sent"),
        [
            (["strength=0.06"], {"strength": "0.06"}),
            (["bokeh=gaussian"], {"bokeh": "gaussian"}),
            (["mask=classic"], {"mask": "classic"}),
            (["target=281"], {"target": "281"}),
            (["target=tiger cat"], {"target": "tiger cat"}),
            (["format=webp"], {"format": "webp"}),
            (["quality=80", "bokeh=lens"], {"quality": "80", "bokeh": "lens"}),
            (["background=000"], {"background": "000"}),
            (["background=1e1e1e"], {"background": "1e1e1e"}),
            (["background=123e45"], {"background": "123e45"}),
            (["point=0.4,0.5"], {"point": "0.4,0.5"}),
            (["point=[0.4,0.5]"], {"point": "0.4,0.5"}),
            (['{"strength": 0, "target": "281"}', "quality=1"], {"strength": "0", "target": "281", "quality": "1"}),
        ],
    )
    def test_options_reach_the_server_as_they_were_meant(self, server, folder, words, sent):
        assert client.main([server.url, "photo.jpg", "--out", "results", "--options", *words]) == 0
        assert {name: value for name, value in server.last.items() if name != "img"} == sent

    @pytest.mark.parametrize("maps", ["map.png", "maps"])
    def test_a_map_of_depth_is_named_or_lies_in_a_folder_under_the_photos_name(self, server, folder, maps):
        (folder / "maps").mkdir()
        for name in ("map.png", "maps/photo.tif"):
            (folder / name).write_bytes(b"a map")

        assert client.main([server.url, "photo.jpg", "--depth", maps, "--options", "depthNear=black"]) == 0

        assert (server.last["depthImage"], server.last["depthNear"]) == (b"a map", "black")

    def test_a_cut_out_is_named_like_the_png_that_it_is_unless_it_is_asked_for_otherwise(self, server, folder):
        for words, suffix in [([], ".png"), (["background=000"], ".jpg"), (["format=webp"], ".webp")]:
            command = [server.url, "photo.jpg", "--options", "output=cutout", *words]
            assert client.main([*command, "--out", f"results{suffix}"]) == client.main(command) == 0
            assert {f"results{suffix}/photo{suffix}", f"out{suffix}"} <= names(folder)

    def test_a_map_that_is_not_there_is_named_before_a_photo_is_sent(self, server, folder, capsys):
        with pytest.raises(SystemExit):
            client.main([server.url, "photo.jpg", "--depth", "nowhere.png"])
        assert capsys.readouterr().err.endswith("client.py: error: there is no map or folder of maps nowhere.png\n")
        assert server.seen == []

    def test_maps_lie_in_the_subfolders_of_their_photos(self, server, folder, capsys):
        for name in ("photos/a/one.jpg", "photos/b/one.jpg"):
            (folder / name).parent.mkdir(parents=True)
            (folder / name).write_bytes((folder / "photo.jpg").read_bytes())
        (folder / "maps" / "b").mkdir(parents=True)
        (folder / "maps" / "b" / "one.png").write_bytes(b"a map")

        assert client.main([server.url, "photos", "--out", "results", "--depth", "maps"]) == 1

        assert server.last["depthImage"] == b"a map"
        assert capsys.readouterr().err == "photos/a/one.jpg: There is no map of one.jpg in maps/a\n"

    def test_a_photo_without_a_map_in_the_folder_is_told_so(self, server, folder, capsys):
        assert client.main([server.url, "photo.jpg", "--depth", "."]) == 0, "the photo's own name is in it"
        (folder / "maps").mkdir()

        assert client.main([server.url, "photo.jpg", "--depth", "maps"]) == 1

        assert capsys.readouterr().err == "photo.jpg: There is no map of photo.jpg in maps\n"

    def test_a_result_that_names_no_format_of_an_answer_is_refused(self, server, folder, capsys):
        with pytest.raises(SystemExit):
            client.main([server.url, "photo.jpg", "portrait.tiff"])
        assert "portrait.tiff has no suffix of an image in the answer" in capsys.readouterr().err
        assert server.seen == []

    def test_a_result_that_cannot_be_written_is_named(self, server, folder, capsys):
        (folder / "taken").write_bytes(b"no folder")
        assert client.main([server.url, "photo.jpg", "taken/portrait.jpg"]) == 1
        assert capsys.readouterr().err == "photo.jpg: taken/portrait.jpg cannot be written: Not a directory\n"

    @pytest.mark.parametrize(
        "words", ["strength", '{"strength": 0.1', "points=[[0.5", "points=" + "[" * 10_000, "{}x", "[]"]
    )
    def test_words_that_are_no_option_are_told_how_one_is_written(self, server, folder, capsys, words):
        for argument in ("--options", "--headers"):
            with pytest.raises(SystemExit):
                client.main([server.url, "photo.jpg", argument, words])
            told = f"argument {argument}: {words!r} is neither NAME=VALUE nor a whole JSON object or list\n"
            assert capsys.readouterr().err.endswith(f"client.py: error: {told}")

    def test_masks_are_saved_next_to_the_result(self, server, folder):
        assert client.main([server.url, "photo.jpg", "--save-masks", "portrait.jpg"]) == 0
        assert (folder / "portrait.mask.jpg").read_bytes() == JPEG + b"maskImage "
        assert (folder / "portrait.saliency.jpg").read_bytes() == JPEG + b"unblurredMask "

    def test_a_server_that_stays_busy_costs_one_line(self, server, folder, capsys):
        pauses: list[float] = []
        server.reply = lambda request, before: error(503, "Overloaded", "Too many photos at once.", Retry_After="7")
        assert client.main([server.url, "photo.jpg"], sleep=pauses.append) == 1
        assert len(pauses) == 4
        assert all(pause > 7 for pause in pauses)
        assert capsys.readouterr() == ("", "photo.jpg: Too many photos at once. (Overloaded, 503)\n")
        assert names(folder) == {"photo.jpg"}

    def test_what_the_server_says_cannot_break_the_line_or_the_terminal(self, server, folder, capsys):
        server.reply = lambda request, before: error(400, "InvalidOption", "No.\r\n\x1b[31mroot: all is well")
        assert client.main([server.url, "photo.jpg"]) == 1
        assert capsys.readouterr().err == "photo.jpg: No.???[31mroot: all is well (InvalidOption, 400)\n"

    def test_a_name_that_the_terminal_cannot_show_is_no_error(self, server, folder):
        (folder / "猫.jpg").write_bytes(b"a photo")
        command = [sys.executable, CLIENT, server.url, "猫.jpg"]
        shown = subprocess.run(command, env={"PYTHONIOENCODING": "ascii"}, capture_output=True, check=True)
        assert shown.stdout == b"?.jpg: tiger cat, probability 0.562, in out.jpg\n"

    def test_headers_are_sent_along(self, server, folder):
        headers = ["--headers", "X-A=1", "X-B=2e0", "--headers", "Authorization=Bearer key"]
        assert client.main([server.url, "photo.jpg", *headers]) == 0
        assert server.seen[0][1].items() >= {"X-A": "1", "X-B": "2e0", "Authorization": "Bearer key"}.items()

    @pytest.mark.parametrize(
        "arguments",
        [
            ["ftp://focal", "photo.jpg"],
            ["http://", "photo.jpg"],
            ["http://localhost", "photo.jpg", "b.jpg", "c.jpg"],
            ["http://localhost", "."],
            ["http://localhost", "empty", "--out", "results"],
            ["http://localhost", "-", "--out", "results"],
            ["http://localhost", "photo.jpg", "-", "--save-masks"],
            ["http://localhost", "photo.jpg", "out.png", "--options", "format=jpeg"],
            ["http://localhost", "http://localhost/photo.jpg"],
            ["http://localhost", "photo.jpg", "--out", "s3://bucket/results"],
            ["http://localhost", "photo.jpg", "--jobs", "17"],
            ["http://localhost", "photo.jpg", "--jobs", "1_0"],
            ["http://localhost", "photo.jpg", "--options", "strength"],
            ["http://localhost", "photo.jpg", "--options", "{strength"],
        ],
    )
    def test_a_call_that_makes_no_sense_ends_with_code_2(self, folder, capsys, arguments):
        (folder / "empty").mkdir()
        with pytest.raises(SystemExit) as stop:
            client.main(arguments)
        assert stop.value.code == 2
        assert "client.py: error: " in capsys.readouterr().err


class TestFiles:
    @pytest.mark.parametrize("alias", [Path.symlink_to, Path.hardlink_to])
    def test_a_photo_is_never_overwritten_under_any_of_its_names(self, server, folder, capsys, alias):
        alias(folder / "alias.jpg", folder / "photo.jpg")
        for result in ("photo.jpg", "alias.jpg"):
            assert client.main([server.url, "photo.jpg", result, "--overwrite"]) == 1
        assert client.main([server.url, "photo.jpg", "--out", ".", "--overwrite"]) == 1
        assert (folder / "photo.jpg").read_bytes() == b"a photo"
        assert server.seen == []
        assert capsys.readouterr().err.count("\n") == 3

    def test_another_file_is_replaced_only_when_told_to(self, server, folder, capsys):
        (folder / "other.jpg").write_bytes(b"another photo")
        assert client.main([server.url, "photo.jpg", "other.jpg"]) == 1
        assert (folder / "other.jpg").read_bytes() == b"another photo"
        assert capsys.readouterr().err == "photo.jpg: other.jpg is already there; --overwrite replaces it\n"
        assert client.main([server.url, "photo.jpg", "other.jpg", "--overwrite"]) == 0
        assert (folder / "other.jpg").read_bytes() == JPEG + b"blurredImage "

    def test_out_jpg_may_be_written_again(self, server, folder):
        assert [client.main([server.url, "photo.jpg"]) for _ in range(2)] == [0, 0]

    def test_a_full_disk_leaves_no_partial_file(self, server, folder, monkeypatch, capsys):
        def fill(path: Path, content: bytes) -> None:
            with path.open("wb") as file:
                file.write(content[:3])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", fill)
        assert client.main([server.url, "photo.jpg"]) == 1
        assert names(folder) == {"photo.jpg"}
        assert capsys.readouterr().err == "photo.jpg: out.jpg cannot be written: No space left on device\n"


class TestFolders:
    def test_a_bad_file_leaves_the_others_blurred(self, server, folder, capsys):
        (folder / "trip/day").mkdir(parents=True)
        for name in ("a.jpg", "bad.png", "day/b.HEIC", "notes.txt", ".hidden.jpg"):
            (folder / "trip" / name).write_bytes(name.encode())
        server.reply = by_photo({b"bad.png": error(422, "UndecodablePhoto", "The photo is broken inside.")})
        assert client.main([server.url, "trip", "photo.jpg", "--out", "results"]) == 1
        assert names(folder / "results") == {"a.jpg", "day/b.jpg", "photo.jpg"}
        printed, complaint = capsys.readouterr()
        assert len(printed.splitlines()) == 3
        assert complaint.splitlines() == [
            "Passed over trip/notes.txt: not named like a photo, or no file.",
            "trip/bad.png: The photo is broken inside. (UndecodablePhoto, 422)",
        ]

    @pytest.mark.parametrize("suffix", sorted(PHOTO_SUFFIXES))
    def test_a_file_with_any_usual_ending_of_an_accepted_format_is_a_photo(self, server, folder, suffix):
        (folder / f"photo{suffix.upper()}").write_bytes(b"a photo")
        assert client.main([server.url, f"photo{suffix.upper()}", ".", "--out", "results"]) == 0
        assert "results/photo.jpg" in names(folder)
        assert client.PHOTOS == PHOTO_SUFFIXES

    def test_what_is_no_file_named_like_a_photo_is_passed_over_in_words(self, server, folder, capsys):
        for name in ("a.dng", "b\x1b.txt", "c", ".hidden"):
            (folder / name).write_bytes(b"a photo")
        os.mkfifo(folder / "d.jpg")
        (folder / "elsewhere").symlink_to("..")
        assert client.main([server.url, ".", "--out", "results"]) == 0
        assert capsys.readouterr().err == "Passed over a.dng and 4 more: not named like a photo, or no file.\n"
        assert names(folder / "results") == {"photo.jpg"}

    def test_what_cannot_be_read_in_a_folder_leaves_the_others_blurred(self, server, folder, capsys):
        (folder / "gone.jpg").symlink_to("nowhere.jpg")
        make_unlistable_folder(folder)
        assert client.main([server.url, ".", "--out", "results"]) == 1
        assert names(folder / "results") == {"photo.jpg"}
        gone, deep = sorted(capsys.readouterr().err.splitlines(), reverse=True)
        assert gone == "gone.jpg: No such file or directory"
        assert deep.endswith("deep: File name too long")

    @pytest.mark.parametrize("letter", ["x", "ü", "猫"])
    def test_names_as_long_as_a_file_system_takes_get_results_with_masks(self, server, folder, letter):
        photos = [letter * ((255 - len(suffix)) // len(letter.encode())) + suffix for suffix in (".jpg", ".png", ".j")]
        for name in photos:
            (folder / name).write_bytes(name[-4:].encode())
        command = [server.url, *photos, "--out", "results", "--save-masks", "--options", "format=webp"]
        assert client.main(command) == 0
        assert len(names(folder / "results")) == 9
        assert {len(name.encode()) > 240 for name in names(folder / "results")} == {True}

    def test_a_name_that_no_file_can_have_leaves_the_others_blurred(self, server, folder, capsys):
        assert client.main([server.url, "x" * 300 + ".jpg", "photo.jpg", "--out", "results"]) == 1
        assert names(folder / "results") == {"photo.jpg"}
        assert capsys.readouterr().err.endswith(".jpg: File name too long\n")

    def test_equal_names_are_numbered_masks_included(self, server, folder):
        for name in ("one/a.jpg", "one/a.png", "one/a.mask.jpg", "two/a.jpg"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(name.encode())
        server.reply = lambda request, before: answer(request["img"].decode())
        assert client.main([server.url, "one", "two", "--out", "results", "--save-masks"]) == 0
        results = folder / "results"
        assert len(names(results)) == 12
        assert {path.read_bytes() for path in results.iterdir() if b"blurredImage" in path.read_bytes()} == {
            JPEG + f"blurredImage {name}".encode() for name in ("one/a.jpg", "one/a.png", "one/a.mask.jpg", "two/a.jpg")
        }

    def test_a_photo_that_is_named_twice_or_by_two_paths_is_blurred_once(self, server, folder):
        (folder / "link").symlink_to(".")
        (folder / "copy.jpg").symlink_to("photo.jpg")
        named = ["photo.jpg", "link/photo.jpg", ".", "photo.jpg"]
        assert client.main([server.url, *named, "--out", "results"]) == 0
        assert names(folder / "results") == {"photo.jpg", "copy.jpg"}
        assert len(server.seen) == 2

    def test_names_that_differ_only_in_case_are_numbered_too(self, server, folder):
        (folder / "PHOTO.png").write_bytes(b"a photo")
        assert client.main([server.url, ".", "--out", "results"]) == 0
        assert len({name.casefold() for name in names(folder / "results")}) == 2

    def test_results_of_an_earlier_run_are_not_blurred_again(self, server, folder):
        assert client.main([server.url, ".", "--out", "results"]) == 0
        assert client.main([server.url, ".", "--out", "results", "--overwrite"]) == 0
        assert names(folder) == {"photo.jpg", "results/photo.jpg"}

    def test_a_missing_and_an_unreadable_photo_get_a_line_each(self, server, folder, capsys):
        (folder / "loop.jpg").symlink_to("loop.jpg")
        assert client.main([server.url, "missing.jpg", "loop.jpg", "photo.jpg", "--out", "results"]) == 1
        assert sorted(capsys.readouterr().err.splitlines()) == [
            "loop.jpg: Too many levels of symbolic links",
            "missing.jpg: No such file or directory",
        ]

    def test_no_more_photos_are_under_way_than_jobs_allow(self, server, folder):
        for number in range(8):
            (folder / f"{number}.jpg").write_bytes(b"a photo")
        three, gate, under_way, most = threading.Barrier(3), threading.Lock(), 0, 0

        def reply(request: dict[str, Any], before: int) -> Reply:
            nonlocal under_way, most
            with gate:
                under_way, most = under_way + 1, max(most, under_way + 1)
            three.wait(60)
            time.sleep(0.05)  # for a fourth to show itself
            with gate:
                under_way -= 1
            return answer()

        server.reply = reply
        assert client.main([server.url, ".", "--out", "results", "--jobs", "3"]) == 0
        assert most == 3

    def test_a_terminal_sees_progress_and_a_pipe_does_not(self, server, folder, capsys, monkeypatch):
        (folder / "second.jpg").write_bytes(b"a photo")
        assert client.main([server.url, ".", "--out", "results"]) == 0
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        assert client.main([server.url, ".", "--out", "results", "--overwrite"]) == 0
        assert "[###############               ] 1 of 2 to go" in capsys.readouterr().err

    def test_an_error_that_all_would_share_is_said_once(self, folder, unused_url, capsys):
        for number in range(20):
            (folder / f"{number}.jpg").write_bytes(b"a photo")
        assert client.main([unused_url, ".", "--out", "results", "--jobs", "1"]) == 1
        complaint = capsys.readouterr().err.splitlines()
        assert complaint[0].endswith(f"{unused_url} is unreachable: [Errno 111] Connection refused")
        assert complaint[1:] == ["Stopped: 20 of 21 photos are left."]

    def test_where_nobody_reads_what_it_says_it_ends(self, server, folder):
        (folder / "second.jpg").write_bytes(b"a photo")
        read_end, write_end = os.pipe()
        os.close(read_end)
        command = [sys.executable, CLIENT, server.url, ".", "--out", "results", "--jobs", "1"]
        told = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        os.close(write_end)
        assert (told.returncode, told.stderr) == (128 + signal.SIGPIPE, "Stopped: 1 of 2 photos are left.\n")

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_ends_at_once_and_leaves_whole_files_only(self, server, folder, how):
        for number in range(9):
            (folder / f"{number}.jpg").write_bytes(b"a photo")
        stuck = threading.Event()
        server.reply = lambda request, before: answer() if before < 3 else (stuck.wait(60), answer())[1]
        command = [sys.executable, CLIENT, server.url, ".", "--out", "results", "--jobs", "2"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while len(server.seen) < 5 or len(list(folder.glob("results/*.jpg"))) < 3:
                time.sleep(0.01)
            process.send_signal(how)
            _, complaint = process.communicate(timeout=30)
        stuck.set()
        assert process.returncode == 130
        assert complaint == "Stopped: 7 of 10 photos are left.\n"
        assert {path.read_bytes() for path in (folder / "results").iterdir()} == {JPEG + b"blurredImage "}
