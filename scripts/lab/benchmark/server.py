"""Measurements over HTTP: servers with any backbone, batch size and cores, and their clients."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from server.temporary_server import temporary_server
from setup.archive import build, sources_sha256, write_stamp
from setup.console import CommandError
from setup.machine import run_on
from setup.people import find_people
from setup.weights import sha256_of

from .in_process import PhotoRequest, weights_of

TIMEOUT_S = 120.0
PAUSE_S = 0.01
WINDOW_S = 4.0  # during which answered photos are counted
MODEL_CONFIG, PROVENANCE = "model-config.yaml", "provenance.json"


class Client:
    """One client of a gateway, with its own IP address. Each request has its own connection."""

    def __init__(self, url: str, number: int = 0) -> None:
        parts = urlsplit(url)
        self._server, self._address = (parts.hostname or "", parts.port), (f"127.0.0.{number + 2}", 0)

    def ask(self, request: PhotoRequest) -> bytes:
        """Send a request and return the answer's body. Raises CommandError if the answer is an error."""
        connection = http.client.HTTPConnection(*self._server, timeout=TIMEOUT_S, source_address=self._address)
        with closing(connection):
            connection.request("POST", "/", request.body, request.headers)
            answer = connection.getresponse()
            body = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise CommandError(f"The server answered {answer.status}: {body[:200].decode(errors='replace')}")
        return body


@dataclass(frozen=True)
class Throughput:
    """Photos answered a second, and the median time that a client waits for an answer."""

    photos_per_s: float
    median_s: float


def throughput(url: str, request: PhotoRequest, clients: int, seconds: float, cores: frozenset[int]) -> Throughput:
    """The throughput of a server with `clients` clients, each of which sends its next photo after the last answer.

    The clients run on `cores`, for at least `seconds` and at least as many answers as clients. Only answers that arrive
    while all clients send are counted.
    """
    answered: list[tuple[float, float]] = []  # the time of the answer, and how long it took
    stopping, together = threading.Event(), threading.Barrier(clients + 1)
    failures: list[Exception] = []

    def run(number: int) -> None:
        run_on(cores)  # this thread alone
        client = Client(url, number)
        try:
            client.ask(request)
            together.wait()
            while not stopping.is_set():
                asked_s = time.perf_counter()
                client.ask(request)
                answered.append((now_s := time.perf_counter(), now_s - asked_s))
        except (OSError, CommandError, http.client.HTTPException, threading.BrokenBarrierError) as error:
            failures.append(error)
            together.abort()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        together.wait()
    start_s = time.perf_counter()
    while not failures and (time.perf_counter() < start_s + seconds or len(answered) < clients):
        time.sleep(PAUSE_S)
    end_s = time.perf_counter()
    stopping.set()
    for thread in threads:
        thread.join()
    if failures:
        raise CommandError(f"A client was not answered: {failures[0]}")
    moments, waits = zip(*(one for one in answered if one[0] <= end_s), strict=True)
    return Throughput(len(moments) / (max(moments) - start_s), median(waits))


def rate(url: str, request: PhotoRequest, clients: int, cores: frozenset[int]) -> Callable[[], float]:
    """A function that finds how many photos a second a server answers; parameters as for `throughput`."""
    return lambda: throughput(url, request, clients, WINDOW_S, cores).photos_per_s


def model_store(folder: Path, backbone: str, batch_size: int | None = None, delay_ms: int | None = None) -> Path:
    """A folder with an archive of a backbone, of `weights_of` it and with these settings for batches."""
    changes = {"batchSize": batch_size, "maxBatchDelay": delay_ms}
    store = folder / "-".join(map(str, [backbone, *changes.values()]))
    if not (store / "focal.mar").exists():
        store.mkdir(parents=True)
        build(store / "focal.mar", backbone, weights := weights_of(backbone), find_people())
        changed = {name: value for name, value in changes.items() if value is not None}
        _change(store / "focal.mar", changed, sha256_of(weights))
        write_stamp(store / "focal.mar", sources_sha256())
    return store


def bench_server(backbone: str, store: Path, **variables: str) -> AbstractContextManager[tuple[str, Path]]:
    """`scripts/serve` with the archive of a `model_store`: its address and its folder."""
    return temporary_server("--backbone", backbone, FOCAL_MODEL_STORE=str(store), **variables)


def _change(archive: Path, changes: dict[str, int], weights_sha256: str) -> None:
    """Change settings in an archive's model-config.yaml, and the sha256 of the weights in its provenance."""
    changed = archive.with_suffix(".changed")
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_STORED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == PROVENANCE:
                data = json.dumps(json.loads(data) | {"weights_sha256": weights_sha256}).encode()
            if entry.filename == MODEL_CONFIG:
                for name, value in changes.items():
                    data = re.sub(rf"(?m)^{name}: .*$".encode(), f"{name}: {value}".encode(), data)
            target.writestr(entry, data)
    changed.replace(archive)
