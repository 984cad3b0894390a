#!/usr/bin/env bash
# opentelemetry-sdk 1.45.2: force_flush() says True when nothing has arrived, and does not keep to its time.
# Versions: opentelemetry-sdk 1.45.2, opentelemetry-exporter-otlp-proto-http 1.45.2.
# Expected: True if the spans were handed over within timeout_millis, else False (or an error), and an answer by then.
# Seen: with a collector that refuses (400), or with none at that address, True as if all were well; with one that needs
# two seconds, force_flush(200) returns after two seconds. Whether spans arrive can be seen in the log alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opentelemetry-sdk==1.45.2 opentelemetry-exporter-otlp-proto-http==1.45.2

"$folder/venv/bin/python" - <<'PYTHON'
import http.server
import logging
import socket
import sys
import threading
import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

logging.disable()
answers = {"status": 200, "seconds": 0.0}


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(answers["seconds"])
        self.send_response(answers["status"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def flushed(port, timeout_ms):
    """What force_flush says of one span, and after how many seconds."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    with provider.get_tracer("photos").start_as_current_span("blur"):
        pass
    start = time.monotonic()
    says = provider.force_flush(timeout_ms)
    took = time.monotonic() - start
    provider.shutdown()
    return says, took


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
with socket.socket() as unused:
    unused.bind(("127.0.0.1", 0))
    nobody = unused.getsockname()[1]  # bound and not listening: every connection is refused
    answers.update(status=400)
    refused = flushed(server.server_port, 4_000)
    absent = flushed(nobody, 4_000)
answers.update(status=200, seconds=2.0)
slow = flushed(server.server_port, 200)
print("a collector that answers 400:   force_flush(4000) says %s" % refused[0])
print("no collector at the address:    force_flush(4000) says %s" % absent[0])
print("a collector that takes 2 s:     force_flush(200) says %s after %.1f s" % slow)
sys.exit(0 if refused[0] is True and absent[0] is True and slow[0] is True and slow[1] > 1.5 else "changed")
PYTHON
