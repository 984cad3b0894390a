"""A real server: `scripts/serve`, as a user starts it, on ports and in folders of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import state_file, temporary_server
from server.tokens import Keys, read_keys

from tests.helpers.waiting import wait_until

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 100.0
PROXY_VARIABLES = [word for name in ("http_proxy", "https_proxy", "all_proxy") for word in (name, name.upper())]


@dataclass(frozen=True)
class Server:
    """A running `scripts/serve`; its addresses, its processes and TorchServe's tokens of now."""

    process: subprocess.Popen[bytes]
    runtime: Path
    log: Path
    variables: dict[str, str]

    @property
    def state(self) -> dict[str, Any]:
        """What the server says of itself in server.json."""
        return state_file.read(self.runtime)

    @property
    def url(self) -> str:
        """The gateway."""
        return self.state["url"]

    @property
    def inference_url(self) -> str:
        """TorchServe's inference API, which wants keys.inference."""
        return self.state["inference_url"]

    @property
    def management_url(self) -> str:
        """TorchServe's management API, which wants keys.management."""
        return self.state["management_url"]

    @property
    def metrics_url(self) -> str:
        """TorchServe's metrics API, which wants no key."""
        return self.state["metrics_url"]

    @property
    def keys(self) -> Keys:
        """TorchServe's tokens; new after it was restarted."""
        return read_keys(Path(self.state["key_file"]))

    def manage(self, method: str, path: str) -> Any:
        """Call the management API with its token."""
        headers = {"Authorization": f"Bearer {self.keys.management}"}
        request = urllib.request.Request(self.management_url + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def wait_until_ready(self) -> Server:
        """This server, once it has said that it is ready; fails if it ends or takes too long."""
        wait_until(lambda: "Focal is ready" in self.log.read_text() or self.process.poll() is not None, START_TIMEOUT_S)
        assert self.process.poll() is None, f"serve ended with {self.process.returncode}:\n{self.log.read_text()}"
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_TIMEOUT_S)


def launch(log: Path, *arguments: str, checkout: Path = ROOT, **variables: str) -> Server:
    """Start a checkout's `scripts/serve` with these arguments and environment variables; it is not ready yet.

    It has ports and a runtime folder of its own, and the virtual environment that the tests run in.
    """
    # Short, for there are Unix sockets in it, and open to nginx's workers, who are `nobody` when root runs the tests.
    runtime = Path(variables.get("FOCAL_RUNTIME") or Path(tempfile.mkdtemp(prefix="focal-")) / "run")
    runtime.parent.chmod(0o711)
    process, own = temporary_server.start(runtime, log, arguments, {"FOCAL_VENV": sys.prefix, **variables}, checkout)
    return Server(process, runtime, log, own)
