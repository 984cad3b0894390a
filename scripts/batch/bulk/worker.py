"""One process of a bulk job: it loads the model once, then blurs photo after photo."""

from __future__ import annotations

from collections.abc import Callable

import torch
from focal.network import backbones
from focal.network.model import load_model
from focal.photo.decoder_process import Decoder
from focal.photo.photo import Photo
from focal.pipeline import Developed

from ..names import companion
from ..processor import PhotoProcessor
from ..result import UNWRITABLE, Result, sentence
from .task import Task

Append = Callable[[Result], None]  # to the job's report


class Worker:
    """A loaded model, and the job's input and output."""

    def __init__(self, task: Task, append: Append) -> None:
        """append: what takes a photo's line before its result is written."""
        self._task, self._append = task, append
        model = load_model(backbones.find(task.backbone), task.weights, torch.device("cpu"), task.people)
        self._decoder = Decoder(task.settings)
        self._processor = PhotoProcessor(
            model, task.options, task.settings, self._decoder, wants_saliency=task.save_masks
        )

    def close(self) -> None:
        """End the decoder's process."""
        self._decoder.close()

    def work(self, file: str, result: str) -> Result:
        """Take a photo the whole way; its line is appended before its result is in the output.

        Returns its last line.
        """
        task, processor = self._task, self._processor
        results: dict[str, bytes] = {}

        def keep(photo: Photo, developed: Developed) -> None:
            masks = processor.encode_masks(photo, developed) if task.save_masks else {}
            results.update({companion(result, word): mask for word, mask in masks.items()})
            results[result] = processor.encode(developed.picture, photo)  # the last: with it, all are there

        most_bytes, maps = task.settings.max_photo_bytes, task.maps
        read_depth = (lambda: maps.of(file, most_bytes)) if maps else None
        row = processor.process(file, result, lambda: task.source.read(file, most_bytes), keep, read_depth)
        self._append(row)
        try:
            for name, content in results.items() if row.ok else ():
                task.target.write(name, content)
        except Exception as error:  # each file system has its own
            row = Result(file, type=UNWRITABLE, message=f"{result} cannot be written: {sentence(error)}")
            self._append(row)
        return row
