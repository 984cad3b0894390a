"""TorchServe and the gateway without their processes, for tests of who steers them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from server.gateway_settings import GatewaySettings
from server.tokens import Keys


class StandInTorchServe:
    """A TorchServe that is ready at once, unless a test says otherwise."""

    started: list[StandInTorchServe]
    keys_are_written = True

    def __init__(self, *started_with: Any) -> None:
        self.java, self.addresses, self.folder, model_store, self.workers, self.limits = started_with
        self.archive = model_store / "focal.mar"
        self.key_file = self.folder / "key_file.json"
        self.process = None
        self.running = False
        self.asked_for: list[int] = []

    def start(self) -> None:
        self.started.append(self)
        self.running = True

    def go_on(self) -> None:
        pass

    def stop(self) -> None:
        self.running = False

    def is_running(self) -> bool:
        return self.running

    def keys(self) -> Keys | None:
        number = self.started.index(self) + 1
        return Keys(f"inference{number}", f"management{number}", "api") if self.keys_are_written else None

    def is_ready(self) -> bool:
        return True

    def dead_workers(self) -> int:
        return 0

    def worker_pids(self) -> list[int]:
        return []

    def ready_workers(self) -> int:
        return self.asked_for[-1] if self.asked_for else 1

    def scale(self) -> bool:
        self.asked_for.append(self.workers)
        return True


class StandInGateway:
    """A gateway whose workers change with each reload, as nginx's do; its maker gives it its settings."""

    settings: GatewaySettings

    def __init__(self) -> None:
        self.loads: list[GatewaySettings] = []
        self.process = None
        self.running = False
        self.old_workers_stay = False

    def start(self) -> None:
        self.running = True
        self.loads.append(self.settings)

    def reload(self, settings: GatewaySettings) -> None:
        self.loads.append(settings)

    def workers(self) -> set[int]:
        return set(range(len(self.loads))) if self.old_workers_stay else {len(self.loads)}

    def is_running(self) -> bool:
        return self.running

    def drain(self, timeout_s: float) -> bool:
        return True

    def stop(self) -> None:
        self.running = False


def make_archive(path: Path, max_megapixels: float = 50) -> Path:
    """A file that looks like one of Focal's archives."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("provenance.json", '{"backbone": "alexnet", "version": "2"}')
        archive.writestr("model-config.yaml", f"handler: {{max_megapixels: {max_megapixels}}}")
    return path
