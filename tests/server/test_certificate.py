"""The certificate and the key of the gateway, before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from server.certificate import certificate_files, refuse_unusable
from setup.console import CommandError

from tests.helpers.certificates import make_certificate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key, another one, and one whose key has a password."""
    made = tmp_path_factory.mktemp("certificates")
    make_certificate(made / "own.pem", made / "own.key")
    make_certificate(made / "other.pem", made / "other.key")
    make_certificate(made / "secret.pem", made / "secret.key", password="tell nobody")
    (made / "text.pem").write_text("no certificate\n")
    return made


def test_without_the_variables_there_is_no_tls() -> None:
    assert certificate_files({}) == (None, None)
    refuse_unusable(None, None)


def test_a_relative_path_is_one_in_the_folder_in_which_serve_was_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    named = certificate_files({"FOCAL_TLS_CERTIFICATE": "own.pem", "FOCAL_TLS_KEY": "own.key"})

    assert named == (folder / "own.pem", folder / "own.key")
    refuse_unusable(*named)


def test_one_without_the_other_is_refused() -> None:
    for variable in ("FOCAL_TLS_CERTIFICATE", "FOCAL_TLS_KEY"):
        with pytest.raises(CommandError, match=r"^TLS needs both a certificate and a key: set "):
            refuse_unusable(*certificate_files({variable: "own.pem"}))


@pytest.mark.parametrize(("certificate", "key"), [("nowhere.pem", "own.key"), ("own.pem", "nowhere.pem")])
def test_a_file_that_cannot_be_read_is_named(folder: Path, certificate: str, key: str) -> None:
    nowhere = folder / "nowhere.pem"

    with pytest.raises(
        CommandError, match=rf"^The file {nowhere}, for TLS, cannot be read: No such file or directory\.$"
    ):
        refuse_unusable(folder / certificate, folder / key)


@pytest.mark.parametrize(
    ("certificate", "key"), [("own.pem", "other.key"), ("secret.pem", "secret.key"), ("text.pem", "own.key")]
)
def test_files_that_do_not_serve_are_named(folder: Path, certificate: str, key: str) -> None:
    with pytest.raises(
        CommandError, match=rf"{certificate} and the key .*{key} do not serve for TLS: they must be PEM "
    ):
        refuse_unusable(folder / certificate, folder / key)
