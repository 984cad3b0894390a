"""The pipeline's sentences, which speak to whoever sends a request, as a command says them."""

from __future__ import annotations

import re

_WORDS = {
    r"The request holds no photo": "The file is empty",
    r"\bsend it again\b": "use another copy",
    r"\bsend\b": "use",
    r"\bsent\b": "given",
}


def for_command(sentence: str) -> str:
    """The sentence without sending: nothing is sent where there is no server."""
    for pattern, word in _WORDS.items():
        sentence = re.sub(pattern, word, sentence)
    return sentence
