"""Hostile requests, generated: bodies, forms and masks. They go just past our own limits, and cost no parser much."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from tests.helpers.hostile_photos import FILES
from tests.helpers.pictures import encoded, noise


def bodies() -> Iterator[tuple[str, bytes]]:
    """Hostile requests: content type and body. None of them holds a photo that could be answered."""
    photo = base64.b64encode(encoded()).decode()
    texts = [
        "", " ", "{", "}", "[", "null", "true", "0", '""', "[[]]", "{}", '{"":""}', "{,}", '{"img":}', '{"img"',
        '{"img":null}', '{"img":[]}', '{"img":{}}', '{"img":0}', '{"img":true}', '{"img":""}', '{"img":"\\u0000"}',
        '{"img":"\\ud800"}', '{"img":"\\udc00\\ud800"}', '{"img":"\x00"}', '{"img":"' + "A" * 1_000_003 + '"}',
        '{"img":"' + photo + '","img":"' + photo + '"}',
        '{"img":"' + photo, photo, "data:image/jpeg;base64," + photo,
        "[" * 2000, '{"a":' * 2000, "[" * 900 + "]" * 900, "1" * 5000, "-" * 1000, '"' + "\\" * 1001,
        '{"img":"x","a":[' + "[]," * 1001 + "0]}",
        '{"img":"x",' + ",".join(f'"{n}":{n}' for n in range(1002)) + "}",
        '{"img":"' + photo + '","strength":' + "9" * 5000 + "}", '{"img":"' + photo + '","strength":1e999}',
    ]  # fmt: skip
    values = [
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        '"\\ud800"',
        '"\\u0000"',
        "[]",
        "{}",
        "1e-400",
        "-1",
        '"nan"',
        "99",
    ]
    names = [
        "strength",
        "bokeh",
        "mask",
        "target",
        "format",
        "quality",
        "point",
        "fallback",
        "maskImage",
        "depthImage",
        "depth",
        "depthNear",
        "focus",
        "grain",
        "class",
        "probability",
        "nonsense",
        "__class__",
        "a\\r\\nb",
        "\\ud800",
        "",
    ]
    options = [f'"{name}":{value}' for name in names for value in values]
    options += [
        f'"point":{point}' for point in ("[0.5]", "[0,1,0]", "[2,0]", "[NaN,0]", "[true,1]", '"0,1"', "[[0,1]]")
    ]
    harmless = {'"strength":1e-400', '"focus":1e-400', '"target":1e-400', '"grain":true'}
    harmless |= {'"target":99', '"quality":99'}
    harmless |= {f'"{name}":null' for name in names[: names.index("nonsense")]}  # null counts as not sent
    texts += [f'{{"img":"{photo}",{option}}}' for option in options if option not in harmless]
    for text in texts:
        yield "application/json", text.encode()
    yield "application/json", b'{"img":"\xff\xfe"}'
    yield "application/json", json.dumps({"img": "x"}).encode("utf-16")
    mask = f'{{"img":"{photo}","maskImage":"{photo}"'
    along = [
        '"class":1',
        '"class":"no such"',
        '"class":["tabby"]',
        '"class":"\\ud800"',
        '"probability":2',
        '"target":1',
    ]
    along += ['"probability":NaN', '"probability":"0.5"', '"probability":true', '"points":[[0,0]]', '"target":1']
    yield from (("application/json", f"{mask},{more}}}".encode()) for more in along)
    for content_type in ("application/octet-stream", "image/jpeg", "text/plain", "application/x-www-form-urlencoded"):
        yield from (
            (content_type, body) for body in (b"", b"\0", b"\xff" * 1000, b"img=" + photo.encode(), b"{" * 1000)
        )
    yield from (("multipart/form-data; boundary=x", body) for body in _forms())


def masks(one_in: int = 1) -> Iterator[bytes]:
    """Requests of a sound photo with a hostile file as its mask, or one of another shape; some can be answered."""
    odd = [encoded(noise(*size), "PNG") for size in ((1, 1), (1, 50), (50, 1), (3, 2), (640, 480), (641, 480))]
    yield from _with_maps("maskImage", odd, one_in)


def depths(one_in: int = 1) -> Iterator[bytes]:
    """Requests of a sound photo with a hostile file as its map of depth, or one of another shape or in colours."""
    sizes = ((1, 1), (1, 50), (50, 1), (5, 3), (80, 48), (82, 48), (84, 48), (1000, 600), (4000, 2400))
    odd = [encoded(noise(*size).convert(mode), "PNG") for size in sizes for mode in ("L", "1", "RGBA", "P")]
    yield from _with_maps("depthImage", odd, one_in)


def _with_maps(field: str, odd: list[bytes], one_in: int) -> Iterator[bytes]:
    photo = encoded()
    files = [data for generate in FILES.values() for data in generate() if len(data) < 1_000_000]
    for image in odd + files[::one_in]:
        fields = {"img": photo, field: image}
        yield json.dumps({name: base64.b64encode(data).decode() for name, data in fields.items()}).encode()


def _forms() -> Iterator[bytes]:
    def part(name: str, value: bytes, more: str = "") -> bytes:
        return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"

    photo, end = part("img", encoded(), '; filename="a.jpg"'), b"--x--\r\n"
    yield b""
    yield end
    yield part("photo", encoded()) + end
    yield photo + part("strength", b"much") + end
    yield photo + part("strength", b"\xff\xfe") + end
    yield photo + part("nonsense", b"1") + end
    yield photo + part("body", b"1") + end
    yield photo + part("image", encoded()) + end
    yield part("img", b"7", '; filename="a"\r\nContent-Type: application/json') + end
    yield photo + part("point", b"0.5") + end
    yield photo + part("point", b"0.5," * 2000) + end
    yield photo + part("point", b"nan,inf") + end
    yield photo + part("fallback", b"maybe") + end
    yield photo + part("class", b"tabby") + end
    yield photo + photo + end
    yield photo + part("strength", b"0.1") * 2 + end
    yield b"x" + photo + end
    yield photo + end[:-4]
    yield photo + part("maskImage", b"white") + end
    yield photo + part("maskImage", encoded(), '; filename="b"') + part("probability", b"9" * 5000) + end
    yield photo + part("maskImage", b"7", '; filename="b"\r\nContent-Type: application/json') + end
    yield photo + part("target", b"[[[", '; filename="a"\r\nContent-Type: application/json') + end
