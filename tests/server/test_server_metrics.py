"""What `serve` tells scrapers: the gateway's answers counted from its log, and the workers of the moment."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from server.server_metrics import ServerMetrics

Key = tuple[str, ...]


def line(**said: Any) -> bytes:
    """A line of the gateway's log."""
    usual = {
        "method": "POST",
        "path": "/",
        "status": 200,
        "failure": "",
        "upstream_seconds": "0.310",
        "torchserve": "current",
        "request_id": "4f0c5a1e2b3d4c5f",
    }
    return json.dumps(usual | said).encode() + b"\n"


def scraped(metrics: ServerMetrics, server: Any) -> dict[Key, float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    with metrics.shown(server), urllib.request.urlopen(f"http://{metrics.address}/metrics", timeout=60) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        samples = [one for family in families for one in family.samples if not one.name.endswith("_created")]
    return {(one.name, *(value for _, value in sorted(one.labels.items()))): one.value for one in samples}


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """A supervisor with one of its two workers, which has lost three."""
    torchserve = SimpleNamespace(workers=2, ready_workers=lambda: 1, dead_workers=lambda: 3)
    return SimpleNamespace(torchserve=torchserve, folder=tmp_path)


def test_requests_are_counted_by_route_status_and_reason(server: Any) -> None:
    metrics = ServerMetrics()
    for said in (
        {},
        {"path": "/predictions/focal", "torchserve": "candidate"},
        {"status": 429, "failure": "rate_limited", "upstream_seconds": ""},
        {"status": 422, "failure": "handler/422"},
        {"path": "/explanations/focal"},
        {"method": "GET", "path": "/readyz", "status": 503, "failure": "not_ready"},
        {"method": "GET"},
        {"method": "other", "path": "", "status": 400, "failure": "bad_request"},
    ):
        metrics.note(line(**said))

    counted = {key[1:]: n for key, n in scraped(metrics, server).items() if key[0] == "focal_front_door_requests_total"}

    assert {key: n for key, n in counted.items() if n} == {
        ("", "photos", "200", "current"): 1,
        ("", "photos", "200", "candidate"): 1,
        ("rate_limited", "photos", "429", "current"): 1,
        ("handler/422", "photos", "422", "current"): 1,
        ("", "explanations", "200", "current"): 1,
        ("not_ready", "probes", "503", "current"): 1,
        ("", "other", "200", "current"): 1,
        ("bad_request", "other", "400", "current"): 1,
    }
    assert counted["overloaded", "photos", "503", "current"] == counted["timed_out", "photos", "504", "current"] == 0


def test_requests_are_counted_by_the_name_of_their_key_where_keys_are_asked_for(server: Any) -> None:
    metrics = ServerMetrics(by_key=True)
    metrics.note(line(key="laptop"))
    metrics.note(line(key="", status=401, failure="key_unknown"))
    metrics.note(line())  # of a gateway from before, and no line of ours

    counted = {key[1:]: n for key, n in scraped(metrics, server).items() if key[0] == "focal_front_door_requests_total"}

    assert {key: n for key, n in counted.items() if n} == {
        ("", "laptop", "photos", "200", "current"): 1,
        ("key_unknown", "", "photos", "401", "current"): 1,
    }


def test_the_photo_that_serve_itself_sends_at_a_start_is_no_traffic(server: Any) -> None:
    metrics = ServerMetrics()
    metrics.note(line(request_id=metrics.own_request_id))

    samples = scraped(metrics, server)

    assert samples["focal_front_door_requests_total", "", "photos", "200", "current"] == 0
    assert samples["focal_front_door_photo_seconds_count", "current"] == 0


def test_only_answered_photos_are_timed_by_their_last_try(server: Any) -> None:
    metrics = ServerMetrics()
    for said in (
        {"upstream_seconds": "0.002, 0.310"},
        {"status": 504, "upstream_seconds": "60.0"},
        {"path": "/explanations/focal"},
    ):
        metrics.note(line(**said))

    samples = scraped(metrics, server)

    assert samples["focal_front_door_photo_seconds_count", "current"] == 1
    assert samples["focal_front_door_photo_seconds_bucket", "0.25", "current"] == 0
    assert samples["focal_front_door_photo_seconds_bucket", "0.5", "current"] == 1


def test_what_is_no_line_of_the_log_is_passed_over(server: Any) -> None:
    metrics = ServerMetrics()
    for said in (b"", b"\n", b"nginx: [warn] x\n", b"[]\n", b'{"method": 1}\n', b"\xff\n", b"7\n"):
        metrics.note(said)

    assert {key for key, n in scraped(metrics, server).items() if key[0].startswith("focal_front") and n} == set()


def test_workers_and_restarts_are_those_of_the_moment(server: Any) -> None:
    metrics = ServerMetrics()
    metrics.restarted("TorchServe")

    samples = scraped(metrics, server)

    assert samples["focal_workers_wanted",] == 2
    assert samples["focal_workers_ready",] == 1
    assert samples["focal_workers_ended_total",] == 3
    assert samples["focal_restarts_total", "torchserve"] == 1
    assert samples["focal_restarts_total", "front door"] == 0
