"""One process of a bulk job: it loads the model once, then takes photo after photo from the input to the output."""

from __future__ import annotations

import torch
from focal.network import backbones
from focal.network.model import load_model

from ..names import beside
from ..processor import Developed, Developer
from ..result import UNWRITABLE, Row, sentence
from .report import Report
from .task import Task


class Worker:
    """The model, loaded, and the job's places, opened."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.report = Report(task.report)
        model = load_model(backbones.find(task.backbone), task.weights, torch.device("cpu"), task.people)
        self._developer = Developer(model, task.options, task.settings)

    def close(self) -> None:
        """End the decoder, and let go of the report."""
        self._developer.close()
        self.report.close()

    def work(self, file: str, result: str) -> Row:
        """Take a photo the whole way; its line is in the report before its result is in the output."""
        task, developer = self._task, self._developer
        results: dict[str, bytes] = {}

        def keep(developed: Developed) -> None:
            masks = developer.encode_masks(developed) if task.save_masks else {}
            results.update({beside(result, word): mask for word, mask in masks.items()})
            results[result] = developer.encode(developed.picture, developed.photo)  # the last: with it, all are there

        row = developer.process(file, result, lambda: task.source.read(file, task.settings.max_photo_bytes), keep)
        self.report.append(row)
        try:
            for name, content in results.items() if row.ok else ():
                task.target.write(name, content)
        except Exception as error:  # each file system has its own
            row = Row(file, type=UNWRITABLE, message=sentence(error))
            self.report.append(row)
        return row
