"""Every recipe of the README does what it says, word for word but for the server's address."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from tests.conftest import ROOT
from tests.helpers.missing import installed
from tests.helpers.running_server import Server

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text()
RECIPES = README.split("## Recipes", 1)[1].split("\n## ", 1)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a photo and the clients that are one file."""
    Image.fromarray(skimage.data.chelsea()).save(tmp_path / "photo.jpg")
    for client in ("client.py", "clients/javascript/focal.js"):
        shutil.copy(ROOT / client, tmp_path)
    return tmp_path


def test_the_first_two_lines_to_try(server, folder):
    (lines,) = re.findall(r"Then open .*?```bash\n(.*?)```", README, re.DOTALL)
    assert [line.split()[0] for line in lines.splitlines()] == ["curl", "python3"]
    lines = lines.replace("http://127.0.0.1:8000", server.url).replace("python3 ", f"{sys.executable} ")

    run(folder, "bash", "-euc", lines)  # both, as they are pasted

    assert is_picture(folder / "blurred.jpg", "JPEG")
    assert is_picture(folder / "result.jpg", "JPEG")


def recipe(language: str, server: Server, holding: str = "") -> str:
    """The one recipe in a language that holds these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)
    (block,) = (block for block in blocks if holding in block)
    assert "http://127.0.0.1:8000" in block
    return block.replace("http://127.0.0.1:8000", server.url)


def run(folder: Path, *command: str) -> str:
    """Run a program in the folder; what it printed."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def is_picture(file: Path, image_format: str) -> bool:
    with Image.open(file) as picture:
        return (picture.format, picture.size) == (image_format, (451, 300))


def test_the_recipe_for_curl(server, folder):
    run(folder, "bash", "-euc", recipe("bash", server))

    assert is_picture(folder / "soft.webp", "WEBP")
    answer = json.loads((folder / "answer.json").read_text())
    assert list(answer) == ["class", "probability", "blurredImage", "maskImage", "unblurredMask"]


def test_the_first_recipe_is_how_the_original_was_called(server, folder):
    assert RECIPES.lstrip().startswith("With Python and `requests` alone, as the original was called:")
    (folder / "recipe.py").write_text(recipe("python", server, 'json={"img": photo}'))

    assert re.match(r"tiger cat 0\.\d+", run(folder, sys.executable, "recipe.py"))
    assert is_picture(folder / "blurred.jpg", "JPEG")


def test_the_recipe_for_python(server, folder):
    (folder / "recipe.py").write_text(recipe("python", server, "from client import Focal"))

    said = run(folder, sys.executable, "recipe.py")

    assert re.match(r"tiger cat 0\.\d+ ", said)
    assert is_picture(folder / "blurred.jpg", "JPEG")
    assert is_picture(folder / "stronger.jpg", "JPEG")


def test_the_recipe_for_asyncio(server, folder):
    (folder / "recipe.py").write_text(recipe("python", server, "from focal_client import AsyncFocal"))
    (folder / "focal_client").symlink_to(ROOT / "clients" / "python" / "focal_client")

    said = run(folder, sys.executable, "recipe.py")

    assert re.match(r"tiger cat 0\.\d+", said)
    assert all(is_picture(folder / f"blurred-{n}.jpg", "JPEG") for n in (0, 1))


def test_the_recipe_for_javascript(server, folder):
    node = installed("node", "nodejs")
    (folder / "recipe.mjs").write_text(recipe("javascript", server))

    said = run(folder, node, "recipe.mjs")

    assert re.match(r"tiger cat 0\.\d+", said)
    assert is_picture(folder / "blurred.jpg", "JPEG")
