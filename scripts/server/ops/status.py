"""The status of a running server, for `scripts/ops status`."""

from __future__ import annotations

import re
import urllib.error
from contextlib import suppress
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
from setup.archive import provenance
from setup.weights import sha256_of

from ..loopback import open_directly
from ..probe import ready
from ..supervisor import Supervisor
from ..torchserve import TorchServe

SCRAPE_TIMEOUT_S = 5.0


def describe(server: Supervisor) -> dict[str, Any]:
    """Address, readiness, and version, workers and counts of the current TorchServe and of a candidate (or None)."""
    standby, percent = server.standby, server.candidate_percent
    return {
        "url": server.addresses.url,
        "metrics_url": server.addresses.metrics_url,
        "ready": _is_ready(server.addresses.url),
        "current": _torchserve(server.torchserve, 100 - (percent or 0)),
        "candidate": None if standby is None or percent is None else _torchserve(standby, percent),
    }


def _torchserve(torchserve: TorchServe, percent: int) -> dict[str, Any]:
    """One TorchServe: its percentage of the photos, its version, its workers, and its answers since its start."""
    pids = torchserve.worker_pids()
    return {
        "percent": percent,
        "archive": str(torchserve.archive),
        "archive_sha256": _digest(torchserve.archive),
        **provenance(torchserve.archive),
        "workers": {"wanted": torchserve.workers, "ready": torchserve.ready_workers(), "pids": pids},
        "memory_mb": round(sum(map(_resident_mb, pids))),
        "cpu_seconds": round(sum(map(_cpu_seconds, _family(torchserve)))),
        **count_answers(_metrics(torchserve.addresses.metrics_url)),
        "management_url": torchserve.addresses.management_url,
        "key_file": str(torchserve.key_file),
    }


def _is_ready(url: str) -> bool:
    try:
        ready(url)
    except ConnectionError:
        return False
    return True


def _digest(archive: Path) -> str:
    """The archive's sha256; empty if it cannot be read."""
    try:
        seen = archive.stat()
        return _digest_of(archive, seen.st_ino, seen.st_mtime_ns)
    except OSError:
        return ""


@cache
def _digest_of(archive: Path, inode: int, changed_ns: int) -> str:
    return sha256_of(archive)


def _resident_mb(pid: int) -> float:
    """Resident memory of a worker and its decoder; 0 if it has just ended."""
    try:
        worker = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (worker, *worker.children(recursive=True))) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def count_answers(metrics: str) -> dict[str, Any]:
    """The number of photos by outcome ("ok" or an error's type), and their mean seconds, None without any.

    metrics: the text of /metrics, in Prometheus' format.
    """
    outcomes = re.findall(r'^focal_requests_total{.*?outcome="(\w+)".*} (\S+)$', metrics, re.MULTILINE)
    seconds, count = (
        sum(map(float, re.findall(rf"^focal_request_seconds_{part}{{.*}} (\S+)$", metrics, re.MULTILINE)))
        for part in ("sum", "count")
    )
    return {
        "outcomes": {outcome: int(float(value)) for outcome, value in outcomes if float(value) > 0},
        "mean_seconds": round(seconds / count, 3) if count else None,
    }


def _family(torchserve: TorchServe) -> list[psutil.Process]:
    """Java, the workers and their decoders."""
    if torchserve.process is None:
        return []
    with suppress(psutil.NoSuchProcess):
        java = psutil.Process(torchserve.process.pid)
        return [java, *java.children(recursive=True)]
    return []


def _cpu_seconds(process: psutil.Process) -> float:
    """The processor time of a process and its ended children; 0 if it has just ended."""
    try:
        return sum(process.cpu_times()[:4])
    except psutil.NoSuchProcess:
        return 0.0


def _metrics(metrics_url: str) -> str:
    """The text of its metrics; empty if it does not answer."""
    try:
        with open_directly(f"{metrics_url}/metrics", SCRAPE_TIMEOUT_S) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, HTTPException, ValueError):
        pass
    return ""
