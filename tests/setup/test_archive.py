"""model_store/focal.mar."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from focal import __version__
from focal.network import backbones
from focal.network.people.weights import PEOPLE_WEIGHTS
from focal.network.weights_file import WeightsFile
from setup import archive, backbone_choice, people
from setup.archive import EARLIEST_DATE, ensure_archive, keep, provenance
from setup.backbone_choice import FALLBACK, PREFERRED
from setup.console import CommandError
from setup.weights import WeightsUnavailableError, sha256_of
from setup.weights import obtain as obtain_weights


@pytest.fixture
def no_alexnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which AlexNet's weights cannot be had."""
    real = obtain_weights

    def obtain(weights: WeightsFile, given: Path | None = None) -> Path:
        if weights.file_name.startswith("alexnet"):
            raise WeightsUnavailableError("Nobody has them.")
        return real(weights, given)

    monkeypatch.setattr(backbone_choice, "obtain", obtain)


def refuse(weights: WeightsFile, given: Path | None = None) -> Path:
    raise WeightsUnavailableError("Nobody has them.")


@pytest.fixture
def no_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the networks that find people cannot be had."""
    monkeypatch.setattr(people, "obtain", refuse)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that was just built, and that no test changes."""
    return ensure_archive(FALLBACK, folder=tmp_path_factory.mktemp("made"))


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A folder with a copy of it."""
    return Path(shutil.copytree(made.parent, tmp_path / "store"))


@pytest.fixture
def builds(made: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The backbones that archives are built with from now on; a copy of the one stands for each."""
    built = []

    def build(target: Path, backbone: str, weights: Path, people: Path | None) -> None:
        built.append(backbone)
        shutil.copyfile(made, target)

    monkeypatch.setattr(archive, "build", build)
    return built


def test_the_same_inputs_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    another = ensure_archive(FALLBACK, folder=tmp_path)

    assert sha256_of(another) == sha256_of(made)


def test_nothing_in_it_tells_when_it_was_made(made: Path) -> None:
    with zipfile.ZipFile(made) as mar:
        entries = mar.infolist()
        manifest = json.loads(mar.read("MAR-INF/MANIFEST.json"))

    assert {entry.date_time for entry in entries} == {EARLIEST_DATE}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert manifest["createdOn"] == "01/01/1980 00:00:00"


def test_it_holds_handler_core_weights_and_provenance(made: Path) -> None:
    weights = backbones.find(FALLBACK).weights

    with zipfile.ZipFile(made) as mar:
        names = set(mar.namelist())
        packed = mar.read("weights.pth")

    core = {
        f"focal/{file.relative_to(archive.HANDLER / 'focal')}" for file in (archive.HANDLER / "focal").rglob("*.py")
    }
    assert core | {"focal_handler.py", "model-config.yaml", "provenance.json", "weights.pth"} <= names
    assert not any("__pycache__" in name for name in names)
    assert len(packed) == weights.size_bytes
    assert provenance(made) == {
        "backbone": FALLBACK,
        "weights_origin": f"Python package {weights.package}",
        "weights_sha256": weights.sha256,
        "version": __version__,
        "people": {file.file_name: file.sha256 for file in PEOPLE_WEIGHTS},
    }


def test_it_holds_the_networks_that_find_people(made: Path) -> None:
    with zipfile.ZipFile(made) as mar:
        for file in PEOPLE_WEIGHTS:
            assert hashlib.sha256(mar.read(file.file_name)).hexdigest() == file.sha256


def test_a_server_that_looks_for_no_people_has_no_network_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_PEOPLE", "off")

    path = ensure_archive(FALLBACK, folder=tmp_path)

    assert provenance(path)["people"] == {}


@pytest.mark.usefixtures("no_people")
def test_without_the_networks_that_find_people_it_is_built_and_that_is_said_in_one_loud_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ensure_archive(FALLBACK, folder=tmp_path)

    assert provenance(path)["people"] == {}
    assert capsys.readouterr().err == (
        "!!! The networks that find people cannot be had, so masks are made without them (people: off). "
        "Nobody has them.\n"
    )


def test_they_are_added_once_they_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(people, "obtain", refuse)
        first = ensure_archive(FALLBACK, folder=tmp_path).stat().st_ino
        assert ensure_archive(FALLBACK, folder=tmp_path).stat().st_ino == first  # not built again in vain

    assert provenance(ensure_archive(FALLBACK, folder=tmp_path))["people"]


def test_they_can_be_taken_from_a_folder_and_must_be_the_declared_ones(tmp_path: Path, people_weights: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(people_weights, own)
    assert provenance(ensure_archive(FALLBACK, folder=tmp_path / "store", people=own))["people"]

    (own / PEOPLE_WEIGHTS[1].file_name).write_bytes(b"something else")
    with pytest.raises(CommandError, match=rf"{PEOPLE_WEIGHTS[1].file_name} is not .*: its sha256 should be"):
        ensure_archive(FALLBACK, folder=tmp_path / "store", people=own)


def test_it_is_not_built_twice(store: Path, builds: list[str]) -> None:
    ensure_archive(FALLBACK, folder=store)

    assert builds == []


def test_it_is_built_again_when_a_source_changes(
    store: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "sources_sha256", lambda: "another")
    ensure_archive(FALLBACK, folder=store)

    assert builds == [FALLBACK]


def test_it_is_built_again_when_it_is_broken(store: Path, builds: list[str]) -> None:
    (store / "focal.mar").write_bytes((store / "focal.mar").read_bytes()[:1000])
    ensure_archive(FALLBACK, folder=store)

    assert builds == [FALLBACK]


def test_it_is_built_again_when_a_build_was_interrupted(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made.read_bytes()

    def interrupted(packed: Path, target: Path) -> None:
        target.write_bytes(whole[:1000])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(archive, "_rewrite", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ensure_archive(FALLBACK, folder=tmp_path / "cut")

    assert ensure_archive(FALLBACK, folder=tmp_path / "cut").read_bytes() == whole
    assert sorted(file.name for file in (tmp_path / "cut").iterdir()) == [".lock", "focal.mar", "focal.mar.json"]


def test_an_archiver_that_fails_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nit has its reasons\n")
    monkeypatch.setattr(subprocess, "run", lambda *command, **how: failed)

    with pytest.raises(CommandError, match=r"^torch-model-archiver failed: .*it has its reasons"):
        ensure_archive(FALLBACK, folder=tmp_path)


def test_a_temporary_folder_that_the_archiver_fills_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nOSError: [Errno 28] No space left on device\n")
    monkeypatch.setattr(subprocess, "run", lambda *command, **how: failed)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))

    with pytest.raises(CommandError, match=r"^No space is left on the disk of .*: free some"):
        ensure_archive(FALLBACK, folder=tmp_path)


def test_one_that_a_server_keeps_stays_when_another_is_built(tmp_path: Path) -> None:
    (tmp_path / "focal.mar").write_bytes(b"before")
    keep(tmp_path / "focal.mar", tmp_path / "server" / "focal.mar")
    (tmp_path / "new").write_bytes(b"after")
    (tmp_path / "new").replace(tmp_path / "focal.mar")  # as a build does

    assert (tmp_path / "server" / "focal.mar").read_bytes() == b"before"


@pytest.mark.usefixtures("no_alexnet")
def test_offline_the_fallback_is_used_without_alarm(
    tmp_path: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOCAL_OFFLINE", "1")

    ensure_archive(folder=tmp_path)

    told = capsys.readouterr()
    assert builds == [FALLBACK]
    assert told.err == ""
    assert "AlexNet's weights cannot be had, so Focal uses EfficientNet-Lite0 instead." in told.out


@pytest.mark.usefixtures("no_alexnet")
def test_without_alexnets_weights_the_fallback_is_used_with_a_warning(
    tmp_path: Path, builds: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_archive(folder=tmp_path)

    assert builds == [FALLBACK]
    assert capsys.readouterr().err == (
        "!!! AlexNet's weights cannot be had, so Focal uses EfficientNet-Lite0 instead. Nobody has them.\n"
    )


@pytest.mark.usefixtures("no_alexnet")
def test_who_asks_for_alexnet_gets_no_other(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailableError, match="Nobody has them"):
        ensure_archive("alexnet", folder=tmp_path)

    assert not (tmp_path / "focal.mar").exists()


@pytest.mark.usefixtures("no_alexnet")
def test_a_second_start_on_the_fallback_asks_again_but_neither_builds_nor_imports_torch(
    tmp_path: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_archive(folder=tmp_path)
    capsys.readouterr()
    monkeypatch.setattr(backbones, "find", None)

    ensure_archive(folder=tmp_path)

    assert builds == [FALLBACK]
    assert "AlexNet's weights cannot be had" in capsys.readouterr().err


def test_alexnet_takes_over_once_its_weights_can_be_had(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    monkeypatch.setattr(backbone_choice, "obtain", lambda weights, given: tmp_path / weights.file_name)
    monkeypatch.setattr(archive, "build", lambda path, backbone, weights, _: built.append((backbone, weights.name)))

    ensure_archive(folder=store)

    assert built == [("alexnet", "alexnet-owt-7be5be79.pth")]


def test_the_environment_can_choose_the_backbone(
    tmp_path: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOCAL_BACKBONE", FALLBACK)

    ensure_archive(folder=tmp_path)

    assert builds == [FALLBACK]
    assert "AlexNet" not in "".join(capsys.readouterr())  # which is not even looked for


def test_an_unknown_backbone_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="the backbones are alexnet, efficientnet_lite0"):
        ensure_archive("resnet", folder=tmp_path)


def test_the_archiver_touches_nobody_elses_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    precious = tmp_path / "tmp" / "focal" / "precious"
    precious.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))

    ensure_archive(FALLBACK, folder=tmp_path / "store")

    assert precious.exists()


def test_the_preferred_backbone_is_the_cores_default() -> None:
    assert backbones.DEFAULT == PREFERRED


def test_an_archive_is_unpacked_as_it_was_packed(made: Path, tmp_path: Path) -> None:
    archive.unpack(made, tmp_path / "unpacked")

    with zipfile.ZipFile(made) as packed:
        for name in packed.namelist():
            assert (tmp_path / "unpacked" / name).read_bytes() == packed.read(name)
    assert sha256_of(tmp_path / "unpacked" / "weights.pth") == provenance(made)["weights_sha256"]


def test_a_damaged_archive_is_one_sentence(store: Path, tmp_path: Path) -> None:
    mar = store / "focal.mar"
    content = bytearray(mar.read_bytes())
    content[len(content) // 2] ^= 1
    mar.write_bytes(content)

    with pytest.raises(CommandError, match=r"focal\.mar is damaged \(Bad CRC-32 for file 'weights\.pth'\); build it"):
        archive.unpack(mar, tmp_path / "unpacked")
