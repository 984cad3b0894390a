"""The rooms: each knows only what is below it, and the core knows nothing of how it is served."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

CORE = ROOT / "handler" / "focal"
FILES = sorted(CORE.rglob("*.py"))
GROUND = {"errors", "declarations", "option_values", "options", "settings", "trace", "arrays", "machine"}
ROOMS = {"photo", "network", "mask", "blur"}
ABOVE_ROOMS = {"classic", "methods", "inspection", "pipeline"}
# What a room may import, from the ground up; a room's own modules besides.
ALLOWED = {
    "ground": GROUND,
    "photo": GROUND,
    "network": GROUND | {"photo"},
    "mask": GROUND | {"photo", "network"},
    "blur": GROUND,
    "classic": GROUND | {"photo"},
    "methods": GROUND | ROOMS | {"classic"},
    "inspection": GROUND | ROOMS | {"methods"},
    "pipeline": GROUND | ROOMS | {"methods", "inspection"},
    "api": GROUND | ROOMS | ABOVE_ROOMS,
}


def room_of(file: Path) -> str:
    """The room of a module of the core, `ground` for what all may use."""
    first = file.relative_to(CORE).parts[0].removesuffix(".py")
    return "ground" if first in GROUND else first


def imports(file: Path) -> Iterator[tuple[str, ...]]:
    """The modules that a module imports, wherever in it: ("focal", room, …) for those of the core."""
    package = ("focal", *file.relative_to(CORE).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield tuple(node.module.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            module = (*base, *(node.module.split(".") if node.module else ()))
            yield from ([(*module, alias.name) for alias in node.names] if len(module) == 1 else [module])


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_no_import_runs_upwards(file):
    if file == CORE / "__init__.py":
        return  # the public surface names them all, and imports none until it is asked
    room = room_of(file)
    inside = {module[1] for module in imports(file) if module[0] == "focal" and len(module) > 1}

    assert inside - {room, "__version__"} <= ALLOWED[room]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_the_core_imports_neither_a_server_nor_a_client_nor_a_command(file):
    above = {"ts", "focal_handler", "client", "setup", "server", "batch", "lab", "requests", "http", "urllib"}
    of_addresses = {("urllib", "parse")} if room_of(file) == "api" else set()  # which reads queries, and opens nothing

    assert not above & {module[0] for module in imports(file) if module not in of_addresses}


def test_no_imports_run_in_a_circle():
    graph = {file: set() for file in FILES}
    by_name = {(*file.relative_to(CORE).with_suffix("").parts,): file for file in FILES}
    for file in FILES:
        for module in imports(file):
            if module[0] == "focal" and file != CORE / "__init__.py":
                target = by_name.get(module[1:])
                graph[file] |= {target} if target else set()

    while leaves := {file for file, targets in graph.items() if not targets & graph.keys()}:
        graph = {file: targets for file, targets in graph.items() if file not in leaves}

    assert graph == {}


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if room_of(file) in ROOMS | ABOVE_ROOMS],
    ids=lambda file: str(file.relative_to(CORE)),
)
def test_rooms_and_pipeline_say_nothing_of_how_they_are_served(file):
    text = re.sub(r'url="https://[^"]*"', "", file.read_text(encoding="utf-8"))  # where a backbone's weights lie

    words = re.findall(
        r"TorchServe|torchserve|HTTP|http|X-Focal|nginx|gateway|header\(s\)|status code|JSON answer", text
    )
    assert words == []
    assert not re.search(r"\b(400|413|415|422|429|503|504)\b", text)


def test_the_folder_shows_six_rooms_and_few_files():
    entries = [entry for entry in CORE.iterdir() if entry.name != "__pycache__"]

    assert sorted(entry.name for entry in entries if entry.is_dir()) == sorted(ROOMS | {"api", "machine"})
    assert len([entry for entry in entries if entry.is_file()]) <= 12


def test_a_worker_imports_neither_torchvision_nor_without_need_opentelemetry():
    program = (
        "import sys, focal_handler; focal_handler._spans(''); print({'torchvision', 'opentelemetry'} & {*sys.modules})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "handler", capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "set()"
