"""What the command line and bulk jobs do with each photo: read, blur, save."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from focal.arrays import Pixels
from focal.errors import FocalError, InternalError, Overloaded, naming
from focal.machine.memory import lacks_memory
from focal.machine.process import prepare
from focal.network.labels import class_index
from focal.network.model import Model
from focal.options import Options
from focal.photo.client_depth import fitting_depth
from focal.photo.decoder_process import Decoder
from focal.photo.depth import DepthMap
from focal.photo.encode import encode_image
from focal.photo.photo import Photo
from focal.pipeline import Developed, develop
from focal.settings import Settings

from .result import OVERLOADED, UNREADABLE, UNWRITABLE, Result, sentence
from .wording import for_command

Read = Callable[[], bytes]
Save = Callable[[Photo, Developed], None]


class PhotoProcessor:
    """Applies the pipeline with one set of options to one photo file after another.

    decoder: the caller's, who closes it.   wants_saliency: whether `encode_masks` is to have saliency maps.
    """

    def __init__(
        self, model: Model, options: Options, settings: Settings, decoder: Decoder, *, wants_saliency: bool = False
    ) -> None:
        """Raises InvalidOption if the options name a class that the model does not know."""
        if options.target is not None:
            class_index(model.backbone.labels, options.target)
        self._model, self._options, self._wants_saliency = model, options, wants_saliency
        self._decoder = decoder
        prepare(settings.torch_threads)

    def process(self, file: str, output: str, read: Read, save: Save, read_depth: Read | None = None) -> Result:
        """Read a photo and its map of depth, if there is one, blur it and save it.

        Every failure is reported in the result.
        """
        started_s = time.monotonic()
        try:
            data, depth_data = read(), read_depth() if read_depth else None
        except Exception as error:  # each file system has its own errors
            return Result(file, type=UNREADABLE, message=sentence(error))
        try:
            photo = self._decoder.decode(data, metadata=self._options.metadata == "basic")
            depth = self._depth(depth_data, photo) if depth_data is not None else None
            developed = develop(
                photo, self._options, self._model, wants_saliency=self._wants_saliency, client_depth=depth
            )
            save(photo, developed)
        except FocalError as error:
            return Result(file, type=error.type, message=for_command(error.message))
        except OSError as error:
            return Result(file, type=UNWRITABLE, message=f"{output} cannot be written: {sentence(error)}")
        except Exception as error:
            if lacks_memory(error):
                return Result(file, type=OVERLOADED, message=for_command(Overloaded().message))
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{InternalError().message} ({type(error).__name__} in {place.name}:{place.lineno})"
            return Result(file, type=InternalError.__name__, message=reason)
        seconds = time.monotonic() - started_s
        known, confidence = developed.classification, developed.subject.confidence
        label, probability = (known.label, known.probability) if known else (None, None)
        source = developed.focus.depth.source if developed.focus else "flat"
        return Result(file, output, label, probability, confidence, seconds, source)

    def _depth(self, data: bytes, photo: Photo) -> DepthMap:
        with naming("The map of depth"):
            depth = self._decoder.decode_depth(data)
        return fitting_depth(depth, photo.pixels.shape[:2], self._options.depthNear)

    def encode(self, pixels: Pixels, photo: Photo) -> bytes:
        """An image in the format of the options, with the photo's colour profile and EXIF. Raises AnswerTooLarge."""
        options = self._options
        return encode_image(pixels, options.image_format, options.quality, photo.icc_profile, exif=photo.exif)

    def encode_masks(self, photo: Photo, developed: Developed) -> dict[str, bytes]:
        """The mask and the saliency map, by the words of their companions' names."""
        images = {"mask": developed.subject.alpha, "saliency": developed.saliency}
        return {word: self.encode(image, photo) for word, image in images.items() if image is not None}
