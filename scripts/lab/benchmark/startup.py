"""Startup: from the command to the first answer to a photo, with every file already in place."""

from __future__ import annotations

import http.client
import tempfile
import time
from pathlib import Path

from server.java import find_java
from server.ports import Addresses, free_ports
from server.torchserve import TorchServe
from setup.console import CommandError

from .in_process import PhotoRequest
from .server import Client, bench_server, model_store

LONGEST_START_S = 120.0
PAUSE_S = 0.05


def serve_to_answer_s(folder: Path, backbone: str, request: PhotoRequest) -> float:
    """Seconds from the start of scripts/serve to the first answer that the gateway gives."""
    store = model_store(folder, backbone)
    start_s = time.perf_counter()
    with bench_server(backbone, store) as (url, _):
        Client(url).ask(request)
        return time.perf_counter() - start_s


def torchserve_to_answer_s(folder: Path, backbone: str, request: PhotoRequest) -> float:
    """Seconds from the start of TorchServe's Java to the first answer. Raises CommandError if it gives none."""
    inference, management, metrics = free_ports(3)
    addresses = Addresses(inference_port=inference, management_port=management, metrics_port=metrics)
    store = model_store(folder, backbone)
    with tempfile.TemporaryDirectory(prefix="focal-") as made:
        server = TorchServe(find_java(), addresses, Path(made) / "torchserve", store, workers=1)
        start_s = time.perf_counter()
        server.start()
        try:
            while time.perf_counter() < start_s + LONGEST_START_S and server.is_running():
                if server.is_ready() and _answers(server, request):
                    return time.perf_counter() - start_s
                time.sleep(PAUSE_S)
            raise CommandError("TorchServe did not start.")
        finally:
            server.stop()


def _answers(server: TorchServe, request: PhotoRequest) -> bool:
    keys = server.keys()
    connection = http.client.HTTPConnection("127.0.0.1", server.addresses.inference_port, timeout=LONGEST_START_S)
    try:
        headers = request.headers | {"Authorization": f"Bearer {keys.inference if keys else ''}"}
        connection.request("POST", "/predictions/focal", request.body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
