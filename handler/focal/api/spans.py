"""A request's trace -> spans of OpenTelemetry; imported only where the setting `otlp_endpoint` names a collector.

A request is one span, under the one that its `traceparent` names, and each passage through a stage is one under that.
They are made once the answer is, from what the trace holds; a thread of their own sends them in batches (OTLP 1.0 by
HTTP). So a photo waits for no collector: while one does not answer, a batch is tried for ten seconds and then dropped,
and of those behind it the newest 2048 spans are kept. What a worker has not sent when it is ended, a second's spans at
most, is lost.

OpenTelemetry's own variables hold as well, such as OTEL_EXPORTER_OTLP_HEADERS for a key, OTEL_TRACES_SAMPLER for a
share of the requests, and OTEL_RESOURCE_ATTRIBUTES.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .. import __version__
from ..trace import Interval

LONGEST_WAIT_MS = 1_000  # of a span for its batch
# What the log's record holds besides facts about the photo; spans have them in places of their own.
_NOT_ATTRIBUTES = {"time", "level", "source", "version", "trace_id", "seconds", "stages"}


class Spans:
    """What turns requests into spans, and sends them."""

    def __init__(self, endpoint: str) -> None:
        """endpoint: a collector's address, without the path /v1/traces."""
        self._processor = BatchSpanProcessor(
            OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces"), schedule_delay_millis=LONGEST_WAIT_MS
        )
        own = Resource({"service.name": "focal", "service.version": __version__})
        provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("focal", __version__)

    def add(
        self, request: Interval, stages: list[Interval], traceparent: str, record: Mapping[str, Any], code: int
    ) -> str:
        """Queue a request's spans to be sent. Returns the id of their trace, 32 hexadecimal digits.

        traceparent: from `traceparent_of`.   record: the log's, from `record`.   code: the answer's HTTP status.
        """
        since_epoch_ns = time.time_ns() - time.perf_counter_ns()
        parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
        span = self._tracer.start_span(
            request.name,
            parent,
            SpanKind.SERVER,
            {"http.response.status_code": code} | _attributes(record),
            start_time=since_epoch_ns + request.start_ns,
        )
        if code >= 500:
            span.set_status(StatusCode.ERROR)
        within = set_span_in_context(span)
        for stage in stages:
            child = self._tracer.start_span(stage.name, within, start_time=since_epoch_ns + stage.start_ns)
            child.end(since_epoch_ns + stage.end_ns)
        span.end(since_epoch_ns + request.end_ns)
        return format_trace_id(span.get_span_context().trace_id)

    def close(self) -> None:
        """Send what is queued, and end the thread that sends."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # not annotated there


def _attributes(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record's facts under Focal's own names, and an error's under OpenTelemetry's as well."""
    known = {name: value for name, value in record.items() if name not in _NOT_ATTRIBUTES and value is not None}
    error = {} if record["outcome"] == "ok" else {"error.type": record["outcome"]}
    return {f"focal.{name}": value for name, value in known.items()} | error
