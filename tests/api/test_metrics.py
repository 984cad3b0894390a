"""What operators get to see of a request: metrics by name, and one line that nobody can forge."""

import json

import focal.errors
import pytest
import yaml
from focal import __version__
from focal.api.metrics import (
    METRICS,
    OUTCOMES,
    harmless_id,
    record,
    request_samples,
    start_samples,
    trace_id_of,
    traceparent_of,
)
from focal.network.model import Provenance
from focal.trace import DEPTH_SOURCES, STAGES, Interval, Trace

from tests.conftest import ROOT

ANSWERED = Trace(
    stages=[Interval(stage, 0, 10_000_000) for stage in STAGES],
    outcome="ok",
    source_format="JPEG",
    megapixels=12.0,
    label="tabby",
    probability=0.51237,
    foreground=0.25,
    confidence=0.75,
    people=2,
    mask="matte",
    depth="photo",
    fallback=False,
)
REFUSED = Trace(stages=[Interval("receive", 0, 1_000_000)], outcome="MissingImage")


def values(samples) -> dict[tuple[str, ...], float]:
    return {(sample.metric.name, *sample.labels): sample.value for sample in samples}


def test_torchserve_is_told_of_every_metric():
    listed = yaml.safe_load((ROOT / "deploy/torchserve-metrics.yaml").read_text())["model_metrics"]
    of_focal = {
        (metric["name"], kind, metric["unit"], tuple(metric["dimensions"]))
        for kind, metrics in listed.items()
        for metric in metrics
        if metric["name"].startswith("focal_")
    }

    assert of_focal == {(metric.name, metric.kind, metric.unit, metric.labels) for metric in METRICS}


def test_an_answered_request_is_measured_in_every_respect():
    of_stages = {("focal_stage_seconds", stage): 0.01 for stage in STAGES}

    assert values(request_samples(ANSWERED, 0.08)) == of_stages | {
        ("focal_requests_total", "ok"): 1,
        ("focal_request_seconds",): 0.08,
        ("focal_photos_total", "JPEG"): 1,
        ("focal_photo_megapixels",): 12.0,
        ("focal_class_probability",): 0.51237,
        ("focal_mask_foreground_share",): 0.25,
        ("focal_mask_confidence",): 0.75,
        ("focal_depths_total", "photo"): 1,
    }


def test_a_refused_request_is_measured_as_far_as_it_came():
    assert values(request_samples(REFUSED, 0.002)) == {
        ("focal_requests_total", "MissingImage"): 1,
        ("focal_request_seconds",): 0.002,
        ("focal_stage_seconds", "receive"): 0.001,
    }


def test_a_gentle_blur_is_counted():
    gentle = Trace(outcome="ok", fallback=True)

    assert values(request_samples(gentle, 0.1))["focal_fallbacks_total",] == 1


def test_every_outcome_and_format_begins_at_nought():
    started = values(start_samples(Provenance("alexnet", "torchvision", "abc", "1.0"), "1.0"))

    assert started["focal_build_info", "1.0", "alexnet", "abc"] == 1
    assert {key[1] for key in started if key[0] == "focal_requests_total"} == set(OUTCOMES)
    assert started["focal_photos_total", "HEIF"] == started["focal_requests_total", "ok"] == 0
    assert {key[1] for key in started if key[0] == "focal_depths_total"} == set(DEPTH_SOURCES)


def test_the_outcomes_are_those_of_the_contract():
    errors = {name for name, kind in vars(focal.errors).items() if isinstance(kind, type) and "code" in vars(kind)}

    assert set(OUTCOMES) == {"ok"} | errors - {"FocalError"}


def test_samples_have_a_value_for_each_label():
    samples = request_samples(ANSWERED, 1) + start_samples(Provenance("a", "b", "c", "d"), "e")

    assert [sample for sample in samples if len(sample.labels) != len(sample.metric.labels)] == []


def test_the_record_says_all_that_is_known():
    assert record(ANSWERED, 0.0812345, "my-request-1", "5" * 32, "2026-11-22T12:00:00.000+00:00") == {
        "time": "2026-11-22T12:00:00.000+00:00",
        "level": "info",
        "source": "handler",
        "version": __version__,
        "request_id": "my-request-1",
        "trace_id": "5" * 32,
        "outcome": "ok",
        "seconds": 0.0812,
        "stages": dict.fromkeys(STAGES, 0.01),
        "format": "JPEG",
        "megapixels": 12.0,
        "class": "tabby",
        "probability": 0.5124,
        "foreground": 0.25,
        "confidence": 0.75,
        "people": 2,
        "mask": "matte",
        "depth": "photo",
        "fallback": False,
    }


@pytest.mark.parametrize(("outcome", "level"), [("InternalError", "error"), ("InvalidOption", "info")])
def test_only_a_fault_of_our_own_is_an_error_in_the_log(outcome, level):
    assert record(Trace(outcome=outcome), 0.002, "my-request-1", "", "now")["level"] == level


def test_a_record_is_one_line_whatever_it_holds():
    line = json.dumps(record(REFUSED, 0.002, "my-request-1", "", "now"))

    assert line.isascii()
    assert line.splitlines() == [line]


@pytest.mark.parametrize("name", ["X-Request-Id", "x-request-id", "X-REQUEST-ID"])
def test_a_well_formed_request_id_is_taken(name):
    assert harmless_id({"accept": "*/*", name: "Order_4711.part-2"}, "own") == "Order_4711.part-2"


@pytest.mark.parametrize(
    "sent",
    ["", "short", "x" * 65, 'abcdefgh","outcome":"ok', "abcdefgh\n{}", "abcdéfgh", "abc defgh", "a" * 8 + "\n", 7],
)
def test_any_other_is_replaced_by_torchserves_own(sent):
    assert harmless_id({"X-Request-Id": sent}, "own") == "own"
    assert harmless_id({}, "own") == "own"


def test_the_trace_is_the_one_that_traceparent_names():
    sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    assert traceparent_of({"Accept": "*/*", "Traceparent": sent}) == sent
    assert trace_id_of(sent) == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("sent", ["", "00-4bf92f35-00f067aa0ba902b7-01", f"00-{'4' * 32}-{'0' * 15}\n-01", 7])
def test_without_a_well_formed_one_there_is_no_trace(sent):
    assert traceparent_of({"traceparent": sent}) == traceparent_of({}) == trace_id_of("") == ""
