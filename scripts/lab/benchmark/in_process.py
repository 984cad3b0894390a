"""Measurements without a server, with one thread: Focal's pipeline, the published code, and the floor of both."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import simplejpeg
import torch
from focal.api.service import respond
from focal.inspection import inspect
from focal.machine.process import prepare
from focal.network import backbones
from focal.network.backbones.alexnet import AlexNet
from focal.network.model import Model, load_model
from focal.options import Options
from focal.photo.decoder_process import Decoder
from focal.photo.photo import Photo
from focal.settings import Settings
from focal.trace import Trace
from PIL import Image
from setup.backbone_choice import declared_weights
from setup.environment import cache_dir
from setup.machine import affinity, pinned_to
from setup.people import find_people
from setup.weights import WeightsUnavailableError, obtain

from .machine_floor import VIEW_PX, MachineRates, measure, network_floor_s
from .photos import made_photo, photo_file
from .published_process import PublishedProcess

ONE_CORE = frozenset([max(affinity())])  # so no other helps, and a photo is compared with one core's work of others
IMAGES = ("blurredImage", "maskImage", "unblurredMask")


@dataclass(frozen=True)
class PhotoRequest:
    """A request with a photo, as a client sends it."""

    body: bytes
    content_type: str
    accept: str

    @classmethod
    def of(cls, megapixels: float, image_format: str, sent: str) -> PhotoRequest:
        """A request with the benchmark's photo.   sent: "json" (JSON in and out) or "raw" (file in, JPEG out)."""
        file = photo_file(megapixels, image_format)
        if sent == "json":
            body = json.dumps({"img": base64.b64encode(file).decode()}).encode()
            return cls(body, "application/json", "application/json")
        return cls(file, f"image/{image_format.lower()}", "image/jpeg")

    @property
    def headers(self) -> dict[str, str]:
        """Its headers."""
        return {"Content-Type": self.content_type, "Accept": self.accept}


class InProcess:
    """Everything that is measured in this process. Each part is created when it is first used."""

    def __init__(self) -> None:
        prepare(threads=1)
        self.settings = Settings()
        self.quality = Options().quality
        self._models: dict[str, Model] = {}
        self._processes = ExitStack()

    def __enter__(self) -> InProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the decoder's process, and those of the published code."""
        self._processes.close()

    @cached_property
    def decoder(self) -> Decoder:
        """Focal's decoder process, like that of a worker."""
        decoder = Decoder(self.settings)
        self._processes.callback(decoder.close)
        return decoder

    @cached_property
    def rates(self) -> MachineRates:
        """The speed of one core of this machine."""
        return measure(threads=1)

    @cached_property
    def published(self) -> PublishedProcess:
        """The published code, which loads AlexNet three times for each request."""
        return self._processes.enter_context(PublishedProcess(weights_of("alexnet"), resident=False))

    @cached_property
    def resident(self) -> PublishedProcess:
        """The published code, its AlexNet loaded once."""
        return self._processes.enter_context(PublishedProcess(weights_of("alexnet"), resident=True))

    def model(self, backbone: str) -> Model:
        """Focal's model of that backbone."""
        if backbone not in self._models:
            self._models[backbone] = load_model(
                backbones.find(backbone), weights_of(backbone), torch.device("cpu"), find_people()
            )
        return self._models[backbone]

    def focal(self, backbone: str, request: PhotoRequest) -> tuple[bytes, Trace]:
        """Answer a request with Focal's pipeline; returns the answer's body and the times of its stages."""
        trace, model = Trace(), self.model(backbone)
        row = {"body": bytearray(request.body)}
        with pinned_to(ONE_CORE):
            answer = respond(row, request.headers, model, self.settings, decoder=self.decoder, trace=trace)
        return answer.body, trace

    def inspections(self, backbone: str, batch: int) -> Callable[[], None]:
        """A function that finds class and saliency of `batch` photos of the size of the network's view."""
        model, (height, width) = self.model(backbone), VIEW_PX
        photos = [Photo(made_photo(width, height, seed), None, "PNG") for seed in range(batch)]

        def run() -> None:
            with pinned_to(ONE_CORE):
                for photo in photos:
                    _ = inspect(photo, Options(), model, wants_saliency=True).saliency.gradient

        return run

    def network_floors_s(self, backbone: str, batch: int = 1) -> dict[str, float]:
        """The lower bounds of one core's time for class and saliency of a batch, by their names."""
        rates = {"network floor": self.rates.in_float32, "network floor, bfloat16": self.rates}
        return {name: network_floor_s(backbones.find(backbone), each, batch) for name, each in rates.items()}


class ImageFloor:
    """The decoding of a photo and the encoding of an answer's three images by turbojpeg, and nothing else."""

    def __init__(self, photo: bytes, answered: bytes, quality: int) -> None:
        fields = json.loads(answered)
        self._photo = photo
        self._images = [_decoded(base64.b64decode(fields[name])) for name in IMAGES]
        self._quality = quality

    def run(self) -> None:
        """Decode and encode once."""
        simplejpeg.decode_jpeg(self._photo)
        for pixels in self._images:
            grey = pixels.shape[2] == 1
            space, subsampling = ("GRAY", "Gray") if grey else ("RGB", "420")
            simplejpeg.encode_jpeg(pixels, self._quality, colorspace=space, colorsubsampling=subsampling)


@cache
def weights_of(backbone: str) -> Path:
    """A backbone's weights; for AlexNet, if they cannot be had, random weights of the same size."""
    try:
        return obtain(declared_weights(backbone))
    except WeightsUnavailableError:
        if backbone != "alexnet":
            raise
    drawn = cache_dir() / "benchmark" / "alexnet-drawn.pth"
    if not drawn.exists():
        drawn.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        partial = drawn.with_suffix(".partial")
        torch.save(AlexNet().state_dict(), partial)
        partial.replace(drawn)
    return drawn


def _decoded(file: bytes) -> npt.NDArray[np.uint8]:
    pixels = np.array(Image.open(io.BytesIO(file)))
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else pixels[..., None])
