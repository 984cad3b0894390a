"""Spans of OpenTelemetry: what a collector gets of a request, and that no photo waits for a collector."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest
from focal.api.spans import Spans
from focal.trace import STAGES

from tests.helpers.collector import Collector, attributes, collector
from tests.helpers.pictures import encoded, four_colours
from tests.helpers.torchserve_worker import Row, Worker, unpacked_archive

PHOTO = encoded(four_colours(64, 48))
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def worker(tmp_path_factory, lite0_weights, people_weights) -> Iterator[Worker]:
    """A worker whose archive names a collector; each test puts its own in its place."""
    folder = tmp_path_factory.mktemp("worker") / "focal"
    settings = {"otlp_endpoint": "http://127.0.0.1:9/"}
    worker = Worker(unpacked_archive(folder, lite0_weights, settings, people_weights))
    yield worker
    worker.handler.decoder.close()


@pytest.fixture
def receiver() -> Iterator[Collector]:
    with collector() as receiver:
        yield receiver
        receiver.may_answer.set()


def sent(worker: Worker, receiver: Collector, monkeypatch: pytest.MonkeyPatch, *rows: Row) -> list[int]:
    """Send rows to a worker that sends spans to this receiver; the codes of its answers, once all spans are there."""
    spans = Spans(receiver.url)
    monkeypatch.setattr(worker.handler, "spans", spans)
    codes = [reply.code for reply in worker.answer(*rows)]
    spans.close()
    return codes


def photo(flags: str = "01") -> Row:
    return Row.of_body(PHOTO, "image/jpeg", traceparent=f"00-{TRACE}-{PARENT}-{flags}", **{"X-Request-Id": "order-47"})


def test_a_photo_is_a_span_under_its_clients_with_others_for_its_stages(worker, receiver, monkeypatch) -> None:
    assert sent(worker, receiver, monkeypatch, photo()) == [200]

    *stages, request = receiver.spans
    assert (request.name, request.kind) == ("request", request.SPAN_KIND_SERVER)
    assert request.parent_span_id.hex() == PARENT
    assert {span.trace_id.hex() for span in receiver.spans} == {TRACE}
    assert {span.name for span in stages} == set(STAGES)
    assert {span.parent_span_id for span in stages} == {request.span_id}
    for span in stages:  # some at the same time, where cores are idle
        assert request.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= request.end_time_unix_nano


def test_a_span_says_what_the_log_says_and_who_sent_it(worker, receiver, monkeypatch, caplog) -> None:
    with caplog.at_level(logging.INFO):
        sent(worker, receiver, monkeypatch, photo())

    record = next(json.loads(line) for line in caplog.messages if line.startswith("{"))
    said = attributes(receiver.spans[-1].attributes)
    assert said.pop("http.response.status_code") == 200
    assert said == {
        f"focal.{name}": record[name]
        for name in ("request_id", "outcome", "format", "megapixels", "class", "probability", "foreground",
                     "confidence", "people", "mask", "depth", "fallback")
        if record[name] is not None
    }  # fmt: skip
    assert said["focal.request_id"] == "order-47"
    assert receiver.resources[0]["service.name"] == "focal"


def test_the_surroundings_name_the_service_as_opentelemetry_does(receiver, monkeypatch, worker) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "photos-of-the-shop")

    sent(worker, receiver, monkeypatch, photo())

    assert receiver.resources[0]["service.name"] == "photos-of-the-shop"


def test_a_refusal_is_a_span_that_names_the_error(worker, receiver, monkeypatch) -> None:
    assert sent(worker, receiver, monkeypatch, Row.of_body(b"no photo")) == [415]

    (refused,) = [span for span in receiver.spans if span.name == "request"]
    assert attributes(refused.attributes)["error.type"] == "UnsupportedFormat"
    assert refused.status.code == refused.status.STATUS_CODE_UNSET  # the client's mistake
    assert [span.name for span in receiver.spans] == ["receive", "decode", "request"]


def test_a_fault_of_our_own_is_an_error(worker, receiver, monkeypatch) -> None:
    monkeypatch.setattr("focal_handler.respond", lambda *_, **__: 1 / 0)

    assert sent(worker, receiver, monkeypatch, photo()) == [500]

    assert receiver.spans[-1].status.code == receiver.spans[-1].status.STATUS_CODE_ERROR
    assert attributes(receiver.spans[-1].attributes)["error.type"] == "InternalError"


def test_without_a_trace_of_the_clients_the_log_names_the_spans_own(worker, receiver, monkeypatch, caplog) -> None:
    with caplog.at_level(logging.INFO):
        sent(worker, receiver, monkeypatch, Row.of_body(PHOTO))

    record = next(json.loads(line) for line in caplog.messages if line.startswith("{"))
    assert {span.trace_id.hex() for span in receiver.spans} == {record["trace_id"]}
    assert receiver.spans[-1].parent_span_id == b""


def test_of_a_trace_that_its_client_does_not_keep_nothing_is_sent(worker, receiver, monkeypatch) -> None:
    assert sent(worker, receiver, monkeypatch, photo(flags="00")) == [200]

    assert receiver.spans == []


def test_a_photo_is_answered_while_the_collector_answers_nobody(worker, receiver, monkeypatch) -> None:
    receiver.may_answer.clear()
    spans = Spans(receiver.url)
    monkeypatch.setattr(worker.handler, "spans", spans)
    worker.answer(photo())
    receiver.is_asked.wait()

    assert [worker.answer(photo())[0].code for _ in range(2)] == [200, 200]
    assert receiver.spans == []

    receiver.may_answer.set()
    spans.close()
    assert [span.name for span in receiver.spans].count("request") == 3


def test_a_photo_is_answered_where_there_is_no_collector(worker, unused_url, monkeypatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")  # how long it tries, in seconds
    spans = Spans(unused_url)
    monkeypatch.setattr(worker.handler, "spans", spans)

    assert worker.answer(photo())[0].code == 200
    spans.close()


def test_missing_packages_are_one_sentence(worker, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.delitem(sys.modules, "focal.api.spans")
    sentence = (
        "otlp_endpoint is set, and the package opentelemetry.exporter.otlp.proto.http.trace_exporter is missing: "
    )

    with pytest.raises(ValueError, match=re.escape(sentence) + ".* install requirements-tracing.txt"):
        sys.modules["focal_handler"]._spans("http://127.0.0.1:4318")
