"""TorchServe as a child process: Java started directly, in a folder of its own, and stopped without leftovers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

from focal import __version__
from focal.machine.process import variables_for
from focal.settings import Settings
from setup.archive import unpack
from setup.packages import package_folder

from .child import Child
from .loopback import answers, open_directly
from .ports import Addresses
from .tokens import Keys, read_keys
from .torchserve_config import FILES, LOGGING, MODEL, TEMPORARY, as_text, properties_of
from .workers import worker_pids

STOP_TIMEOUT_S = 15.0
MANAGEMENT_TIMEOUT_S = 5.0
DEFAULT_LIMITS = Settings()


class TorchServe(Child):
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
        self._temporary = folder / TEMPORARY
        self._workers_seen: set[int] = set()

    def start(self) -> None:
        """Start the process and return at once; `is_ready` says when it serves."""
        self.stop()  # removes what a dead process left: its workers, its unpacked model
        self._workers_seen.clear()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(mode=0o700)
        unpack(self.archive, self.folder / MODEL)  # much faster than Java would
        self.key_file.unlink(missing_ok=True)
        for name, content in FILES.items():
            (self.folder / name).write_bytes(content)
        properties = properties_of(self.addresses, self.folder, self.workers, self.limits)
        configuration = self.folder / "config.properties"
        configuration.write_text(as_text(properties))
        home = package_folder("ts").parent
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
        return answers(request, timeout_s)

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

    def stop(self) -> None:
        """End it and its workers; at SIGTERM it removes its temporary files."""
        if self.process is not None:
            self._end(STOP_TIMEOUT_S)
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
