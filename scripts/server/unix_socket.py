"""Unix sockets, through which the processes of one machine talk to each other: a path that fits, and a server."""

from __future__ import annotations

import os
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_PATH_BYTES = 103  # macOS; Linux takes four more
POLL_S = 0.1  # how long a server that is told to end may take to hear it


@contextmanager
def short_path(folder: Path, name: str) -> Iterator[str]:
    """A socket's path within the block: its own, or one by a link in the temporary folder if that is too long."""
    if len(os.fsencode(folder / name)) <= LONGEST_PATH_BYTES:
        yield str(folder / name)
        return
    with tempfile.TemporaryDirectory(prefix="focal-") as made:
        link = Path(made) / "run"
        link.symlink_to(folder)
        yield str(link / name)


@contextmanager
def answering(server: socketserver.BaseServer) -> Iterator[None]:
    """Answer requests within the block, in a thread; at its end, finish those under way and close the server."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
