"""The TorchServe adapter: rows in, pipeline, rows out. The only file that knows TorchServe."""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from focal import __version__
from focal.api.metrics import (
    BATCH_SIZE,
    METRICS,
    Sample,
    harmless_id,
    record,
    request_samples,
    start_samples,
    trace_id_of,
    traceparent_of,
)
from focal.api.response import Answer, error_answer
from focal.api.service import respond
from focal.api.time_limit import refuse_late
from focal.declarations import schema
from focal.errors import FocalError, InternalError, Overloaded
from focal.machine.memory import lacks_memory
from focal.machine.process import prepare
from focal.network.model import choose_device, load_archived_model
from focal.options import Options
from focal.photo.decoder_process import Decoder
from focal.photo.photo import Photo
from focal.pipeline import develop
from focal.settings import Settings, load_settings
from focal.trace import Interval, Trace
from ts.metrics.caching_metric import CachingMetric
from ts.metrics.metric_type_enum import MetricTypes

if TYPE_CHECKING:
    from focal.api.spans import Spans

logger = logging.getLogger(__name__)

# TorchServe needs a phrase beside each status; it must never hold a client's text (CR or LF in it kills the worker).
PHRASES = {200: "OK", 400: "Bad Request", 413: "Content Too Large", 415: "Unsupported Media Type",
           422: "Unprocessable Content", 500: "Internal Server Error", 503: "Service Unavailable",
           504: "Gateway Timeout"}  # fmt: skip


class FocalHandler:
    """Serves Focal's pipeline to TorchServe; a row that fails gets its own error and its neighbours their answers."""

    def initialize(self, context: Any) -> None:
        """Read the settings and load the archive's model. Raises ValueError in one sentence if either cannot be."""
        configured = (context.model_yaml_config or {}).get("handler") or {}
        self.settings = load_settings(configured, os.environ)
        # Else TorchServe parses JSON before Focal sees it, without a bound on what it becomes in memory.
        os.environ["TS_DECODE_INPUT_REQUEST"] = "false"
        prepare(self.settings.torch_threads)
        properties = context.system_properties
        device = choose_device(self.settings.device, properties.get("gpu_id"))
        weights_name = context.manifest["model"]["serializedFile"]
        folder, wanted = Path(properties["model_dir"]), self.settings.people == "auto"
        self.model, self.provenance = load_archived_model(folder, weights_name, device, people=wanted)
        if wanted and self.model.people is None:
            logger.warning("The archive has no networks that find people: people=auto does what people=off does.")
        self.decoder = Decoder(self.settings)
        self.spans = _spans(self.settings.otlp_endpoint)
        self.metrics = {
            metric: CachingMetric(metric.name, metric.unit, list(metric.labels), MetricTypes(metric.kind))
            for metric in METRICS
        }
        self._warm_up()
        self._measure(start_samples(self.provenance, __version__))

    def handle(self, rows: list[dict[str, Any]], context: Any) -> list[bytes]:
        """Answer a batch of rows, in order; TorchServe's entry point.

        One after the other: a photo costs in a batch what it costs alone, its answer has the same bits whatever else is
        in the batch, and only one photo is decoded at a time.
        """
        self._measure([Sample(BATCH_SIZE, len(rows))])
        return [self._reply(n, row, context) for n, row in enumerate(rows)]

    def description(self) -> dict[str, Any]:
        """What `GET /models/focal?customized=true` shows."""
        return {
            "version": __version__,
            "backbone": self.provenance.backbone,
            "backboneTitle": self.model.backbone.title,
            "weightsOrigin": self.provenance.weights_origin,
            "weightsSha256": self.provenance.weights_sha256,
            "people": "off" if self.model.people is None else "auto",
            "peopleWeightsSha256": self.provenance.people,
            "device": str(self.model.device),
            "limits": {name: getattr(self.settings, name) for name in schema(Settings)},
            "memoryBoundMb": {
                "worker": self.settings.worker_memory_bytes // 1_000_000,
                "decoder": self.settings.decoder_memory_bytes // 1_000_000,
            },
            "options": schema(Options),
        }

    def _warm_up(self) -> None:
        """Take a grey photo the whole way once: first passes set kernels up, and no client should wait for that."""
        grey = Photo(np.full((64, 64, 3), 128, np.uint8), None, "PNG")
        develop(grey, Options(), self.model, wants_saliency=True)

    def _reply(self, n: int, row: dict[str, Any], context: Any) -> bytes:
        """Answer the n-th row: its body; status and headers go into the context."""
        headers, trace, start_ns = context.get_all_request_header(n), Trace(), time.perf_counter_ns()
        # TorchServe describes by an empty row with this header; on a row with a body, it is a client's invention.
        if not row and headers.get("describe") == "True":
            return self._send(n, Answer(json.dumps(self.description()).encode()), context)
        reply = _attempt(lambda: self._respond(row, headers, trace), trace)
        request = Interval("request", start_ns, time.perf_counter_ns())
        self._report(trace, request, harmless_id(headers, context.get_request_id(n)), traceparent_of(headers), reply)
        return self._send(n, reply, context)

    def _respond(self, row: dict[str, Any], headers: dict[str, Any], trace: Trace) -> Answer:
        refuse_late(headers, self.settings.max_wait_s, time.time())
        explains = headers.get("explain") == "True"
        model, settings, decoder = self.model, self.settings, self.decoder
        return respond(row, headers, model, settings, decoder=decoder, explains=explains, trace=trace)

    def _report(self, trace: Trace, request: Interval, request_id: str, traceparent: str, reply: Answer) -> None:
        self._measure(request_samples(trace, request.seconds))
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = record(trace, request.seconds, request_id, trace_id_of(traceparent), now)
        if self.spans:
            line["trace_id"] = self.spans.add(request, trace.stages, traceparent, line, reply.code)
        logger.info(json.dumps(line, separators=(",", ":")))

    def _measure(self, samples: Iterable[Sample]) -> None:
        for sample in samples:
            self.metrics[sample.metric].add_or_update(sample.value, list(sample.labels))

    @staticmethod
    def _send(n: int, reply: Answer, context: Any) -> bytes:
        context.set_response_status(reply.code, PHRASES[reply.code], n)
        context.set_response_content_type(n, reply.content_type)
        for name, value in reply.headers.items():
            context.set_response_header(n, name, value)
        return reply.body


def _spans(endpoint: str) -> Spans | None:
    """What sends spans to a collector, if one is named. Raises ValueError if the packages for it are missing."""
    if not endpoint:
        return None
    try:
        from focal.api.spans import Spans
    except ModuleNotFoundError as error:
        raise ValueError(
            f"otlp_endpoint is set, and the package {error.name} is missing: set it as FOCAL_OTLP_ENDPOINT for "
            "scripts/serve, which installs what it needs, or install requirements-tracing.txt."
        ) from error
    return Spans(endpoint)


def _attempt(step: Callable[[], Answer], trace: Trace) -> Answer:
    """A step's answer, or an error's: nothing that goes wrong in one row may reach its neighbours."""
    try:
        reply = step()
    except FocalError as error:
        trace.outcome = error.type
        return error_answer(error)
    except Exception as error:
        # One line, without the error's own words: they may hold a client's text.
        inmost = traceback.extract_tb(error.__traceback__)[-6:]
        places = " > ".join(f"{place.name}:{place.lineno}" for place in inmost)
        named = Overloaded() if lacks_memory(error) else InternalError()
        met = "too little memory" if isinstance(named, Overloaded) else "a fault of Focal's own"
        logger.error("A request met %s: %s in %s", met, type(error).__name__, places)
        trace.outcome = named.type
        return error_answer(named)
    trace.outcome = "ok"
    return reply
