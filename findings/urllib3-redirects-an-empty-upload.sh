#!/usr/bin/env bash
# urllib3 2.8.0, requests 2.34.2: an upload that is redirected with 307 or 308 arrives empty, and the caller is told 200.
# Versions: urllib3 2.8.0, requests 2.34.2.
# Expected: the body is sent again, which 307 and 308 ask for, or an error where it cannot be read twice.
# Seen: urllib3.request and PoolManager send an open file as nothing (a pool of one host, HTTPConnectionPool, sends it again, for it
# remembers where the file began); requests sends a generator as nothing, an open file again. No error, no warning; what the server
# says of an empty photo is the only trace. httpx raises StreamConsumed for the generator, curl sends the file again. For files in
# urllib3 issue 5181 is open; of generators in requests the documentation says nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q urllib3==2.8.0 requests==2.34.2

"$folder/venv/bin/python" - "$folder/photo.jpg" <<'PYTHON'
import http.server
import sys
import threading
from pathlib import Path

import requests
import urllib3

PHOTO = Path(sys.argv[1])
PHOTO.write_bytes(bytes(range(256)) * 1000)


class Moved(http.server.BaseHTTPRequestHandler):
    """Redirects what is sent to /307 and /308; says of anything else how many bytes it has got."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = b""
        if self.headers["Transfer-Encoding"] == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        status = {"/307": 307, "/308": 308}.get(self.path, 200)
        answer = f"{len(body)} bytes".encode()
        self.send_response(status)
        self.send_header("Location", "/here")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def pieces():
    with PHOTO.open("rb") as photo:
        while piece := photo.read(65536):
            yield piece


def pool(path):
    with urllib3.HTTPConnectionPool("127.0.0.1", server.server_port) as one:
        answer = one.urlopen("POST", path, body=PHOTO.open("rb"))
        return answer.status, answer.data.decode()


def manager(path):
    answer = urllib3.request("POST", f"http://127.0.0.1:{server.server_port}{path}", body=PHOTO.open("rb"))
    return answer.status, answer.data.decode()


def session(body):
    def send(path):
        answer = requests.post(f"http://127.0.0.1:{server.server_port}{path}", data=body(), timeout=60)
        return answer.status_code, answer.text

    return send


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Moved)
threading.Thread(target=server.serve_forever, daemon=True).start()
ways = {
    "urllib3.request, a file": (manager, 0),
    "HTTPConnectionPool, a file": (pool, PHOTO.stat().st_size),
    "requests, a generator": (session(pieces), 0),
    "requests, a file": (session(lambda: PHOTO.open("rb")), PHOTO.stat().st_size),
}
as_seen = True
for name, (send, redirected) in ways.items():
    seen = {path: send(path) for path in ("/here", "/307", "/308")}
    print(f"{name}: {seen}")
    whole, moved = ((200, f"{size} bytes") for size in (PHOTO.stat().st_size, redirected))
    as_seen = as_seen and seen == {"/here": whole, "/307": moved, "/308": moved}
sys.exit(0 if as_seen else "changed")
PYTHON
