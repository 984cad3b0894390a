"""A photo file in, its results out, in this process: what the command line and bulk jobs do with each photo."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from focal.allocator import keep_freed_memory
from focal.api.response import encode_image
from focal.errors import FocalError, InternalError
from focal.network.classifier import Classification, class_index
from focal.network.model import Model
from focal.options import Options
from focal.photo.decode import Photo
from focal.photo.decoder_process import Decoder
from focal.pipeline import Job, Subject, blurred, look, subject
from focal.settings import Settings

from .result import UNREADABLE, UNWRITABLE, Row, sentence

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Developed:
    """A photo and what was made of it; `picture` is the blurred one, uint8 (H, W, 3)."""

    photo: Photo
    found: Classification
    subject: Subject
    picture: Pixels


class Developer:
    """The pipeline with its options, for one photo file after another."""

    def __init__(self, model: Model, options: Options, settings: Settings) -> None:
        """Raises InvalidOption if the options name a class that the model does not know."""
        target = options.target
        self._target_index = None if target is None else class_index(model.backbone.labels, target)
        self._model, self._options, self._settings = model, options, settings
        self._decoder = Decoder()
        keep_freed_memory()
        torch.set_num_threads(settings.torch_threads)
        cv2.setNumThreads(settings.torch_threads)

    def process(self, file: str, output: str, read: Callable[[], bytes], save: Callable[[Developed], None]) -> Row:
        """Read a photo, develop it, save what was made of it; whatever goes wrong is in the row."""
        started_s = time.monotonic()
        try:
            data = read()
        except Exception as error:  # each file system has its own
            return Row(file, type=UNREADABLE, message=sentence(error))
        try:
            developed = self.develop(data)
            save(developed)
        except FocalError as error:
            return Row(file, type=error.type, message=error.message)
        except OSError as error:
            return Row(file, type=UNWRITABLE, message=sentence(error))
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{InternalError().message} ({type(error).__name__} in {place.name}:{place.lineno})"
            return Row(file, type=InternalError.__name__, message=reason)
        found, confidence = developed.found, developed.subject.confidence
        return Row(file, output, found.label, found.probability, confidence, time.monotonic() - started_s)

    def develop(self, data: bytes) -> Developed:
        """Take an image file the whole way. Raises FocalError as the server answers it."""
        photo = self._decoder.decode(data, self._settings)
        job = Job(photo, self._options, self._target_index)
        seen = look(self._model, job)
        found = subject(photo, self._options, seen.saliencies[0])
        return Developed(photo, seen.classes[0], found, blurred(photo, self._options, found))

    def encode(self, pixels: Pixels, photo: Photo) -> bytes:
        """An image as the options want it, with the photo's colours. Raises AnswerTooLarge."""
        return encode_image(pixels, self._options.format, self._options.quality, photo.icc_profile)

    def encode_masks(self, developed: Developed) -> dict[str, bytes]:
        """Mask and saliency map, by the words that their files' names carry."""
        images = {"mask": developed.subject.alpha, "saliency": developed.subject.saliency}
        return {word: self.encode(image, developed.photo) for word, image in images.items() if image is not None}

    def close(self) -> None:
        """End the decoder's process."""
        self._decoder.close()
