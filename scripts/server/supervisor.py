"""Keep TorchServe and the gateway running: restart what dies, with growing pauses, and in the end give up."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from setup.console import CommandError, say, warn

from . import state_file
from .client_keys import OWN_KEY
from .gateway import Gateway, StuckReloadError
from .gateway_keys import KeyLimits
from .gateway_settings import candidate, gateway_settings
from .key_check import KeyCheck
from .ports import Addresses
from .pulse import Pulse
from .readiness import TICK_S, SlowStartError, predicts, wait_for
from .restarts import Restarts
from .server_metrics import ServerMetrics
from .service_manager import READY, STOPPING, notify
from .torchserve import TorchServe

DRAIN_MARGIN_S = 5.0  # draining waits this much longer than a request may take


class Supervisor:
    """One server, from its start to its end.

    A command (ops/commands.py) may start a second TorchServe, the `standby`. With a `candidate_percent` it is a
    candidate that gets that share of the photos; without one it is starting, or finishing its last photos.
    Commands run in other threads: hold `lock` to change any of these.

    key_check: of clients' keys; None if clients need none.
    """

    def __init__(
        self, addresses: Addresses, folder: Path, torchserve: TorchServe, key_check: KeyCheck | None = None
    ) -> None:
        self.addresses = addresses
        self.folder = folder
        self.torchserve = torchserve
        self.standby: TorchServe | None = None
        self.candidate_percent: int | None = None
        self.gateway: Gateway | None = None
        self.lock = threading.RLock()
        self.is_up = False
        self.draining = False
        self._told_to_end_s: float | None = None  # when that was
        self.hung_up = False  # a SIGHUP came, which `run` has not acted on yet
        self.refused_limits: KeyLimits | None = None  # of keys: the gateway gets them with its next settings
        self.restarts = Restarts()
        self.key_check = key_check
        self.metrics = ServerMetrics(by_key=key_check is not None)
        self.pulse = Pulse(lambda: [part for part in (self.torchserve, self.standby, self.gateway) if part is not None])

    def run(self, when_ready: Callable[[], None]) -> None:
        """Serve until a signal arrives, then drain. Raises CommandError if it cannot serve."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        # A terminal that is closed ends what runs in it; a service is asked to read its files again.
        signal.signal(signal.SIGHUP, self._on_signal if sys.stdout.isatty() else self._on_hang_up)
        with self.metrics.shown(self), self._keys_checked(), self.pulse.taken():
            try:
                self._start_torchserve()
                if not self.stopping:
                    self.is_up = True
                    when_ready()
                    notify(READY)
                while not self.stopping:
                    with self.lock:
                        self._kill_what_hangs()
                        self._revive()
                        self._take_new_certificate()
                        self._take_new_key_limits()
                    time.sleep(TICK_S)
            finally:
                self._shut_down()

    @property
    def stopping(self) -> bool:
        """Whether it has been told to end."""
        return self._told_to_end_s is not None

    def end(self) -> float:
        """Have `run` drain and end; returns when it was first told so."""
        if self._told_to_end_s is None:
            self._told_to_end_s = time.monotonic()
        return self._told_to_end_s

    def _start_torchserve(self) -> None:
        """Start TorchServe and give the gateway its new keys. The gateway answers 503 until the model is loaded."""
        server = self.torchserve
        server.start()
        self.write_state()  # from here on, it would be left if this process were killed
        self.wait_for(server, "TorchServe's keys", lambda: server.keys() is not None)
        if not self.is_up:
            self.open_gateway()
        elif not self._reopen_gateway():
            server.stop()  # whose keys nobody has: the next call of `_revive` counts it as another death
            return
        self.wait_for(server, "the model", server.is_ready)
        self.wait_for(server, "the first prediction", self._predicts)
        self.wait_for(server, "its workers", server.scale)

    def open_gateway(self) -> None:
        """Start the gateway, or reload it, with the current keys, shares and readiness."""
        keys = self.torchserve.keys()
        if keys is None or self.stopping:
            return
        standby, percent = self.standby, self.candidate_percent
        settings = replace(
            gateway_settings(self.addresses, self.torchserve, keys),
            candidate=None if standby is None or percent is None else candidate(standby, percent),
            draining=self.draining,
            server_metrics_address=self.metrics.address,
            client_keys=self.key_check.limits() if self.key_check else None,
        )
        if self.gateway is None:
            self.gateway = Gateway(settings, self._gateway_folder, self.metrics.note, self.metrics.own_request_id)
        if self.gateway.is_running():
            self.gateway.reload(settings)
        else:
            self.gateway.settings = settings
            self.gateway.start()
        self.write_state()

    def _reopen_gateway(self) -> bool:
        """Open the gateway in a server that serves already; whether it took its settings.

        It may take the same later, as when the files of a certificate have been renewed.
        """
        try:
            self.open_gateway()
        except (CommandError, OSError) as reason:
            warn(f"The gateway cannot take its settings. {reason}")
            if isinstance(reason, StuckReloadError) and self.gateway is not None:
                self.gateway.kill()  # it has no TorchServe any more: another one loses nothing
            return False
        return True

    def remove_standby(self) -> None:
        """End the standby, and forget its share."""
        with self.lock:
            if self.standby is not None:
                self.standby.stop()
                shutil.rmtree(self.standby.folder, ignore_errors=True)
            self.standby, self.candidate_percent = None, None
            self.write_state()

    def _kill_what_hangs(self) -> None:
        """Kill what answers no longer, so that `_revive` finds it dead."""
        parts = {
            "TorchServe": self.torchserve,
            "The TorchServe beside it": self.standby,
            "The gateway": self.gateway,
        }
        for who, part in parts.items():
            if part is not None and part.is_running() and self.pulse.has_stopped(part):
                warn(f"{who} has answered nothing for a minute; killing it")
                part.kill()

    def _revive(self) -> None:
        """Restart TorchServe or the gateway if it has died. A candidate that has died has failed, and is removed."""
        if self.candidate_percent is not None and self.standby is not None and not self.standby.is_running():
            warn("The candidate died; all photos go to the current version")
            self.candidate_percent = None
            if not self._reopen_gateway() and self.gateway is not None:
                self.gateway.stop()  # which would go on giving photos to the candidate
            self.remove_standby()
        if not self.torchserve.is_running():
            self._count_death("TorchServe")
            try:
                self._start_torchserve()
            except (CommandError, OSError) as reason:  # such as a disk that is full for a while
                warn(f"TorchServe cannot be restarted. {reason}")
                self.torchserve.stop()  # the next call counts it as another death
                if isinstance(reason, SlowStartError) and not self.restarts.may_follow_a_slow_start():
                    raise
            else:
                self.restarts.succeeded()
        elif self.gateway is not None and not self.gateway.is_running():
            self._count_death("The gateway")
            self._reopen_gateway()  # or the next call counts another death

    def _count_death(self, who: str) -> None:
        """Pause before a restart, longer after each death in a row. Raises CommandError after too many."""
        pause_s = self.restarts.pause_s(who)
        self.metrics.restarted(who)
        warn(f"{who} died; restarting it in {pause_s:g} s")
        deadline_s = time.monotonic() + pause_s
        while time.monotonic() < deadline_s and not self.stopping:
            time.sleep(TICK_S)

    def wait_for(self, server: TorchServe, what: str, happened: Callable[[], bool]) -> None:
        """Wait until `happened`, or until a signal arrives. Raises what readiness.wait_for raises."""
        wait_for(server, what, happened, lambda: self.stopping)

    def write_state(self) -> None:
        """Say in server.json where this server is, and which its processes are."""
        parts = {"torchserve": self.torchserve, "front_door": self.gateway, "beside": self.standby}
        pids = {name: part.process.pid for name, part in parts.items() if part is not None and part.process is not None}
        state = {
            "url": self.addresses.url,
            "inference_url": self.torchserve.addresses.inference_url,
            "management_url": self.torchserve.addresses.management_url,
            "metrics_url": self.addresses.metrics_url,
            "key_file": str(self.torchserve.key_file),
            "pids": {"serve": os.getpid()} | pids,
        }
        try:
            state_file.write(self.folder, state)
        except OSError as reason:
            if not self.is_up:
                raise
            warn(f"server.json stays as it was. {reason}")

    @property
    def _gateway_folder(self) -> Path:
        return self.folder / "gateway"

    @contextmanager
    def _keys_checked(self) -> Iterator[None]:
        """Answer the gateway's questions about clients' keys within the block, and keep the server's own at hand."""
        if self.key_check is None:
            yield
            return
        own = self.folder / OWN_KEY
        own.touch(mode=0o600)
        own.write_text(self.key_check.own_key)
        with self.key_check.listening(self._gateway_folder):
            yield

    def _predicts(self) -> bool:
        self._kill_what_hangs()  # or a gateway that hangs would be waited for, and TorchServe be blamed
        if self.gateway is not None and not self.gateway.is_running():
            raise CommandError("The gateway ended before the first prediction; its own lines above say why.")
        key = self.key_check.own_key if self.key_check else None
        return predicts(self.addresses.url, key, self.metrics.own_request_id)

    def _take_new_key_limits(self) -> None:
        """Have the gateway know limits that keys have got since; until then it gives them its limits of a client."""
        if self.key_check is None or self.gateway is None:
            return
        limits = self.key_check.limits()
        if limits in (self.gateway.settings.client_keys, self.refused_limits):
            return
        try:
            self.open_gateway()
        except (CommandError, OSError) as reason:
            self.refused_limits = limits
            warn(f"The gateway does not know the keys' new limits yet. {reason}")

    def _take_new_certificate(self) -> None:
        """After a SIGHUP, have the gateway read its certificate and key again; it keeps the old ones if it cannot."""
        if not self.hung_up:
            return
        self.hung_up = False
        try:
            self.open_gateway()
            say("SIGHUP: the gateway has read its certificate and key again")
        except (CommandError, OSError) as reason:
            warn(f"SIGHUP: the gateway keeps its certificate and key. {reason}")

    def _on_hang_up(self, number: int, frame: FrameType | None) -> None:
        self.hung_up = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """On the first signal, drain and end; on the second, end at once."""
        if self.stopping:
            signal.signal(number, signal.SIG_IGN)
            raise KeyboardInterrupt
        self.end()

    def _shut_down(self) -> None:
        """Finish the requests under way, then end every process."""
        began_s = self.end()  # what it was busy with when it was told counts, too: whoever told it waits no longer
        notify(STOPPING)
        try:
            if self.gateway is not None and self.gateway.is_running():
                say("Draining: answering the requests under way, accepting no new ones")
                for server in filter(None, (self.torchserve, self.standby)):
                    server.go_on()  # the gateway waits for its answers
                timeout_s = self.torchserve.limits.max_wait_s + DRAIN_MARGIN_S
                if not self.gateway.drain(max(DRAIN_MARGIN_S, began_s + timeout_s - time.monotonic())):
                    warn(f"Requests that took longer than {timeout_s:.0f} s to answer were cut off")
        finally:
            if self.gateway is not None:
                self.gateway.stop()
            # A running command has started its standby, or will see that it must not. The two end in the time of one.
            with self.lock, ThreadPoolExecutor() as pool:
                list(pool.map(lambda server: server.stop(), filter(None, (self.torchserve, self.standby))))
            say("Stopped")
