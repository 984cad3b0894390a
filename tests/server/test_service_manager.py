"""What systemd is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from server.service_manager import READY, notify


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_socket_that_systemd_names_gets_the_state(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"\0focal-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))

        notify(READY)

        assert systemd.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_without_one_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    notify(READY)
