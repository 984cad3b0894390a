#!/usr/bin/env bash
# tornado 6.6.1, bottle 0.13.4, falcon 4.4.0: a form whose type is written "Multipart/Form-Data" has no fields, or other ones.
# Versions: tornado 6.6.1, bottle 0.13.4, falcon 4.4.0, werkzeug 3.1.9, starlette 1.10.0, python-multipart 0.0.34.
# Expected: the same fields: names of media types and of their parameters do not depend on case (RFC 9110, 8.3.1).
# Seen: Tornado finds no field and no file, without an error. Bottle takes the bytes for an address's query and answers one
# field whose name is the head of the form. Falcon refuses it with 415. Werkzeug and Starlette read it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tornado==6.6.1 bottle==0.13.4 falcon==4.4.0 werkzeug==3.1.9 starlette==1.10.0 \
    python-multipart==0.0.34

"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import io
import sys

import bottle
import falcon
import falcon.testing
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from tornado import httputil
from werkzeug.wrappers import Request

FORM = (
    b'--BOUNDARY\r\nContent-Disposition: form-data; name="img"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\nPHOTO\r\n--BOUNDARY--\r\n"
)


def wsgi(kind):
    return {"REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(FORM)), "wsgi.input": io.BytesIO(FORM)}


def by_tornado(kind):
    fields, files = {}, {}
    httputil.parse_body_arguments(kind, FORM, fields, files)
    return sorted(fields | files)


def by_bottle(kind):
    request = bottle.BaseRequest(wsgi(kind))
    return sorted(request.POST)


def by_falcon(kind):
    names = []

    class Photo:
        def on_post(self, request, response):
            names.extend(part.name for part in request.get_media())

    application = falcon.App()
    application.add_route("/", Photo())
    answer = falcon.testing.TestClient(application).simulate_post("/", body=FORM, headers={"Content-Type": kind})
    return names or [answer.status]


def by_werkzeug(kind):
    request = Request(wsgi(kind))
    return sorted(request.files)


def by_starlette(kind):
    async def stream():
        yield FORM

    form = asyncio.run(MultiPartParser(Headers({"content-type": kind}), stream()).parse())
    return sorted(form)


readers = {"tornado": by_tornado, "bottle": by_bottle, "falcon": by_falcon, "werkzeug": by_werkzeug, "starlette": by_starlette}
seen = {}
for kind in ("multipart/form-data; boundary=BOUNDARY", "Multipart/Form-Data; boundary=BOUNDARY"):
    for name, read in readers.items():
        seen[name, kind[0]] = read(kind)
        print(f"{kind.split(';')[0]}, {name}: {seen[name, kind[0]]}")
plain = all(seen[name, "m"] == ["img"] for name in readers)
kept = all(seen[name, "M"] == ["img"] for name in ("werkzeug", "starlette"))
lost = seen["tornado", "M"] == [] and seen["bottle", "M"][0].startswith("--BOUNDARY") and seen["falcon", "M"][0].startswith("415")
sys.exit(0 if plain and kept and lost else "changed")
PYTHON
