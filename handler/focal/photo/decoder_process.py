"""Decoding in a child process: a hostile file costs at most that process, and limited time and memory.

Decoders are C code: Python cannot interrupt them, a crash ends the whole process, and they allocate as much memory as
they like. So the worker passes each file to a child process that does nothing else. The kernel ends it when a file has
used up its processor time and refuses it more memory than its limit; the worker then starts another. What C libraries
print about a file is discarded.

`Decoder.decode` answers as `decode_photo` does, and its other methods as the functions of their names;
`python3 -m focal.photo.decoder_process` is the child.
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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .. import errors
from ..machine.process import keep_freed_memory
from ..settings import Settings
from .decode import check_file, decode_depth, decode_mask, decode_photo
from .depth import DepthMap, Portrait
from .photo import Photo

# A second try succeeds if something else than the file ended the child; if the file did, it will do so again.
ATTEMPTS = 2
START_TIMEOUT_S = 60.0
ENDING_S = 1.0  # a child that has hung up says by what it ended
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
PHOTO, PHOTO_WITH_METADATA, MASK, DEPTH = b"photo", b"photo with metadata", b"mask", b"depth"  # what may be asked for

Result = TypeVar("Result")
_LENGTH = struct.Struct("!Q")


class Decoder:
    """A child process that decodes photos, replaced whenever it has ended. Not thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start()

    def decode(self, data: bytes, *, metadata: bool = False) -> Photo:
        """`decode_photo`, with the same results and errors, within limits of time and memory."""
        return self._within_limits(data, PHOTO_WITH_METADATA if metadata else PHOTO, _receive_photo)

    def decode_mask(self, data: bytes) -> Photo:
        """The function `decode_mask`, with the same results and errors, within limits of time and memory."""
        return self._within_limits(data, MASK, _receive_photo)

    def decode_depth(self, data: bytes) -> DepthMap:
        """The function `decode_depth`, with the same results and errors, within limits of time and memory."""
        return self._within_limits(data, DEPTH, _receive_depth)

    def close(self) -> int:
        """End the child, if it has not ended. Returns its return code."""
        self._connection.close()
        self._process.kill()
        return self._process.wait()

    def _within_limits(self, data: bytes, wanted: bytes, receive: Callable[[socket.socket], Result]) -> Result:
        check_file(data, self._settings)
        for _ in range(ATTEMPTS):
            if self._process.poll() is not None:
                self.close()
                self._start()
            try:
                self._ask(data, wanted)
                return receive(self._connection)
            except TimeoutError:
                self.close()
                raise _too_slow(self._settings) from None
            except MemoryError:  # the rest of this answer would be taken for the beginning of the next
                self.close()
                raise
            except (EOFError, ConnectionError):
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(ENDING_S)
                ended_by = -self.close()
                if ended_by == signal.SIGPROF:
                    raise _too_slow(self._settings) from None
        if ended_by == signal.SIGKILL:  # as Linux does where it runs out of memory; no file does
            raise MemoryError
        raise errors.UndecodablePhoto("The photo cannot be decoded: it breaks the decoder; save it anew.")

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

    def _ask(self, data: bytes, wanted: bytes) -> None:
        if not self._ready:
            self._connection.settimeout(START_TIMEOUT_S)
            self._ready = _receive(self._connection) == READY
        self._connection.settimeout(self._settings.decode_wait_s)
        _send(self._connection, wanted)
        _send(self._connection, data)


def serve(connection: socket.socket, settings: Settings) -> None:
    """The child: answer files with photos until the worker hangs up."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with suppress(OSError):  # when Linux runs out of memory, it takes this process rather than the worker
        Path("/proc/self/oom_score_adj").write_text("1000")
    keep_freed_memory()
    _send(connection, READY)
    while True:
        wanted, data = bytes(_receive(connection)), bytes(_receive(connection))
        _limit_memory(settings)
        signal.setitimer(signal.ITIMER_PROF, settings.max_decode_s)  # SIGPROF ends the process, in C code as well
        try:
            reply: Photo | DepthMap | errors.FocalError = _decoded(wanted, data, settings)
        except errors.FocalError as error:
            reply = error
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send_reply(connection, reply)
        del data, reply  # no photo is kept while waiting


def _decoded(wanted: bytes, data: bytes, settings: Settings) -> Photo | DepthMap:
    if wanted == DEPTH:
        return decode_depth(data, settings)
    if wanted == MASK:
        return decode_mask(data, settings)
    return decode_photo(data, settings, metadata=wanted == PHOTO_WITH_METADATA)


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


def _send_reply(connection: socket.socket, reply: Photo | DepthMap | errors.FocalError) -> None:
    if isinstance(reply, errors.FocalError):
        _send_facts(connection, type=reply.type, message=reply.message)
    elif isinstance(reply, DepthMap):
        _send_facts(connection)
        _send_depth(connection, reply)
    else:
        _send_photo(connection, reply)


def _send_photo(connection: socket.socket, photo: Photo) -> None:
    portrait = photo.portrait
    _send_facts(
        connection,
        format=photo.source_format,
        gain_map=photo.has_gain_map,
        is_blurred=portrait.is_blurred,
        is_original=portrait.is_original,
    )
    _send(connection, photo.icc_profile or b"")
    _send(connection, photo.exif or b"")
    for array in (photo.pixels, photo.alpha, portrait.matte):
        _send_array(connection, array)
    _send_depth(connection, portrait.depth)


def _receive_photo(connection: socket.socket) -> Photo:
    facts = _receive_facts(connection)
    profile, exif = bytes(_receive(connection)), bytes(_receive(connection))
    pixels, alpha, matte = (_receive_array(connection) for _ in range(3))
    portrait = Portrait(_receive_depth_map(connection), matte, facts["is_blurred"], facts["is_original"])
    return Photo(pixels, profile or None, facts["format"], alpha, exif or None, facts["gain_map"], portrait)


def _send_depth(connection: socket.socket, depth: DepthMap | None) -> None:
    _send(connection, depth.source.encode() if depth else b"")
    _send_array(connection, depth.disparity if depth else None)


def _receive_depth(connection: socket.socket) -> DepthMap:
    _receive_facts(connection)
    depth = _receive_depth_map(connection)
    assert depth is not None  # noqa: S101 (what was asked for)
    return depth


def _receive_depth_map(connection: socket.socket) -> DepthMap | None:
    source, disparity = _receive(connection).decode(), _receive_array(connection)
    return None if disparity is None else DepthMap(disparity, source)


def _send_facts(connection: socket.socket, **facts: str | bool) -> None:
    _send(connection, json.dumps(facts).encode())


def _receive_facts(connection: socket.socket) -> Any:
    """What precedes a result. Raises the error that the child sends in its place."""
    facts = json.loads(_receive(connection))
    if "type" in facts:
        raise getattr(errors, facts["type"])(facts["message"])
    return facts


def _send_array(connection: socket.socket, array: npt.NDArray[Any] | None) -> None:
    if array is None:
        return _send(connection, b"null")
    _send(connection, json.dumps([array.dtype == np.float32, array.shape]).encode())
    connection.sendall(np.ascontiguousarray(array).data)


def _receive_array(connection: socket.socket) -> Any:
    kind = json.loads(_receive(connection))
    if kind is None:
        return None
    is_float, shape = kind
    array = np.empty(shape, np.float32 if is_float else np.uint8)
    _receive_into(connection, array.data.cast("B"))
    return array


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
