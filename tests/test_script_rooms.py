"""Which packages of scripts/ may import which, and that no import is circular; imports inside functions count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPTS = ROOT / "scripts"
MAY_IMPORT = {
    "setup": {"setup"},
    "server": {"setup", "server"},
    "batch": {"setup", "batch"},
    "lab": {"setup", "server", "batch", "lab"},
}
MODULES = {
    ".".join(file.relative_to(SCRIPTS).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(SCRIPTS.rglob("*.py"))
}


def imports(name: str, file: Path) -> Iterator[str]:
    """The modules of scripts/ that a module imports, wherever in its text."""
    package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                module = f"{source}.{alias.name}" if f"{source}.{alias.name}" in MODULES else source
                if module in MODULES:
                    yield module


GRAPH = {name: set(imports(name, file)) for name, file in MODULES.items()}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_package_imports_one_above_it(package: str) -> None:
    found = {
        (name, imported)
        for name, modules in GRAPH.items()
        for imported in modules
        if name.partition(".")[0] == package and imported.partition(".")[0] not in MAY_IMPORT[package]
    }

    assert found == set()


def test_every_package_has_its_rule() -> None:
    assert {name.partition(".")[0] for name in MODULES} == MAY_IMPORT.keys() | {
        file.stem for file in SCRIPTS.glob("*.py")
    }


def test_no_import_is_circular() -> None:
    assert len(list(TopologicalSorter(GRAPH).static_order())) == len(MODULES)


def test_imports_are_seen_wherever_they_stand() -> None:
    assert "lab.benchmark.in_process" in GRAPH["lab.benchmark.report"]  # inside a function
    assert "server.processes" in GRAPH["lab.load.memory"]
    assert "setup.console" in GRAPH["server.supervisor"]
    assert "batch.processor" in GRAPH["batch.bulk.worker"]  # from a package above
