"""A network in a TensorFlow Lite file, run by LiteRT: the runtime of those who trained it, and the fastest for it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ai_edge_litert.interpreter import Interpreter

from ...arrays import Floats


class TfliteNetwork:
    """A network that takes one picture and runs on the thread that calls it, one call at a time.

    input_px: height and width of the picture.
    """

    def __init__(self, file: bytes, last_layer: Callable[[Floats], Floats] | None = None) -> None:
        """Load a network from the bytes of its file.

        last_layer: what is still to be done with its only output; None if nothing is.
        Raises ValueError or RuntimeError if the file holds no network for one picture.
        """
        with _native_messages_dropped():
            self._interpreter = Interpreter(model_content=file, num_threads=1)
            self._interpreter.allocate_tensors()
        (details,) = self._interpreter.get_input_details()
        _, height, width, _ = map(int, details["shape"])
        self.input_px = height, width
        self._input = details["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self._last_layer = last_layer

    def __call__(self, picture: Floats) -> list[Floats]:
        """The outputs for a picture, float32 (h, w, 3) of `input_px`; each float32 (1, …), a copy of its own."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        outputs = [self._interpreter.get_tensor(output) for output in self._outputs]
        return outputs if self._last_layer is None else [self._last_layer(*outputs)]


@contextmanager
def _native_messages_dropped() -> Iterator[None]:
    """Keep LiteRT from writing to stderr that it chose a delegate, which no setting of its own prevents."""
    with tempfile.TemporaryFile() as nowhere:
        stderr = os.dup(2)
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
