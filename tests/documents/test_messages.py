"""docs/messages.md has every sentence that a command can end with, and a test provokes each of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "messages.md").read_text()
COMMANDS = ("serve", "ops", "focal", "bulk", "test")
OTHERS = ("temporary_server.py", "pins.py")  # of commands for measuring and for pinning
ERRORS = ("CommandError", "SlowStartError", "StuckReloadError", "WeightsUnavailableError")
REFUSALS = ("_require", "parser.error", "arguments.error")


def sources() -> Iterator[Path]:
    for room in ("setup", "server", "batch"):
        yield from (file for file in sorted((ROOT / "scripts" / room).rglob("*.py")) if file.name not in OTHERS)
    yield from (ROOT / "scripts" / name for name in COMMANDS)


def wordings(sentence: ast.expr) -> list[str]:
    """What a string in the code can say, with … for what it puts in; nothing if it is another error's sentence."""
    if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
        return [sentence.value]
    if isinstance(sentence, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in sentence.values)]
    return []


def said(node: ast.AST) -> ast.expr | None:
    """The sentence with which a statement ends a command, if it does."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return node.exc.args[0] if ast.unparse(node.exc.func).rpartition(".")[2] in ERRORS else None
    if isinstance(node, ast.Call) and ast.unparse(node.func) in REFUSALS:
        return node.args[-1]
    return None


@cache
def messages() -> list[str]:
    nodes = (node for file in sources() for node in ast.walk(ast.parse(file.read_text())))
    sentences = filter(None, map(said, nodes))
    return sorted({wording.strip() for sentence in sentences for wording in wordings(sentence)})


@cache
def code_of_tests() -> list[str]:
    """The code of every test, with its parameters, and without the backslashes of regular expressions."""
    found = []
    for file in (ROOT / "tests").rglob("test_*.py"):
        text = file.read_text()
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                found.append("\n".join(lines[first - 1 : node.end_lineno]).replace("\\", ""))
    return found


def characteristic(message: str) -> Iterator[str]:
    """Runs of three words of a message's own; of a shorter part, all of it."""
    for part in message.split("…"):
        words = part.split()
        for n in range(max(1, len(words) - 2)):
            run = " ".join(words[n : n + 3]).strip(".,:;'()")
            if len(run) >= 9:
                yield run


def test_the_page_has_every_message_and_no_other() -> None:
    rows = re.findall(r"^\| (.+?) \| .*\|$", PAGE, re.MULTILINE)

    assert sorted(set(rows) - {"message"}) == messages()


@pytest.mark.parametrize("message", messages())
def test_a_test_provokes_it(message: str) -> None:
    provoking = [run for run in characteristic(message) if 0 < sum(run in test for test in code_of_tests()) <= 6]

    assert provoking, "no test expects this sentence; write one that provokes it"
