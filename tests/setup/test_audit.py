"""scripts/audit: the real pip-audit, with a scripted service in the place of the public one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from setup.environment import REPOSITORY

from tests.helpers.scripted_server import Reply, ScriptedServer, scripted_server

ADVISORY = {"id": "GHSA-1", "summary": "Reads more than it should.", "affected": []}


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    """A service that knows of no vulnerability, unless a test says otherwise."""
    with scripted_server() as server:
        server.reply = lambda request, before: Reply(b"{}")
        yield server


def audit(url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, REPOSITORY / "scripts" / "audit", "--osv", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_each_pinned_package_is_asked_for_by_name_and_version_and_nothing_else(service: ScriptedServer) -> None:
    done = audit(service.url)

    assert (done.returncode, done.stdout) == (0, "")
    pins = {
        pin
        for file in REPOSITORY.glob("requirements*.txt")
        for pin in re.findall(r"^([\w.-]+)==(\S+) (?!;.*(?:win32|< '3\.1[13]))", file.read_text(), re.MULTILINE)
    }
    asked = [request for _, _, request in service.seen]
    assert {(request["package"]["name"], request["version"]) for request in asked} == pins
    assert all(request.keys() == {"package", "version"} for request in asked)


def test_an_advisory_fails_it_and_is_named(service: ScriptedServer) -> None:
    vulnerable = Reply(json.dumps({"vulns": [ADVISORY]}).encode())
    service.reply = lambda request, before: vulnerable if request["package"]["name"] == "pillow" else Reply(b"{}")

    done = audit(service.url)

    assert done.returncode == 1
    assert re.search(r"^pillow +\S+ +GHSA-1", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("reply", [Reply(b"busy", 503), Reply(b"<html>")], ids=["an error", "not an answer"])
def test_a_service_that_does_not_answer_is_not_taken_for_all_clear(service: ScriptedServer, reply: Reply) -> None:
    service.reply = lambda request, before: reply

    done = audit(service.url)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("!!! Not every package could be asked about")


def test_where_nothing_can_be_reached_it_says_that_nothing_is_known(unused_url: str) -> None:
    done = audit(unused_url)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("!!! Not every package could be asked about")
