"""The layers: the core knows nothing above it, and a worker loads nothing it does not need."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

CORE = sorted((ROOT / "handler" / "focal").rglob("*.py"))


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.stem)
def test_the_core_imports_neither_torchserve_nor_http_nor_the_layers_above(file):
    above = {"ts", "focal_handler", "client", "support", "gateway", "scripts", "requests", "http", "urllib"}
    assert not above & set(imported(file))


def test_a_worker_imports_no_torchvision():
    program = "import sys, focal_handler; print('torchvision' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "handler", capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"
