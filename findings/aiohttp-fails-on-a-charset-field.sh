#!/usr/bin/env bash
# aiohttp 3.14.5: a form with a field _charset_, which every browser fills in where a page has one, fails.
# Versions: aiohttp 3.14.5, starlette 1.10.0, python-multipart 0.0.34, uvicorn 0.54.0.
# Expected: HTML names the field: a hidden input _charset_ is sent with the name of the encoding. The server reads it, as its
# source means to, and then the other fields; a server that does not know it hands it on as any other.
# Seen: request.post() raises "Invalid HTTP header: b'--BOUNDARY'", wherever the field stands and whatever it says: the client
# gets an error in the place of its answer. Without the field, or under another name, the same form is read. Starlette reads all
# three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aiohttp==3.14.5 starlette==1.10.0 python-multipart==0.0.34 uvicorn==0.54.0

"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import http.client
import logging
import socket
import sys
import threading

import uvicorn
from aiohttp import web
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def ask(port, names):
    """The status and the text that the server answers to a photo among these fields."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\nutf-8' for name in names]
    parts.append('Content-Disposition: form-data; name="img"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nPHOTO')
    form = "".join(f"--BOUNDARY\r\n{part}\r\n" for part in parts) + "--BOUNDARY--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/", form, {"Content-Type": "multipart/form-data; boundary=BOUNDARY"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


async def fields_by_aiohttp(request):
    return web.json_response(sorted(await request.post()))


async def fields_by_starlette(request):
    return JSONResponse(sorted(await request.form()))


async def asked_of_aiohttp(forms):
    application = web.Application()
    application.router.add_post("/", fields_by_aiohttp)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    answers = [await asyncio.to_thread(ask, runner.addresses[0][1], names) for names in forms]
    await runner.cleanup()
    return answers


def asked_of_starlette(forms):
    listening = socket.create_server(("127.0.0.1", 0))
    application = Starlette(routes=[Route("/", fields_by_starlette, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(application, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    answers = [ask(listening.getsockname()[1], names) for names in forms]
    server.should_exit = True
    thread.join()
    return answers


logging.disable()
FORMS = [[], ["charset"], ["_charset_"]]
seen = {"aiohttp": asyncio.run(asked_of_aiohttp(FORMS)), "starlette": asked_of_starlette(FORMS)}
for server, answers in seen.items():
    for names, (status, text) in zip(FORMS, answers, strict=True):
        print(f"{server}, a photo and {names}: {status} {text.splitlines()[0][:80]}")
statuses = {server: [status for status, _ in answers] for server, answers in seen.items()}
right = statuses["aiohttp"][:2] == [200, 200] and statuses["aiohttp"][2] >= 400
sys.exit(0 if right and statuses["starlette"] == [200, 200, 200] else "changed")
PYTHON
