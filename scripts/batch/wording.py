"""The pipeline's sentences, which speak to whoever sends a request, as a command says them."""

from __future__ import annotations

import re

from .options import argument_of

_WORDS = {
    r"\boutput=(?=\w)": "--picture=",
    r"(?<!Option )\bmaxSide\b": argument_of("maxSide"),
    r"\ba depthImage\b": "--depth MAPS",
    r"^depthImage\b": "The map of depth",
    r"\bsend it again\b": "use another copy",
    r"\bsend\b": "use",
    r"\bsent\b": "given",
}


def for_command(sentence: str) -> str:
    """The sentence without sending, as nothing is sent where there is no server, and with the arguments' own names."""
    for pattern, word in _WORDS.items():
        sentence = re.sub(pattern, word, sentence)
    return re.sub(r"\bOption (\w+)", lambda option: argument_of(option[1]), sentence)
