"""scripts/audit, with a scripted service in the place of the public one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from setup.advisories import Pin, all_pins, known_vulnerabilities
from setup.console import CommandError
from setup.environment import REPOSITORY

from tests.helpers.scripted_server import Reply, ScriptedServer, scripted_server

TORCH, PILLOW = Pin("torch", "2.14.1", "requirements.txt"), Pin("pillow", "13.0.0", "requirements.txt")


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    """A service that knows of no vulnerability, unless a test says otherwise."""
    with scripted_server() as server:
        server.reply = lambda request, before: results([{}] * len(request["queries"]))
        yield server


def results(found: list[dict[str, object]]) -> Reply:
    return Reply(json.dumps({"results": found}).encode())


def audit(url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, REPOSITORY / "scripts" / "audit", "--service", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_each_pinned_package_is_asked_for_by_name_and_version_and_nothing_else(service: ScriptedServer) -> None:
    known_vulnerabilities([TORCH, PILLOW], service.url)

    assert [path for path, _, _ in service.seen] == ["/v1/querybatch"]
    assert service.last["queries"] == [
        {"package": {"name": "torch", "ecosystem": "PyPI"}, "version": "2.14.1"},
        {"package": {"name": "pillow", "ecosystem": "PyPI"}, "version": "13.0.0"},
    ]


def test_an_advisory_belongs_to_the_package_at_its_place(service: ScriptedServer) -> None:
    service.reply = lambda request, before: results([{}, {"vulns": [{"id": "GHSA-1"}, {"id": "CVE-2"}]}])

    assert known_vulnerabilities([TORCH, PILLOW], service.url) == {PILLOW: ["GHSA-1", "CVE-2"]}


def test_without_an_advisory_it_succeeds(service: ScriptedServer) -> None:
    done = audit(service.url)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"None is known of {len(all_pins())} pinned packages at {service.url}\n"


def test_an_advisory_fails_it_and_is_named(service: ScriptedServer) -> None:
    vulnerable = {"vulns": [{"id": "GHSA-1"}]}
    service.reply = lambda request, before: results(
        [vulnerable if query["package"]["name"] == "pillow" else {} for query in request["queries"]]
    )

    done = audit(service.url)

    (version,) = (pin.version for pin in all_pins() if pin.name == "pillow")
    assert (done.returncode, done.stderr) == (1, f"!!! pillow {version} (requirements.txt): GHSA-1\n")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"busy", 503),
        Reply(b"<html>"),
        Reply(b"{}"),
        Reply(b"[]"),
        results([]),
        results([{"vulns": [{}]}]),
        results([None]),
    ],
    ids=lambda reply: reply.body.decode(),
)
def test_a_service_that_does_not_tell_is_not_taken_for_all_clear(service: ScriptedServer, reply: Reply) -> None:
    service.reply = lambda request, before: reply

    with pytest.raises(ConnectionError):
        known_vulnerabilities([TORCH], service.url)


def test_where_nothing_can_be_reached_it_says_that_nothing_was_checked() -> None:
    done = audit("http://127.0.0.1:1")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("!!! Nothing was checked: http://127.0.0.1:1 cannot be reached (")


def test_all_requirements_of_this_repository_are_pinned() -> None:
    assert {pin.file for pin in all_pins()} == {path.name for path in REPOSITORY.glob("requirements*.txt")}


@pytest.mark.parametrize("line", ["torch", "torch>=2", "torch~=2.1", "git+https://example.org/torch", "torch @ file:x"])
def test_a_requirement_that_is_not_pinned_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"# why\nnumpy==2.4.6  # arrays\n\n{line}\n")

    with pytest.raises(CommandError, match=r"requirements\.txt does not pin"):
        all_pins(tmp_path)
