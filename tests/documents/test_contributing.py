"""The pages on how to add something work: their changes are made to a copy of Focal, and the copy is run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision

from tests.conftest import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the pages change."""
    for name in ("handler", "deploy"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def follow(page: str, copy: Path) -> None:
    """Make each change of a page: ` ` a line that is there, `-` one to take out, `+` one to put in; and new files."""
    text = (ROOT / "docs" / page).read_text()
    for name, lines in re.findall(r"```diff\n--- (\S+)\n(.*?)```", text, re.DOTALL):
        before = "".join(line[1:] + "\n" for line in lines.splitlines() if line[:1] != "+").rstrip("\n")
        after = "".join(line[1:] + "\n" for line in lines.splitlines() if line[:1] != "-").rstrip("\n")
        file = copy / name
        assert file.read_text().count(before) == 1, f"{page} speaks of lines that {name} does not have:\n{before}"
        file.write_text(file.read_text().replace(before, after))
    for name, content in re.findall(r"```python\n# (handler/\S+)\n(.*?)```", text, re.DOTALL):
        (copy / name).write_text(content)


def run(copy: Path, program: str) -> str:
    """What a program says that uses the copy."""
    command = [sys.executable, "-W", "error", "-c", program]
    ran = subprocess.run(command, cwd=copy / "handler", capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_page_on_blurs_adds_a_blur(copy):
    follow("add-a-blur.md", copy)

    said = run(
        copy,
        "import numpy as np\n"
        "from focal.blur.background import blur_background\n"
        "from focal.blur.bokeh import disc_kernel, hexagon_kernel\n"
        "from focal.options import read_options\n"
        "bokeh = read_options({'bokeh': 'hexagon'}).bokeh\n"
        "kernel, disc = hexagon_kernel(20.0), disc_kernel(20.0)\n"
        "assert abs(kernel.sum() - 1) < 1e-5\n"
        "assert abs((kernel > 0).sum() / (disc > 0).sum() - 1) < 0.1\n"
        "photo = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)\n"
        "blurred = [blur_background(photo, np.zeros((300, 400), np.uint8), strength_frac=0.1, bokeh=name)\n"
        "           for name in (bokeh, 'lens')]\n"
        "print((blurred[0] != blurred[1]).any())\n",
    )

    assert said == "True\n"


def test_the_page_on_metrics_adds_a_metric(copy):
    follow("add-a-metric.md", copy)

    said = run(
        copy,
        "from focal.api.metrics import METRICS, request_samples\n"
        "from focal.trace import Trace\n"
        "import yaml\n"
        "(found,) = [s for s in request_samples(Trace(profile_kb=3.1), 1.0) if 'profile' in s.metric.name]\n"
        "listed = yaml.safe_load(open('../deploy/torchserve-metrics.yaml'))['model_metrics']['histogram']\n"
        "assert found.metric in METRICS and found.metric.name in [each['name'] for each in listed]\n"
        "print(found.metric.name, found.value)\n",
    )

    assert said == "focal_profile_kilobytes 3.1\n"


@pytest.mark.slow
def test_the_page_on_backbones_adds_two_backbones(copy, tmp_path):
    follow("add-a-backbone.md", copy)
    for name in ("vgg11", "resnet18"):
        torch.manual_seed(0)
        published = torchvision.models.get_model(name, weights=None).eval()
        torch.save(published.state_dict(), tmp_path / f"{name}.pth")
        x = torch.randn((1, 3, 96, 64))
        with torch.inference_mode():
            torch.save((x, published(x)), tmp_path / f"{name}.logits.pt")

    said = run(
        copy,
        "from pathlib import Path\n"
        "import numpy as np, torch\n"
        "from focal.network import backbones\n"
        "from focal.network.model import load_model\n"
        "from focal.mask.refined import refined_mask\n"
        "from focal.mask.photo_graph import build_graph\n"
        "from focal.network.saliency import guided_saliency\n"
        "from focal.photo.views import whole_view\n"
        "for name in ('vgg11', 'resnet18'):\n"
        "    model = load_model(backbones.find(name), Path(f'../{name}.pth'), torch.device('cpu'))\n"
        "    x, logits = torch.load(f'../{name}.logits.pt')\n"
        "    with torch.inference_mode():\n"
        "        torch.testing.assert_close(model.network(x), logits, rtol=1e-4, atol=1e-5)\n"
        "    photo = np.random.default_rng(0).integers(0, 256, (150, 100, 3), dtype=np.uint8)\n"
        "    (saliency,) = guided_saliency(model, whole_view(photo), [0])\n"
        "    print(refined_mask(build_graph(photo, saliency.features), saliency).mask.shape)\n"
        "print(backbones.names())\n",
    )

    assert said == "(224, 149)\n" * 2 + "['alexnet', 'efficientnet_lite0', 'resnet18', 'resnet50', 'vgg11']\n"
