"""Loading weights, provenance, devices and normalisation."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from focal.network import backbones
from focal.network.model import Model, Provenance, choose_device, load_archived_model, load_model
from focal.network.people.weights import PEOPLE_WEIGHTS

from tests.conftest import ROOT

CPU = torch.device("cpu")

# Reads every weight, forwards and backwards, and then waits.
READ_AND_WAIT = """
import sys, numpy, torch
from pathlib import Path
from focal.network import backbones
from focal.network.model import load_model
from focal.network.saliency import guided_saliency
torch.set_num_threads(1)
model = load_model(backbones.find("alexnet"), Path(sys.argv[1]), torch.device("cpu"))
for each in (model, model.for_masks):
    guided_saliency(each, numpy.full((64, 64, 3), 128, numpy.uint8), [7])
print("read", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def alexnet_file(seeded_alexnet, tmp_path):
    file = tmp_path / "weights.pth"
    torch.save(seeded_alexnet.network.state_dict(), file)
    return file


def test_a_loaded_network_has_the_files_weights_and_takes_no_gradient(alexnet_file, seeded_alexnet):
    model = load_model(backbones.find("alexnet"), alexnet_file, CPU)
    for ours, theirs in zip(model.network.parameters(), seeded_alexnet.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert not ours.requires_grad
    assert not model.network.training


def test_a_file_in_torchs_old_format_loads_as_well(seeded_alexnet, tmp_path):
    file = tmp_path / "old.pth"
    torch.save(seeded_alexnet.network.state_dict(), file, _use_new_zipfile_serialization=False)
    model = load_model(backbones.find("alexnet"), file, CPU)
    network: Any = model.network
    assert torch.equal(network.classifier[-1].bias, seeded_alexnet.network.classifier[-1].bias)


def mapped_bytes(pid, file, field):
    """How much of a file's pages a process maps, by a field of /proc/<pid>/smaps."""
    sections = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", Path(f"/proc/{pid}/smaps").read_text(), flags=re.MULTILINE)
    found = [re.search(rf"^{field}: +(\d+) kB", text, re.MULTILINE) for text in sections if str(file) in text]
    return 1024 * sum(int(line[1]) for line in found)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_workers_share_the_pages_of_the_weights(alexnet_file):
    command = [sys.executable, "-c", READ_AND_WAIT, alexnet_file]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen(command, cwd=ROOT / "handler", **pipes) as one,
        subprocess.Popen(command, cwd=ROOT / "handler", **pipes) as other,
    ):
        assert [worker.stdout.readline() for worker in (one, other)] == [b"read\n"] * 2
        resident, share, written = (
            mapped_bytes(one.pid, alexnet_file, field) for field in ("Rss", "Pss", "Private_Dirty")
        )
        for worker in (one, other):
            worker.stdin.close()

    assert resident > 0.95 * alexnet_file.stat().st_size
    assert share < 0.55 * resident
    assert written == 0


def test_a_truncated_file_is_one_clear_sentence(alexnet_file):
    alexnet_file.write_bytes(alexnet_file.read_bytes()[:100_000])
    with pytest.raises(ValueError, match=r"^weights.pth does not hold the weights of alexnet; fetch them again.$"):
        load_model(backbones.find("alexnet"), alexnet_file, CPU)


def test_another_networks_file_is_one_clear_sentence(alexnet_file):
    with pytest.raises(ValueError, match="does not hold the weights of efficientnet_lite0"):
        load_model(backbones.find("efficientnet_lite0"), alexnet_file, CPU)


def test_a_missing_file_is_one_clear_sentence(tmp_path):
    with pytest.raises(ValueError, match="does not hold the weights of alexnet"):
        load_model(backbones.find("alexnet"), tmp_path / "weights.pth", CPU)


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    file = tmp_path / "weights.pth"
    torch.save({"features.0.weight": Trap()}, file)
    with pytest.raises(ValueError, match="does not hold the weights"):
        load_model(backbones.find("alexnet"), file, CPU)
    assert not (tmp_path / "sprung").exists()


def test_provenance_survives_writing_and_reading(tmp_path):
    written = Provenance("alexnet", "torch hub cache", "7be5be79", "0.1.0")
    written.write(tmp_path / "provenance.json")
    assert Provenance.read(tmp_path / "provenance.json") == written


def test_an_archive_loads_the_backbone_that_its_provenance_names(alexnet_file):
    sha256 = hashlib.sha256(alexnet_file.read_bytes()).hexdigest()
    Provenance("alexnet", "here", sha256, "0").write(alexnet_file.parent / "provenance.json")
    model, provenance = load_archived_model(alexnet_file.parent, "weights.pth", CPU)
    assert (model.backbone.name, provenance.weights_origin) == ("alexnet", "here")


@pytest.mark.parametrize("change", ["cut", "flipped", "gone"])
def test_weights_that_are_not_those_of_the_archive_are_one_clear_sentence(alexnet_file, change):
    content = alexnet_file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    Provenance("alexnet", "here", sha256, "0").write(alexnet_file.parent / "provenance.json")
    middle = len(content) // 2
    changed = {"cut": content[:-1], "flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]}
    alexnet_file.unlink() if change == "gone" else alexnet_file.write_bytes(changed[change])
    with pytest.raises(ValueError, match=r"^weights\.pth (is damaged or another file: its sha256|cannot be read).*\.$"):
        load_archived_model(alexnet_file.parent, "weights.pth", CPU)


@pytest.fixture
def archive_with_people(alexnet_file, people_weights):
    """An unpacked archive of AlexNet and the networks that find people."""
    folder = alexnet_file.parent
    for weights in PEOPLE_WEIGHTS:
        shutil.copyfile(people_weights / weights.file_name, folder / weights.file_name)
    sha256 = hashlib.sha256(alexnet_file.read_bytes()).hexdigest()
    people = {weights.file_name: weights.sha256 for weights in PEOPLE_WEIGHTS}
    Provenance("alexnet", "here", sha256, "0", people).write(folder / "provenance.json")
    return folder


@pytest.mark.parametrize("wanted", [True, False])
def test_an_archive_has_its_networks_that_find_people_loaded_if_they_are_wanted(archive_with_people, wanted):
    model, _ = load_archived_model(archive_with_people, "weights.pth", CPU, people=wanted)

    assert (model.people is not None) == wanted
    assert model.for_masks.people is model.people


def test_a_damaged_network_that_finds_people_is_one_clear_sentence(archive_with_people):
    file = archive_with_people / PEOPLE_WEIGHTS[0].file_name
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(ValueError, match=rf"^{file.name} is damaged or another file: its sha256 .*; build the archive"):
        load_archived_model(archive_with_people, "weights.pth", CPU)


@pytest.mark.parametrize("text", ["", "[]", '{"backbone": "alexnet"}'])
def test_a_broken_provenance_file_is_one_clear_sentence(tmp_path, text):
    (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(ValueError, match=r"provenance\.json is missing or not a provenance file"):
        Provenance.read(tmp_path / "provenance.json")


def test_cuda_without_a_gpu_is_an_error_and_not_a_silent_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="torch sees no GPU here"):
        choose_device("cuda", None)


@pytest.mark.parametrize(
    ("wanted", "gpu_there", "gpu_id", "device"),
    [
        ("auto", False, 0, "cpu"),
        ("auto", True, None, "cpu"),
        ("auto", True, 1, "cuda:1"),
        ("cpu", True, 0, "cpu"),
        ("cuda", True, None, "cuda:0"),
    ],
)
def test_auto_takes_the_gpu_that_torchserve_assigns(monkeypatch, wanted, gpu_there, gpu_id, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu_there)
    assert choose_device(wanted, gpu_id) == torch.device(device)


NATIVE, FOREIGN = {"avx512_bf16": True}, {"avx2": True, "avx512_bf16": False}


def fresh(model, device="cpu"):
    return Model(model.backbone, model.network, torch.device(device))


def test_where_bfloat16_is_native_masks_are_looked_for_in_it_and_classes_never(model, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: NATIVE)
    exact = fresh(model)
    assert exact.for_masks.normalise(np.zeros((1, 64, 64, 3), np.uint8)).dtype == torch.bfloat16
    assert exact.for_masks is exact.for_masks
    assert all(weight.dtype == torch.float32 for weight in exact.network.parameters())


@pytest.mark.parametrize(("capabilities", "device"), [(FOREIGN, "cpu"), (NATIVE, "cuda")])
def test_elsewhere_masks_are_looked_for_with_the_very_same_model(lite0, monkeypatch, capabilities, device):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    exact = fresh(lite0, device)
    assert exact.for_masks is exact


def test_normalisation_is_torchvisions(seeded_alexnet):
    view = np.random.default_rng(0).integers(0, 256, (1, 8, 9, 3), dtype=np.uint8)
    to_tensor = torchvision.transforms.functional.to_tensor(view[0])
    theirs = torchvision.transforms.functional.normalize(to_tensor, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    assert torch.equal(seeded_alexnet.normalise(view)[0], theirs)


def test_lite0s_normalisation_is_minus_127_over_128(lite0):
    view = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    expected = (view[0, ..., 0].astype(np.float32) - 127) / 128
    np.testing.assert_allclose(lite0.normalise(view)[0, 0].numpy(), expected, atol=1e-6)
