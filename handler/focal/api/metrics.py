"""A request's trace -> what operators get to see of it: samples for the metrics, and one record for the log.

TorchServe shows only those metrics that deploy/torchserve-metrics.yaml lists too, and all its histograms have the same
buckets, 0.005 to 10: seconds, shares and megapixels fit them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import __version__
from ..errors import FocalError
from ..network.model import Provenance
from ..photo.readers import FORMATS
from ..trace import DEPTH_SOURCES, Trace

OUTCOMES = ("ok", *(kind.__name__ for kind in FocalError.__subclasses__()))

# The gateway's own rule (gateway/nginx.conf.template); plain TorchServe passes on what a client sends.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Metric:
    """A metric of Prometheus. kind: counter, gauge or histogram.   labels: their names."""

    name: str
    kind: str
    unit: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """A value for a metric: what a counter grows by, a gauge's new value, or an observation. labels: their values."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


REQUESTS = Metric("focal_requests_total", "counter", "requests", ("outcome",))
REQUEST_SECONDS = Metric("focal_request_seconds", "histogram", "seconds")
STAGE_SECONDS = Metric("focal_stage_seconds", "histogram", "seconds", ("stage",))
PHOTOS = Metric("focal_photos_total", "counter", "photos", ("format",))
MEGAPIXELS = Metric("focal_photo_megapixels", "histogram", "megapixels")
PROBABILITY = Metric("focal_class_probability", "histogram", "share")
FOREGROUND = Metric("focal_mask_foreground_share", "histogram", "share")
CONFIDENCE = Metric("focal_mask_confidence", "histogram", "share")
DEPTHS = Metric("focal_depths_total", "counter", "photos", ("source",))
FALLBACKS = Metric("focal_fallbacks_total", "counter", "photos")
BATCH_SIZE = Metric("focal_batch_size", "gauge", "requests")
BUILD = Metric("focal_build_info", "gauge", "servers", ("version", "backbone", "weights_sha256"))

METRICS = (REQUESTS, REQUEST_SECONDS, STAGE_SECONDS, PHOTOS, MEGAPIXELS, PROBABILITY, FOREGROUND, CONFIDENCE, DEPTHS,
           FALLBACKS, BATCH_SIZE, BUILD)  # fmt: skip


def start_samples(provenance: Provenance, version: str) -> list[Sample]:
    """What a worker says of itself at its start. Counters begin at 0: Prometheus sees no growth in a first value."""
    return [
        Sample(BUILD, 1, (version, provenance.backbone, provenance.weights_sha256)),
        *(Sample(REQUESTS, 0, (outcome,)) for outcome in OUTCOMES),
        *(Sample(PHOTOS, 0, (name,)) for name in FORMATS),
        *(Sample(DEPTHS, 0, (source,)) for source in DEPTH_SOURCES),
        Sample(FALLBACKS, 0),
    ]


def request_samples(trace: Trace, seconds: float) -> list[Sample]:
    """What became known of a request that took so many seconds in all."""
    samples = [Sample(REQUESTS, 1, (trace.outcome or "ok",)), Sample(REQUEST_SECONDS, seconds)]
    samples += [Sample(STAGE_SECONDS, spent, (stage,)) for stage, spent in trace.seconds.items()]
    if trace.source_format is not None:
        samples.append(Sample(PHOTOS, 1, (trace.source_format,)))
    known = {
        MEGAPIXELS: trace.megapixels,
        PROBABILITY: trace.probability,
        FOREGROUND: trace.foreground,
        CONFIDENCE: trace.confidence,
    }
    samples += [Sample(metric, value) for metric, value in known.items() if value is not None]
    if trace.depth is not None:
        samples.append(Sample(DEPTHS, 1, (trace.depth,)))
    if trace.fallback:
        samples.append(Sample(FALLBACKS, 1))
    return samples


def record(trace: Trace, seconds: float, request_id: str, trace_id: str, time: str) -> dict[str, Any]:
    """The log's object for a request: numbers, and words of Focal's own choosing; nothing of a client's but the id.

    time: ISO 8601.   request_id: from `harmless_id`.   trace_id: from `trace_id_of`.
    """
    return {
        "time": time,
        "level": "error" if trace.outcome == "InternalError" else "info",
        "source": "handler",
        "version": __version__,
        "request_id": request_id,
        "trace_id": trace_id,
        "outcome": trace.outcome,
        "seconds": round(seconds, 4),
        "stages": {stage: round(spent, 4) for stage, spent in trace.seconds.items()},
        "format": trace.source_format,
        "megapixels": _rounded(trace.megapixels),
        "class": trace.label,
        "probability": _rounded(trace.probability),
        "foreground": _rounded(trace.foreground),
        "confidence": _rounded(trace.confidence),
        "people": trace.people,
        "mask": trace.mask,
        "depth": trace.depth,
        "fallback": trace.fallback,
    }


def harmless_id(headers: Mapping[str, Any], own: str) -> str:
    """A request's X-Request-Id if it is one that cannot forge a log line, else `own`. Header names are in any case."""
    sent: Iterable[Any] = (value for name, value in headers.items() if name.lower() == "x-request-id")
    return next((value for value in sent if isinstance(value, str) and _REQUEST_ID.fullmatch(value)), own)


def traceparent_of(headers: Mapping[str, Any]) -> str:
    """A request's `traceparent` (W3C Trace Context), or an empty text if it has no well-formed one."""
    sent = (value for name, value in headers.items() if name.lower() == "traceparent")
    return next((value for value in sent if isinstance(value, str) and _TRACEPARENT.fullmatch(value)), "")


def trace_id_of(traceparent: str) -> str:
    """The id of the trace that a `traceparent` names; an empty text for an empty one."""
    return traceparent[3:35]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
