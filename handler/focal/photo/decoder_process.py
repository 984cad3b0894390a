"""Decoding in a child process: a hostile file costs at most that process, and limited time and memory.

Decoders are C code: Python cannot interrupt them, a crash ends the whole process, and they allocate as much memory as
they like. So the worker passes each file to a child process that does nothing else. The kernel ends it when a file has
used up its processor time and refuses it more memory than its limit; the worker then starts another. What C libraries
print about a file is discarded.

`Decoder.decode` answers as `decode_photo` does; `python -m focal.photo.decoder_process` is the child.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .. import errors
from ..process import keep_freed_memory
from ..settings import Settings
from .decode import Photo, check_file, decode_photo

# A second try succeeds if something else than the file ended the child; if the file did, it will do so again.
ATTEMPTS = 2
START_TIMEOUT_S = 60.0
# Of Pillow's decoders WebP's takes the most, 16 bytes a pixel; the rest is for the file itself and AVIF's threads.
MEMORY_PER_PIXEL_BYTES = 24
MEMORY_BESIDE_BYTES = 400_000_000
CHILD_ENVIRONMENT = {
    # glibc would reserve a large arena for each thread, and OpenBLAS a buffer. They are not used, but would count
    # against the memory limit.
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    # Huge pages, since page faults on new memory would take a fifth of the decoding time. Freed memory is overwritten,
    # so that no bug of a decoder can reveal a photo to the next client.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.perturb=85",
}

READY = b"ready"
_LENGTH = struct.Struct("!Q")


class Decoder:
    """A child process that decodes photos, replaced whenever it has ended. Not thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start()

    def decode(self, data: bytes, *, metadata: bool = False) -> Photo:
        """`decode_photo`, with the same results and errors, within limits of time and memory."""
        check_file(data, self._settings)
        for _ in range(ATTEMPTS):
            if self._process.poll() is not None:
                self.close()
                self._start()
            try:
                return self._ask(data, metadata)
            except TimeoutError:
                self.close()
                raise _too_slow(self._settings) from None
            except (EOFError, ConnectionError):
                if self.close() == -signal.SIGPROF:
                    raise _too_slow(self._settings) from None
        raise errors.UndecodablePhoto("The photo cannot be decoded: it breaks the decoder; save it anew.")

    def close(self) -> int:
        """End the child, if it has not ended. Returns its return code."""
        self._connection.close()
        self._process.kill()
        return self._process.wait()

    def _start(self) -> None:
        self._ready = False
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno()), json.dumps(asdict(self._settings))],
                env=os.environ | CHILD_ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).parents[2])},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def _ask(self, data: bytes, metadata: bool) -> Photo:
        if not self._ready:
            self._connection.settimeout(START_TIMEOUT_S)
            self._ready = _receive(self._connection) == READY
        self._connection.settimeout(self._settings.decode_wait_s)
        _send(self._connection, bytes([metadata]))
        _send(self._connection, data)
        return _receive_reply(self._connection)


def serve(connection: socket.socket, settings: Settings) -> None:
    """The child: answer files with photos until the worker hangs up."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with suppress(OSError):  # when Linux runs out of memory, it takes this process rather than the worker
        Path("/proc/self/oom_score_adj").write_text("1000")
    keep_freed_memory()
    _send(connection, READY)
    while True:
        metadata = _receive(connection) == b"\1"
        data = bytes(_receive(connection))
        _limit_memory(settings)
        signal.setitimer(signal.ITIMER_PROF, settings.max_decode_s)  # SIGPROF ends the process, in C code as well
        try:
            reply: Photo | errors.FocalError = decode_photo(data, settings, metadata=metadata)
        except errors.FocalError as error:
            reply = error
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send_reply(connection, reply)
        del data, reply  # no photo is kept while waiting


def _limit_memory(settings: Settings) -> None:
    if sys.platform == "linux":  # elsewhere the limit does not hold
        own_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = own_bytes + MEMORY_BESIDE_BYTES + MEMORY_PER_PIXEL_BYTES * settings.max_pixels
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _too_slow(settings: Settings) -> errors.UndecodablePhoto:
    return errors.UndecodablePhoto(
        f"The photo takes longer to decode than the limit of {settings.max_decode_s:g} seconds; save it anew."
    )


def _send_reply(connection: socket.socket, reply: Photo | errors.FocalError) -> None:
    if isinstance(reply, errors.FocalError):
        _send(connection, json.dumps({"type": reply.type, "message": reply.message}).encode())
        return
    height, width, _ = reply.pixels.shape
    head = {"height": height, "width": width, "format": reply.source_format, "alpha": reply.alpha is not None}
    _send(connection, json.dumps(head | {"gain_map": reply.has_gain_map}).encode())
    _send(connection, reply.icc_profile or b"")
    _send(connection, reply.exif or b"")
    connection.sendall(reply.pixels.data)
    if reply.alpha is not None:
        connection.sendall(reply.alpha.data)


def _receive_reply(connection: socket.socket) -> Photo:
    reply = json.loads(_receive(connection))
    if "type" in reply:
        raise getattr(errors, reply["type"])(reply["message"])
    profile, exif = bytes(_receive(connection)), bytes(_receive(connection))
    pixels = np.empty((reply["height"], reply["width"], 3), np.uint8)
    _receive_into(connection, pixels.data.cast("B"))
    alpha = np.empty(pixels.shape[:2], np.uint8) if reply["alpha"] else None
    if alpha is not None:
        _receive_into(connection, alpha.data.cast("B"))
    return Photo(pixels, profile or None, reply["format"], alpha, exif or None, reply["gain_map"])


def _send(connection: socket.socket, message: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(message)))
    connection.sendall(message)


def _receive(connection: socket.socket) -> bytearray:
    length = bytearray(_LENGTH.size)
    _receive_into(connection, memoryview(length))
    message = bytearray(_LENGTH.unpack(length)[0])
    _receive_into(connection, memoryview(message))
    return message


def _receive_into(connection: socket.socket, buffer: memoryview) -> None:
    while buffer:
        count = connection.recv_into(buffer)
        if count == 0:
            raise EOFError
        buffer = buffer[count:]


if __name__ == "__main__":
    with suppress(EOFError, ConnectionError):
        serve(socket.socket(fileno=int(sys.argv[1])), Settings(**json.loads(sys.argv[2])))
