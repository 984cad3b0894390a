"""Base64 as clients write it -> bytes."""

from __future__ import annotations

import binascii

from ..errors import InvalidBase64

_URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_WHITE_SPACE = " \t\r\n\f\v"


def decode_base64(text: object, name: str = "img") -> bytes:
    """Base64 of the standard or the URL-safe alphabet, padded or not, with white space and a data: prefix tolerated.

    Raises InvalidBase64, in which the field is called `name`, on anything else.
    """
    if not isinstance(text, str):
        raise InvalidBase64(f'"{name}" must be a string of base64.')
    text = text.lstrip(_WHITE_SPACE)
    if text[:5].lower() == "data:":
        prefix, comma, text = text.partition(",")
        if not comma or not prefix.lower().endswith(";base64"):
            raise InvalidBase64(f'A data: URL in "{name}" must be of the form data:image/jpeg;base64,<data>.')
    try:
        return _decode_base64(text)
    except ValueError as error:
        if text[:8].lower().startswith(("http://", "https://")):
            raise InvalidBase64(
                f'"{name}" is an address, and Focal fetches nothing; send the image file itself.'
            ) from error
        raise InvalidBase64(f'"{name}" is not base64; encode the bytes of the image file as base64.') from error


def _decode_base64(text: str) -> bytes:
    try:
        return _strictly(text)  # what nearly all send, without a copy
    except ValueError:
        encoded = text.encode("ascii").translate(None, delete=_WHITE_SPACE.encode())
    if b"-" in encoded or b"_" in encoded:
        if b"+" in encoded or b"/" in encoded:
            raise ValueError("two alphabets at once")
        encoded = encoded.translate(_URL_SAFE_TO_STANDARD)
    return _strictly(encoded if b"=" in encoded else encoded + b"=" * (-len(encoded) % 4))


def _strictly(encoded: str | bytes) -> bytes:
    if len(encoded) % 4 or encoded[-3:] in ("===", b"==="):  # Python's strict mode lets some excess padding pass
        raise ValueError("wrong padding")
    return binascii.a2b_base64(encoded, strict_mode=True)
