"""What TorchServe offers beside predictions stays shut, also to who stands on the machine or holds a key."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from server.probe import sample_png
from server.torchserve_config import read_properties

from tests.helpers.running_server import Server

pytestmark = pytest.mark.slow

PERMISSION_DENIED, UNIMPLEMENTED = "7", "12"
INFERENCE = "org.pytorch.serve.grpc.inference.InferenceAPIsService"
MANAGEMENT = "org.pytorch.serve.grpc.management.ManagementAPIsService"
OPEN_INFERENCE = "org.pytorch.serve.grpc.openinference.GRPCInferenceService"


@pytest.fixture(scope="module")
def trap() -> Iterator[socket.socket]:
    """A server that nobody should ever call; whether anybody did is looked at once, after the last test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
        listener.settimeout(1)
        with pytest.raises(TimeoutError):
            listener.accept()


def ask(url: str, method: str, path: str, key: str | None = None) -> tuple[int, Any]:
    """Status and JSON of one of TorchServe's own addresses."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def models(server: Server) -> list[str]:
    return [model["modelName"] for model in server.manage("GET", "/models")["models"]]


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/other.mar", "focal.mar", "file:///etc/passwd"])
def test_the_management_key_registers_no_model(server: Server, trap: socket.socket, url: str) -> None:
    address = url.format(port=trap.getsockname()[1])
    status, error = ask(
        server.management_url, "POST", f"/models?model_name=other&url={address}", server.keys.management
    )

    assert (status, error["type"]) == (405, "MethodNotAllowedException")
    assert models(server) == ["focal"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/other.war",
        "file:///nonexistent/other.war",
        "file:///etc/hostname",
        "/etc/hostname",
        "hostname",
        "focal.mar",
    ],
)
def test_the_management_key_registers_no_workflow_and_copies_no_file(
    server: Server, trap: socket.socket, url: str
) -> None:
    address = url.format(port=trap.getsockname()[1])
    status, error = ask(server.management_url, "POST", f"/workflows?url={address}", server.keys.management)

    assert (status, error["type"]) == (404, "WorkflowNotFoundException")
    assert server.manage("GET", "/workflows") == {"workflows": []}
    assert models(server) == ["focal"]


def test_the_management_key_removes_no_model(server: Server) -> None:
    status, _ = ask(server.management_url, "DELETE", "/models/focal", server.keys.management)

    assert status == 405
    assert models(server) == ["focal"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/a.jpg", "//127.0.0.1:{port}/a.jpg", "file:///etc/passwd"])
def test_an_address_in_the_place_of_a_photo_is_not_fetched(server: Server, trap: socket.socket, url: str) -> None:
    address = url.format(port=trap.getsockname()[1])
    image = base64.b64encode(sample_png()).decode()
    bodies = [
        {"img": address},
        {"img": image, "maskImage": address},
        {"img": image, "target": address},
        {"url": address},
    ]
    answers = [requests.post(server.url, json=body, timeout=60) for body in bodies]
    answers.append(requests.post(server.url, files={"img": address.encode()}, timeout=60))

    assert all(400 <= answer.status_code < 500 for answer in answers)


def test_each_key_opens_its_own_door_only(server: Server) -> None:
    inference, management = server.keys.inference, server.keys.management
    attempts = {
        "management without a key": ask(server.management_url, "GET", "/models"),
        "management with the inference key": ask(server.management_url, "GET", "/models", inference),
        "a new key without the key for keys": ask(server.management_url, "GET", "/token?type=management"),
        "a new key with the management key": ask(server.management_url, "GET", "/token?type=management", management),
        "inference without a key": ask(server.inference_url, "POST", "/predictions/focal"),
        "inference with the management key": ask(server.inference_url, "POST", "/predictions/focal", management),
    }

    assert {what: (status, body["type"]) for what, (status, body) in attempts.items()} == dict.fromkeys(
        attempts, (400, "InvalidKeyException")
    )


def test_no_process_shows_a_key_to_other_accounts(server: Server) -> None:
    serve = psutil.Process(server.process.pid)
    command_lines = " ".join(word for one in [serve, *serve.children(recursive=True)] for word in one.cmdline())

    assert not any(key in command_lines for key in (server.keys.inference, server.keys.management, server.keys.api))


def test_no_other_account_reads_a_file_of_the_server_but_the_page(server: Server) -> None:
    readable = {
        path.relative_to(server.runtime).parts[:2]
        for path in server.runtime.rglob("*")
        if path.is_file() and path.stat().st_mode & 0o044 and not private(path, server.runtime)
    }

    assert readable <= {("gateway", "page"), ("gateway", "nginx.pid"), ("server.json",)}


def private(path: Path, root: Path) -> bool:
    """Whether a folder between the two keeps others out."""
    return any(folder.stat().st_mode & 0o011 == 0 for folder in path.parents if folder.is_relative_to(root))


def grpc_status(port: int, method: str, key: str | None = None) -> tuple[str, str]:
    """The status and message that a gRPC method answers to a request of {1: "focal"}."""
    request = bytes([1 << 3 | 2, len(b"focal")]) + b"focal"
    headers = ["content-type: application/grpc", "te: trailers"] + ([f"authorization: Bearer {key}"] if key else [])
    command = ["curl", "--silent", "--max-time", "20", "--http2-prior-knowledge", "--data-binary", "@-"]
    command += [word for header in headers for word in ("--header", header)]
    command += ["--dump-header", "-", "--output", "/dev/null", f"http://127.0.0.1:{port}/{method}"]
    done = subprocess.run(command, input=struct.pack(">BI", 0, len(request)) + request, capture_output=True, check=True)
    told = dict(line.split(": ", 1) for line in done.stdout.decode().splitlines() if ": " in line)
    return told["grpc-status"], told.get("grpc-message", "")


@pytest.fixture
def grpc_ports(server: Server) -> list[int]:
    """The ports that gRPC chose for itself."""
    if (
        not shutil.which("curl")
        or b"HTTP2" not in subprocess.run(["curl", "-V"], capture_output=True, check=True).stdout
    ):
        pytest.skip("needs a curl that speaks HTTP/2")
    properties = read_properties(Path(server.state["key_file"]).with_name("config.properties"))
    known = {urlsplit(url).port for name, url in properties.items() if name.endswith("_address")}
    connections = psutil.Process(server.state["pids"]["torchserve"]).net_connections("tcp")
    return sorted({one.laddr.port for one in connections if one.status == "LISTEN"} - known)


@pytest.mark.parametrize(
    "method",
    [
        *(f"{INFERENCE}/{name}" for name in ("Ping", "Predictions", "StreamPredictions", "StreamPredictions2")),
        *(f"{MANAGEMENT}/{name}" for name in ("DescribeModel", "ListModels", "RegisterModel", "ScaleWorker")),
        *(f"{MANAGEMENT}/{name}" for name in ("SetDefault", "UnregisterModel")),
        *(f"{OPEN_INFERENCE}/{name}" for name in ("ModelInfer", "ModelMetadata", "ModelReady", "ServerLive")),
    ],
)
def test_grpc_does_nothing_without_a_key(server: Server, grpc_ports: list[int], method: str) -> None:
    answered = {grpc_status(port, method)[0] for port in grpc_ports}

    assert len(grpc_ports) == 2
    assert answered <= {PERMISSION_DENIED, UNIMPLEMENTED}


def test_grpc_registers_no_model_with_the_key_either(server: Server, grpc_ports: list[int]) -> None:
    told = [grpc_status(port, f"{MANAGEMENT}/RegisterModel", server.keys.management) for port in grpc_ports]

    assert any("Model API disabled" in message for _, message in told)
    assert models(server) == ["focal"]
