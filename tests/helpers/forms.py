"""Forms as browsers and programs write them, byte by byte."""

from __future__ import annotations

FORM_TYPE = "multipart/form-data; boundary=focal"


def part(
    name: str, value: bytes, *, filename: str | None = None, content_type: str | None = None, head: str | None = None
) -> bytes:
    """A field; head: one more line of its head."""
    lines = [
        f'Content-Disposition: form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
    ]
    lines += [f"Content-Type: {content_type}"] * (content_type is not None) + [head] * (head is not None)
    return b"--focal\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + value + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole body of FORM_TYPE."""
    return b"".join(parts) + b"--focal--\r\n"
