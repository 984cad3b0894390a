"""A backbone with its weights, ready for pictures."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from . import backbones, bfloat16
from .backbones import Backbone
from .network import Network
from .people.networks import PersonNetworks, load_person_networks
from .true_derivatives import with_true_derivatives

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Provenance:
    """Where a model came from; provenance.json of the archive.

    people: of each file of the networks that find people, its name and sha256; empty if the archive has none.
    """

    backbone: str
    weights_origin: str
    weights_sha256: str
    version: str
    people: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Provenance:
        """Read provenance.json. Raises ValueError if it is not one."""
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError) as error:
            raise ValueError(f"{file.name} is missing or not a provenance file; build the archive again.") from error

    def write(self, file: Path) -> None:
        """Write provenance.json."""
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Model:
    """A network in evaluation mode whose parameters take no gradient, on its device.

    people: the networks that find people, always on the processor; None where people are left to the saliency alone.
    """

    backbone: Backbone
    network: Network
    device: torch.device
    people: PersonNetworks | None = None

    @cached_property
    def for_masks(self) -> Model:
        """The model whose gradients a mask is made of: with convolutions in bfloat16, if that is native here.

        Otherwise this very model, since emulated bfloat16 is slow. Classes and probabilities, which must be the same on
        every machine, always come from float32.
        """
        if self.device.type != "cpu" or not bfloat16.is_native(torch.cpu.get_capabilities()):
            return self
        return replace(self, network=bfloat16.with_bfloat16_convolutions(self.network))

    @cached_property
    def unguided(self) -> Model:
        """The model whose rectifiers have their true derivatives; its weights are the very same tensors."""
        return replace(self, network=with_true_derivatives(self.network))

    def normalise(self, views: npt.NDArray[np.uint8]) -> torch.Tensor:
        """uint8 (n, h, w, 3) RGB -> (n, 3, h, w), channels last, as the network was trained.

        On its device and of the dtype of its first weights.
        """
        # In torchvision's order of operations: another order's rounding moves ties in the max pools.
        mean, std = torch.tensor(self.backbone.mean), torch.tensor(self.backbone.std)
        of_codes = (torch.arange(256)[:, None] / 255 - mean) / std
        x = torch.from_numpy(cv2.LUT(views.reshape(len(views), -1, 3), of_codes.numpy()[None]))
        return x.view(views.shape).permute(0, 3, 1, 2).to(self.device, next(self.network.parameters()).dtype)


def load_model(
    backbone: Backbone | str, weights: Path | str, device: torch.device = CPU, people: Path | str | None = None
) -> Model:
    """The backbone's network with the weights of a published file.

    backbone: itself or its name.
    people: the folder with the files of the networks that find people, if they are wanted.
    Raises ValueError in one sentence if there is no such backbone, or a file is missing, broken or another network's.
    """
    backbone = backbones.find(backbone) if isinstance(backbone, str) else backbone
    weights = Path(weights)
    try:
        # Mapped pages are shared between the workers of a server; only torch's zip format can be mapped.
        published = torch.load(weights, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(weights))
        with torch.device("meta"):
            network = backbone.build()
        network.load_state_dict(backbone.adapt(published), assign=True)
    except Exception as error:  # torch raises a dozen kinds on a broken file
        raise ValueError(f"{weights.name} does not hold the weights of {backbone.name}; fetch them again.") from error
    finder = None if people is None else load_person_networks(Path(people))
    return Model(backbone, network.eval().requires_grad_(False).to(device), device, finder)


def load_archived_model(
    folder: Path, weights_name: str, device: torch.device, *, people: bool = True
) -> tuple[Model, Provenance]:
    """The model of an unpacked archive, and where it came from.

    people: whether to load the networks that find people, too, if the archive has them.
    Raises ValueError as `load_model` does, and if a file is not, byte for byte, the one that the provenance names.
    """
    provenance = Provenance.read(folder / "provenance.json")
    for name, sha256 in {weights_name: provenance.weights_sha256, **provenance.people}.items():
        _check_sha256(folder / name, sha256)
    backbone, people_folder = backbones.find(provenance.backbone), folder if people and provenance.people else None
    return load_model(backbone, folder / weights_name, device, people_folder), provenance


def _check_sha256(weights: Path, expected: str) -> None:
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ValueError(f"{weights.name} cannot be read; build the archive again.") from error
    if found != expected:
        raise ValueError(
            f"{weights.name} is damaged or another file: its sha256 is {found[:12]}…, not {expected[:12]}…; "
            "build the archive again."
        )


def choose_device(wanted: str, gpu_id: int | str | None) -> torch.device:
    """The device of the setting: `auto` takes the GPU that the server assigned, `cuda` insists on one.

    Raises ValueError when `cuda` is asked for and there is none: better to stop than to leave a GPU unused in silence.
    """
    gpu = torch.cuda.is_available()
    if wanted == "cuda" and not gpu:
        raise ValueError("device is cuda, but torch sees no GPU here; set it to auto or cpu, or install a CUDA build.")
    if wanted == "cpu" or not gpu or (wanted == "auto" and gpu_id is None):
        return torch.device("cpu")
    return torch.device("cuda", int(gpu_id or 0))
