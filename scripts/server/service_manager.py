"""What systemd, or whatever else started the server, is told of it: sd_notify(3)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

READY, STOPPING = "READY=1", "STOPPING=1"


def notify(state: str) -> None:
    """Tell the state to the socket that NOTIFY_SOCKET names; do nothing without one, or where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)
