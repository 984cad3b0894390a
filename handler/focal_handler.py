"""The TorchServe adapter: rows in, pipeline, rows out. The only file that knows TorchServe."""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from focal import __version__
from focal.classifier import classify
from focal.declared import schema
from focal.decoder import Decoder
from focal.errors import FocalError, InternalError
from focal.model import choose_device, load_archived_model
from focal.options import Options
from focal.photo import Photo
from focal.pipeline import Job, Look, answer, look, receive
from focal.response import Answer, error_answer
from focal.settings import Settings, load_settings

logger = logging.getLogger(__name__)

# TorchServe needs a phrase beside each status; it must never hold a client's text (CR or LF in it kills the worker).
PHRASES = {200: "OK", 400: "Bad Request", 413: "Content Too Large", 415: "Unsupported Media Type",
           422: "Unprocessable Content", 500: "Internal Server Error"}  # fmt: skip


class FocalHandler:
    """Serves Focal's pipeline to TorchServe; a row that fails gets its own error and its neighbours their answers."""

    def initialize(self, context: Any) -> None:
        """Read the settings and load the archive's model. Raises ValueError in one sentence if either cannot be."""
        configured = (context.model_yaml_config or {}).get("handler") or {}
        self.settings = load_settings(configured, os.environ)
        # Else TorchServe parses JSON before Focal sees it, without a bound: 60 MB of brackets cost 1.6 GB and 12 s.
        os.environ["TS_DECODE_INPUT_REQUEST"] = "false"
        torch.set_num_threads(self.settings.torch_threads)
        cv2.setNumThreads(self.settings.torch_threads)
        properties = context.system_properties
        device = choose_device(self.settings.device, properties.get("gpu_id"))
        weights_name = context.manifest["model"]["serializedFile"]
        self.model, self.provenance = load_archived_model(Path(properties["model_dir"]), weights_name, device)
        self.decoder = Decoder()
        self._warm_up()

    def handle(self, rows: list[dict[str, Any]], context: Any) -> list[bytes]:
        """Answer a batch of rows, in order; TorchServe's entry point. Large photos are worked on a few at a time."""
        replies: list[bytes] = []
        while (first := len(replies)) < len(rows):
            jobs = self.preprocess(rows, context, first)
            replies += self.postprocess(self.inference(jobs), context, first)
        return replies

    def preprocess(self, rows: list[dict[str, Any]], context: Any, first: int = 0) -> list[Job | Answer]:
        """The job of each row from the `first` on, or its answer (an error, the description), while there is room."""
        jobs: list[Job | Answer] = []
        room = self.settings.max_batch_megapixels * 1e6
        for n in range(first, len(rows)):
            jobs.append(job := self._receive(rows[n], context.get_all_request_header(n)))
            room -= job.photo.pixels.size / 3 if isinstance(job, Job) else 0
            if room <= 0:
                break
        return jobs

    def inference(self, jobs: list[Job | Answer]) -> list[tuple[Job, Look] | Answer]:
        """Class and saliency of each photo; what is answered already stays as it is."""
        return [self._look(job) if isinstance(job, Job) else job for job in jobs]

    def postprocess(self, seen: list[tuple[Job, Look] | Answer], context: Any, first: int = 0) -> list[bytes]:
        """Mask, blur and encode each photo, and report each row's status and headers."""
        return [self._send(n, self._finish(item), context) for n, item in enumerate(seen, first)]

    def description(self) -> dict[str, Any]:
        """What `GET /models/focal?customized=true` shows."""
        return {
            "version": __version__,
            "backbone": self.provenance.backbone,
            "backboneTitle": self.model.backbone.title,
            "weightsOrigin": self.provenance.weights_origin,
            "weightsSha256": self.provenance.weights_sha256,
            "device": str(self.model.device),
            "limits": {name: getattr(self.settings, name) for name in schema(Settings)},
            "options": schema(Options),
        }

    def _warm_up(self) -> None:
        """Take a grey photo the whole way once: first passes set kernels up, and no client should wait for that."""
        grey = Photo(np.full((64, 64, 3), 128, np.uint8), None, "PNG")
        for item in self.inference([Job(grey, Options())]):
            self._finish(item)

    def _receive(self, row: dict[str, Any], headers: dict[str, Any]) -> Job | Answer:
        # TorchServe describes by an empty row with this header; on a row with a body, it is a client's invention.
        if not row and headers.get("describe") == "True":
            return Answer(json.dumps(self.description()).encode())
        explain = headers.get("explain") == "True"
        return _attempt(
            lambda: receive(row, headers, self.model, self.settings, decode=self.decoder.decode, explain=explain)
        )

    def _look(self, job: Job) -> tuple[Job, Look] | Answer:
        return _attempt(lambda: (job, look(self.model, job, classify(self.model, [job.photo.pixels])[0])))

    def _finish(self, item: tuple[Job, Look] | Answer) -> Answer:
        if isinstance(item, Answer):
            return item
        job, seen = item
        return _attempt(lambda: answer(job, seen, self.settings))

    @staticmethod
    def _send(n: int, reply: Answer, context: Any) -> bytes:
        context.set_response_status(reply.code, PHRASES[reply.code], n)
        context.set_response_content_type(n, reply.content_type)
        for name, value in reply.headers.items():
            context.set_response_header(n, name, value)
        return reply.body


def _attempt(step: Callable[[], Any]) -> Any:
    """A step's result, or the answer that says why there is none: nothing a row does may reach its neighbours."""
    try:
        return step()
    except FocalError as error:
        return error_answer(error)
    except Exception as error:
        # One line, without the error's own words: they may hold a client's text.
        inmost = traceback.extract_tb(error.__traceback__)[-6:]
        places = " > ".join(f"{place.name}:{place.lineno}" for place in inmost)
        logger.error("A request met a fault of Focal's own: %s in %s", type(error).__name__, places)
        return error_answer(InternalError())
