"""Metrics that TorchServe does not have: the gateway's answers, missing workers, restarts and memory.

`serve` counts them and listens on loopback; the gateway forwards scrapers there from /metrics/server.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from .ports import LOOPBACK
from .processes import ServerProcesses
from .torchserve import TorchServe

ROUTES = {"/": "photos", "/predictions/focal": "photos", "/explanations/focal": "explanations"}
PROBES = ("/ping", "/healthz", "/readyz")
# Their counters start at 0: Prometheus sees no increase when a counter first appears with a value.
USUAL_OUTCOMES = (
    ("200", ""),
    ("429", "rate_limited"),
    ("503", "overloaded"),
    ("503", "not_ready"),
    ("504", "timed_out"),
)
# What may be restarted -> its value of the label "part", which dashboards and alerts use.
PARTS = {"TorchServe": "torchserve", "The gateway": "front door"}
# One of them must be the threshold of the latency objective (deploy/prometheus/).
BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class RunningServer(Protocol):
    """What the metrics of the moment are read from: the current TorchServe, and the server's runtime folder."""

    torchserve: TorchServe
    folder: Path


class ServerMetrics:
    """The counters of one server. They last as long as `serve`, whatever it restarts.

    by_key: count requests by the name of their key, too. There are as many names as the keys' file has had.
    """

    def __init__(self, *, by_key: bool = False) -> None:
        self.registry = CollectorRegistry()
        self.address = f"{LOOPBACK}:9"  # nobody listens there
        self.requests = Counter(
            "focal_front_door_requests_total",
            "Requests by route, by the TorchServe that they were routed to, by status and, for errors, by reason",
            ["route", "torchserve", "status", "failure", *(["key"] if by_key else [])],
            registry=self.registry,
        )
        self.by_key = by_key
        # Of the photo that `serve` itself sends at each start of TorchServe: it is not counted, since it is no traffic.
        self.own_request_id = secrets.token_hex(16)
        self.photo_seconds = Histogram(
            "focal_front_door_photo_seconds",
            "Seconds from the last byte of a photo to its answer, waiting included; answered photos only",
            ["torchserve"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.restarts = Counter(
            "focal_restarts_total", "Restarts after a death, by part", ["part"], registry=self.registry
        )
        for status, failure in USUAL_OUTCOMES:
            self.requests.labels("photos", "current", status, failure, *([""] if by_key else []))
        self.photo_seconds.labels("current")
        for part in PARTS.values():
            self.restarts.labels(part)

    def note(self, line: bytes) -> None:
        """Count a line of the gateway's access log; ignore any other line."""
        with suppress(ValueError, LookupError, TypeError, AttributeError):
            entry = json.loads(line)
            if entry["request_id"] == self.own_request_id:
                return
            route, status = _route(entry["method"], entry["path"]), str(entry["status"])
            key = [entry["key"]] if self.by_key else []
            self.requests.labels(route, entry["torchserve"], status, entry["failure"], *key).inc()
            if (route, status) == ("photos", "200"):
                self.photo_seconds.labels(entry["torchserve"]).observe(
                    float(entry["upstream_seconds"].rpartition(",")[2])
                )

    def restarted(self, who: str) -> None:
        """Count a restart of `who`, one of PARTS."""
        self.restarts.labels(PARTS[who]).inc()

    @contextmanager
    def shown(self, server: RunningServer) -> Iterator[None]:
        """Answer scrapers at `address` within the block, with the current figures of `server`."""
        self.registry.register(_CurrentState(server))
        listener, thread = start_http_server(0, LOOPBACK, self.registry)
        try:
            self.address = f"{LOOPBACK}:{listener.server_port}"
            yield
        finally:
            listener.shutdown()
            listener.server_close()
            thread.join()


class _CurrentState(Collector):
    """Reads the server's current figures at each scrape."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: otherwise registration would scrape it, before the server has started."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Workers, and the memory of each part."""
        torchserve = self.server.torchserve
        yield GaugeMetricFamily("focal_workers_wanted", "Workers that there should be", torchserve.workers)
        yield GaugeMetricFamily("focal_workers_ready", "Workers with the model loaded", torchserve.ready_workers())
        yield CounterMetricFamily("focal_workers_ended_total", "Workers that died", torchserve.dead_workers())
        memory = GaugeMetricFamily("focal_resident_bytes", "Memory held, shared pages counted twice", labels=["part"])
        with suppress(psutil.Error, OSError, ValueError, KeyError):  # a part is being replaced
            for part, megabytes in ServerProcesses(self.server.folder).megabytes().items():
                memory.add_metric([part], megabytes * 1e6)
        yield memory


def _route(method: str, path: str) -> str:
    if path in PROBES:
        return "probes"
    return ROUTES.get(path, "other") if method == "POST" else "other"
