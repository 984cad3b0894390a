#!/usr/bin/env bash
# openapi-python-client 0.29.1: a client made for a service that answers with a picture has no picture.
# Versions: openapi-python-client 0.29.1.
# Expected: an answer declared as image/jpeg, a binary string, is handed over as bytes or a file.
# Seen: a warning and exit status 0; the made function returns None for a 200. (The bytes are in `.content` of the
# "detailed" function only.) A form's list, too, is sent as several fields of one name, as OpenAPI has it, which
# servers that keep the last one read as its last item.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openapi-python-client==0.29.1

cat > "$folder/api.json" <<'JSON'
{"openapi": "3.1.0", "info": {"title": "Photos", "version": "1"}, "paths": {"/blur": {"post": {
  "operationId": "blur",
  "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {"type": "object",
    "required": ["img"], "properties": {"img": {"type": "string", "format": "binary"},
      "point": {"type": "array", "items": {"type": "number"}}}}}}},
  "responses": {"200": {"description": "The picture",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}}}}}}
JSON
cd "$folder"
venv/bin/openapi-python-client generate --path api.json --output-path made --meta none 2>&1 | grep -A1 "Cannot parse"
venv/bin/python - <<'PYTHON'
import http.server
import re
import sys
import threading
from io import BytesIO

from made.api.default import blur
from made.client import Client
from made.models.blur_body import BlurBody
from made.types import File

JPEG = bytes.fromhex("ffd8ffd9")
received = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(JPEG)))
        self.end_headers()
        self.wfile.write(JPEG)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
body = BlurBody(img=File(payload=BytesIO(JPEG), file_name="a.jpg"), point=[0.25, 0.75])
answer = blur.sync_detailed(client=Client(f"http://127.0.0.1:{server.server_port}"), body=body)
fields = [name.decode() for name in re.findall(rb'name="(\w+)"', received[0])]
print(f"status {answer.status_code}, parsed: {answer.parsed}, content: {len(answer.content)} bytes")
print(f"fields of the form that was sent: {fields}")
sys.exit(0 if answer.parsed is None and answer.content == JPEG and fields.count("point") == 2 else "changed")
PYTHON
