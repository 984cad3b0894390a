"""Keep TorchServe and the gateway running: restart what dies, ever more slowly, and give up loudly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

from setup.console import CommandError, say, warn

from .gateway import Gateway
from .gateway_config import Candidate, GatewaySettings
from .ports import Addresses
from .probe import RefusedError, predict
from .server_metrics import ServerMetrics
from .torchserve import Keys, TorchServe

START_TIMEOUT_S = 120.0
DRAIN_BESIDE_S = 5.0  # draining waits so much longer than the slowest request may take
PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0)  # before each restart in a row; after the last it gives up
CALM_S = 300.0  # after so long without a death, the next one is the first of a new row
WORKERS_LOST = 2  # over loading the model: one may have been killed, the second shows that it cannot be loaded
TICK_S = 0.1


class EndedEarlyError(CommandError):
    """TorchServe ended before it served."""


class Supervisor:
    """The life of one server, from its start to its drained end.

    Beside its TorchServe there may be another, started by an order (ops/orders.py): a candidate that gets
    `candidate_percent` of the photos, or, without one, a TorchServe that starts, or that finishes its last photos.
    Orders come from other threads: who changes any of this holds `lock`.
    """

    def __init__(self, addresses: Addresses, folder: Path, torchserve: TorchServe) -> None:
        self.addresses = addresses
        self.folder = folder
        self.torchserve = torchserve
        self.beside: TorchServe | None = None
        self.candidate_percent: int | None = None
        self.gateway: Gateway | None = None
        self.lock = threading.RLock()
        self.is_up = False
        self.leaving = False
        self.stopping = False
        self.deaths_s: list[float] = []
        self.metrics = ServerMetrics()

    def run(self, when_ready: Callable[[], None]) -> None:
        """Serve until a signal says to stop, then drain. Raises CommandError when it cannot serve."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        with self.metrics.shown(self):
            try:
                self._start_torchserve()
                if not self.stopping:
                    self.is_up = True
                    when_ready()
                while not self.stopping:
                    with self.lock:
                        self._revive()
                    time.sleep(TICK_S)
            finally:
                self._shut_down()

    def _start_torchserve(self) -> None:
        """Start it and give the gateway its new keys, which answers 503 until the model is loaded."""
        server = self.torchserve
        server.start()
        self.wait_for(server, "TorchServe's keys", lambda: server.keys() is not None)
        self.open_gateway()
        self.wait_for(server, "the model", lambda: model_is_loaded(server))
        self.wait_for(server, "the first prediction", lambda: predicts(self.addresses.url))
        self.wait_for(server, "its workers", server.scale)

    def open_gateway(self) -> None:
        """Start the gateway, or have one that runs go on with the keys, the shares and the readiness of now."""
        keys = self.torchserve.keys()
        if keys is None or self.stopping:
            return
        settings = gateway_settings(self.addresses, self.torchserve, keys)
        settings = replace(
            settings, candidate=self._candidate(), leaving=self.leaving, server_metrics_address=self.metrics.address
        )
        if self.gateway is None:
            self.gateway = Gateway(settings, self.folder / "gateway", self.metrics.note)
        if self.gateway.is_running():
            self.gateway.reload(settings)
        else:
            self.gateway.settings = settings
            self.gateway.start()
        self.write_state()

    def _candidate(self) -> Candidate | None:
        """The TorchServe beside the current one as the gateway knows it, if it is to get photos."""
        keys = self.beside.keys() if self.beside and self.candidate_percent is not None else None
        if self.beside is None or self.candidate_percent is None or keys is None:
            return None
        address = self.beside.addresses.inference_url.removeprefix("http://")
        return Candidate(inference_key=keys.inference, inference_address=address, percent=self.candidate_percent)

    def remove_beside(self) -> None:
        """End the TorchServe beside the current one, and forget its share."""
        with self.lock:
            if self.beside is not None:
                self.beside.stop()
                shutil.rmtree(self.beside.folder, ignore_errors=True)
            self.beside, self.candidate_percent = None, None
            self.write_state()

    def _revive(self) -> None:
        """Restart whichever of the two has died; a candidate that dies has failed, and is not."""
        if self.candidate_percent is not None and self.beside is not None and not self.beside.is_running():
            warn("The candidate died; all photos go to the current version")
            self.candidate_percent = None
            self.open_gateway()
            self.remove_beside()
        if not self.torchserve.is_running():
            self._count_death("TorchServe")
            with suppress(EndedEarlyError):  # the next look counts that as one more death
                self._start_torchserve()
        elif self.gateway is not None and not self.gateway.is_running():
            self._count_death("The gateway")
            self.open_gateway()

    def _count_death(self, who: str) -> None:
        """Pause before a restart, the longer the more deaths came in a row. Raises CommandError after too many."""
        now_s = time.monotonic()
        if self.deaths_s and now_s - self.deaths_s[-1] > CALM_S:
            self.deaths_s.clear()
        if len(self.deaths_s) == len(PAUSES_S):
            raise CommandError(f"{who} died again after {len(PAUSES_S)} restarts; its own lines above say why.")
        pause_s = PAUSES_S[len(self.deaths_s)]
        self.deaths_s.append(now_s)
        self.metrics.restarted(who)
        warn(f"{who} died; restarting it in {pause_s:g} s")
        deadline_s = now_s + pause_s
        while time.monotonic() < deadline_s and not self.stopping:
            time.sleep(TICK_S)

    def wait_for(self, server: TorchServe, what: str, happened: Callable[[], bool]) -> None:
        """Wait until `happened`, or until told to stop. Raises CommandError if `server` dies or takes too long."""
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not self.stopping and not happened():
            if not server.is_running():
                raise EndedEarlyError(f"TorchServe ended while Focal waited for {what}; its own lines above say why.")
            if time.monotonic() > deadline_s:
                raise CommandError(f"Focal waited {START_TIMEOUT_S:.0f} s for {what}, in vain; see the lines above.")
            time.sleep(TICK_S)

    def write_state(self) -> None:
        """Tell other commands, of the same user, where this server is and which processes it is made of."""
        processes = {
            "torchserve": self.torchserve.process,
            "front_door": self.gateway and self.gateway.process,
            "beside": self.beside and self.beside.process,
        }
        state = {
            "url": self.addresses.url,
            "inference_url": self.torchserve.addresses.inference_url,
            "management_url": self.torchserve.addresses.management_url,
            "metrics_url": self.addresses.metrics_url,
            "key_file": str(self.torchserve.key_file),
            "pids": {"serve": os.getpid()} | {name: child.pid for name, child in processes.items() if child},
        }
        partial = self.folder / "server.json.partial"
        partial.write_text(json.dumps(state, indent=2) + "\n")
        partial.replace(self.folder / "server.json")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first signal asks for a drained end, the second for an end at once."""
        if self.stopping:
            signal.signal(number, signal.SIG_IGN)
            raise KeyboardInterrupt
        self.stopping = True

    def _shut_down(self) -> None:
        """Let the answers under way go out, then end both."""
        self.stopping = True
        try:
            if self.gateway is not None and self.gateway.is_running():
                say("Draining: no new requests, those under way are answered")
                timeout_s = self.torchserve.limits.max_wait_s + DRAIN_BESIDE_S
                if not self.gateway.drain(timeout_s):
                    warn(f"Requests that took longer than {timeout_s:.0f} s to answer were cut off")
        finally:
            if self.gateway is not None:
                self.gateway.stop()
            with self.lock:  # an order under way has started its TorchServe, or will find that it may not
                for server in filter(None, (self.torchserve, self.beside)):
                    server.stop()
            say("Stopped")


def model_is_loaded(server: TorchServe) -> bool:
    """Whether a worker has it. Raises CommandError if none can; TorchServe would try for ever."""
    if server.dead_workers() >= WORKERS_LOST:
        raise CommandError("Focal's workers cannot load the model; their own lines above say why.")
    return server.is_ready()


def predicts(url: str, key: str | None = None) -> bool:
    """Whether a real photo sent there comes back answered. Raises CommandError if it never will."""
    try:
        predict(url, key=key)
    except RefusedError as reason:
        raise CommandError(f"Focal does not take a photo: {reason}") from reason
    except ConnectionError:
        return False
    return True


def gateway_settings(
    addresses: Addresses, torchserve: TorchServe, keys: Keys, environment: Mapping[str, str] = os.environ
) -> GatewaySettings:
    """What the gateway needs to know of the server behind it and of the network before it."""
    certificate, tls_key = (environment.get(name) for name in ("FOCAL_TLS_CERTIFICATE", "FOCAL_TLS_KEY"))
    return GatewaySettings(
        inference_key=keys.inference,
        management_key=keys.management,
        host=addresses.host,
        port=addresses.port,
        metrics_host=addresses.metrics_host,
        metrics_port=addresses.metrics_port,
        inference_address=torchserve.addresses.inference_url.removeprefix("http://"),
        management_address=torchserve.addresses.management_url.removeprefix("http://"),
        metrics_address=torchserve.addresses.metrics_url.removeprefix("http://"),
        tls_certificate=Path(certificate) if certificate else None,
        tls_key=Path(tls_key) if tls_key else None,
        limits=torchserve.limits,
        workers=torchserve.workers,
        trusted_proxies=tuple((environment.get("FOCAL_TRUSTED_PROXIES") or "").replace(",", " ").split()),
    )
