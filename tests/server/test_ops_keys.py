"""`scripts/ops keys`: make, list and revoke clients' keys in their file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from server.client_keys import find, read
from server.ops import keys
from setup.console import CommandError

from tests.conftest import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def environment(file: Path) -> dict[str, str]:
    return {"FOCAL_CLIENT_KEYS": str(file)}


def run(script: str, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_key_is_shown_once_and_its_hash_kept(file: Path, environment: dict[str, str]) -> None:
    made = run("ops", environment, "keys", "add", "laptop", "--rate", "5", "--concurrency", "2")
    key = made.stdout.splitlines()[-1]
    listed = run("ops", environment, "keys", "list")

    assert "shown only now" in made.stdout
    assert find(read(file), key) == read(file)[0]
    assert listed.stdout.splitlines()[1].split() == ["laptop", "5", "2"]
    assert key not in file.read_text() + listed.stdout + listed.stderr
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_revoked_key_is_gone_and_the_others_stay(file: Path, environment: dict[str, str]) -> None:
    laptop, phone = (keys.add(environment, name, None, None) for name in ("laptop", "phone"))

    revoked = run("ops", environment, "keys", "revoke", "--json", "laptop")

    assert json.loads(revoked.stdout) == {"revoked": "laptop"}
    assert find(read(file), laptop) is None
    assert find(read(file), phone) is not None
    keys.revoke(environment, "phone")
    assert keys.as_table(keys.listed(environment)) == "There is no key; `keys add NAME` makes one."


def test_what_cannot_be_done_is_one_sentence(file: Path, environment: dict[str, str]) -> None:
    keys.add(environment, "laptop", None, None)
    before = file.read_text()
    with pytest.raises(CommandError, match="There is a key laptop already; `keys revoke laptop` first"):
        keys.add(environment, "laptop", None, None)
    with pytest.raises(CommandError, match="There is no key phone; `keys list` shows those that there are"):
        keys.revoke(environment, "phone")
    with pytest.raises(CommandError, match="A key cannot be called 'a b': take up to 64 letters"):
        keys.add(environment, "a b", None, None)
    with pytest.raises(CommandError, match="must name the file of client keys, as for serve"):
        keys.listed({})
    assert file.read_text() == before
    answer = run("ops", {"FOCAL_CLIENT_KEYS": str(file)}, "keys", "revoke", "--json", "phone")
    assert (answer.returncode, list(json.loads(answer.stdout))) == (1, ["error"])


def test_a_server_does_not_start_without_the_file_that_is_named(environment: dict[str, str]) -> None:
    ended = run("serve", environment)

    assert ended.returncode == 1
    assert "There is no file" in ended.stderr


def test_the_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path, file: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(file)
    keys.add({"FOCAL_CLIENT_KEYS": str(link)}, "a", None, None)
    file.chmod(0o640)
    keys.add({"FOCAL_CLIENT_KEYS": str(link)}, "b", None, None)

    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert [key.name for key in read(file)] == ["a", "b"]


def test_two_commands_at_a_time_lose_no_key(file: Path, environment: dict[str, str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: keys.add(environment, f"k{n}", None, None), range(16)))

    assert len(read(file)) == 16
