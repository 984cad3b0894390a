#!/usr/bin/env bash
# requests 2.34.2: credentials of ~/.netrc replace the Authorization header that the caller gives.
# Versions: requests 2.34.2.
# Expected: what a program says outright wins over what a library finds in a file.
# Seen: a line for the host in ~/.netrc, which may be there for quite another service on it, and the caller's bearer token
# is not sent: "Basic …" goes out in its place, without a word, and the server says 401. auth= wins over the file, and so
# does a session with trust_env = False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2

(umask 077 && echo "machine 127.0.0.1 login somebody password else" > "$folder/netrc")
NETRC="$folder/netrc" "$folder/venv/bin/python" - <<'PYTHON'
import http.server
import sys
import threading

import requests

KEY = "Bearer the-key-of-the-caller"


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.headers["Authorization"] or "none").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url, headers = f"http://127.0.0.1:{server.server_port}", {"Authorization": KEY}
plain = requests.get(url, headers=headers, timeout=9).text
with requests.Session() as session:
    session.trust_env = False
    closed = session.get(url, headers=headers, timeout=9).text
kept = requests.get(url, headers=headers, auth=lambda request: request, timeout=9).text
print(f"given: {KEY}\nsent by get(headers=…): {plain}\nwith trust_env = False: {closed}\nwith auth= that adds nothing: {kept}")
sys.exit(0 if plain.startswith("Basic ") and closed == KEY == kept else "changed")
PYTHON
