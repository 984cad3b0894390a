"""AlexNet's convolutions from a pickle that is not trusted."""

from __future__ import annotations

import os
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from focal.network.saliency import guided_saliency
from lab.quality.feature_energy import feature_energy_model
from setup.console import CommandError

SHAPES = [(11, 11, 3, 64), (5, 5, 64, 192), (3, 3, 192, 384), (3, 3, 384, 256), (3, 3, 256, 256)]


@pytest.fixture
def checkpoint(tmp_path):
    rng = np.random.default_rng(0)
    layers = {
        f"Conv_{n}": {"kernel": rng.normal(0, 0.05, shape).astype(np.float32), "bias": np.zeros(shape[3], np.float32)}
        for n, shape in enumerate(SHAPES)
    }
    file = tmp_path / "alexnet.ckpt"
    file.write_bytes(pickle.dumps({"AlexNet_0": layers}, protocol=4))  # as the real file; Python 3.14 would take 5
    return file, layers


def test_its_convolutions_are_the_files_turned_to_torchs_order(checkpoint):
    file, layers = checkpoint

    model = feature_energy_model(file)

    network: Any = model.network
    assert torch.equal(network.features[3].weight[5, 6], torch.from_numpy(layers["Conv_1"]["kernel"][:, :, 6, 5]))


def test_its_only_class_has_a_saliency(checkpoint):
    model = feature_energy_model(checkpoint[0])
    view = np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8)

    (saliency,) = guided_saliency(model, view, [0])

    assert saliency.gradient.shape == (3, 96, 128)
    assert np.abs(saliency.gradient).max() > 0


class Runs:
    """A pickle that runs a command when it is loaded."""

    def __reduce__(self):
        return os.system, ("touch /nowhere",)


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    file = tmp_path / "bad.ckpt"
    file.write_bytes(pickle.dumps({"AlexNet_0": Runs()}))

    with pytest.raises(CommandError, match="does not hold"):
        feature_energy_model(file)


def test_another_pickle_is_refused(tmp_path):
    file = tmp_path / "other.ckpt"
    file.write_bytes(pickle.dumps({"x": 1}))

    with pytest.raises(CommandError, match="does not hold"):
        feature_energy_model(file)
