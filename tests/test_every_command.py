"""What every script has in common."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from server.client_keys import as_text

from tests.conftest import ROOT
from tests.helpers.proxy import recorder
from tests.helpers.running_server import PROXY_VARIABLES

SCRIPTS = sorted(file.name for file in (ROOT / "scripts").iterdir() if file.is_file())
PARSING = [name for name in SCRIPTS if name != "test"]  # which hands what it does not know to pytest


OLD_PYTHONS = [f"3.{minor}" for minor in range(6, 11)]


def find_python(version: str) -> str | None:
    """A Python of that version on this machine: one of pyenv's, whose names on PATH may lead nowhere, or on PATH."""
    of_pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    named = [found] if (found := shutil.which(f"python{version}")) else []
    return next((str(one) for one in [*of_pyenv, *named] if _runs(str(one))), None)


def _runs(python: str) -> bool:
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


def run(name: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / name, *map(str, arguments)]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_can_be_called_and_is_linted(name: str) -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["extend-include"]

    assert os.access(ROOT / "scripts" / name, os.X_OK)
    assert f"scripts/{name}" in included


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_explains_itself(name: str) -> None:
    told = run(name, "--help")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"usage: {name} ")


@pytest.mark.parametrize("name", PARSING)
def test_what_it_does_not_know_is_refused_in_a_sentence(name: str) -> None:
    told = run(name, "--no-such-option")

    assert told.returncode == 2
    assert told.stderr.splitlines()[-1].startswith(f"{name}: error: ")


def test_a_part_of_the_tests_goes_without_arguments_for_pytest() -> None:
    command = [sys.executable, ROOT / "scripts" / "test", "--quick", "-k", "blur"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert told.returncode == 2
    assert told.stderr.splitlines()[-1].startswith("test: error: --quick and --only go without")


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_is_ready_for_ctrl_c_and_old_pythons_before_it_imports_anything_else(name: str) -> None:
    nodes = ast.parse((ROOT / "scripts" / name).read_text()).body
    first = next(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))

    assert isinstance(first, ast.ImportFrom)
    assert first.module == "setup"


def test_what_tests_that_pass_have_written_is_gone_with_them(tmp_path: Path) -> None:
    (tmp_path / "test_large.py").write_text("def test_large(tmp_path): (tmp_path / 'large').write_bytes(bytes(1000))\n")
    own = ["-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider", "--rootdir", tmp_path]
    command = [sys.executable, "-m", "pytest", *own, f"--basetemp={tmp_path / 'made'}", tmp_path / "test_large.py"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert told.returncode == 0, told.stdout
    assert list((tmp_path / "made").iterdir()) == []


BASE_PYTHON = f"{sys.base_exec_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
INTERRUPTING = """import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPTED_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

if sys.prefix == os.environ["INTERRUPTED_IN"]:
    sys.meta_path.insert(0, Interrupting())
"""


@pytest.mark.parametrize(
    ("command", "python", "imports"),
    [
        (["scripts/ops", "status"], sys.executable, "setup.console"),
        (["scripts/serve", "--help"], sys.executable, "argparse"),
        (["scripts/focal", "--help"], BASE_PYTHON, "argparse"),  # when it goes on in the shared environment
        (["client.py", "--help"], sys.executable, "requests"),
    ],
)
def test_one_that_is_interrupted_while_it_starts_ends_without_a_word(
    command: list[str], python: str, imports: str, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING)
    interrupted = {"INTERRUPTED_AT": imports, "INTERRUPTED_IN": sys.prefix}
    own = {"PYTHONPATH": str(tmp_path), "FOCAL_VENV": sys.prefix} | interrupted
    told = subprocess.run(
        [python, *command], cwd=ROOT, env=os.environ | own, capture_output=True, text=True, timeout=60, check=False
    )

    assert (told.returncode, told.stdout, told.stderr) == (-signal.SIGINT, "", "")


def test_a_service_that_is_asked_for_its_files_before_it_has_read_them_goes_on(tmp_path: Path) -> None:
    """As with a renewed certificate while the first start installs packages: SIGHUP ends whoever does not expect it."""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING.replace("SIGINT", "SIGHUP"))
    interrupted = {"INTERRUPTED_AT": "focal.settings", "INTERRUPTED_IN": sys.prefix, "PYTHONPATH": str(tmp_path)}
    told = run("serve", FOCAL_MAX_MEGAPIXELS="many", FOCAL_RUNTIME=str(tmp_path / "run"), **interrupted)

    assert (told.returncode, "max_megapixels must be" in told.stderr) == (1, True)


@pytest.mark.parametrize(
    "command", [["scripts/ops", "--help"], ["scripts/ops", "keys", "list"], ["client.py", "--help"]]
)
@pytest.mark.parametrize("closed", ["stdout", "stdout and stderr"])
def test_one_whose_reader_has_gone_ends_without_a_word(command: list[str], closed: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(as_text(()))
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        told = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | {"FOCAL_CLIENT_KEYS": str(tmp_path / "keys.json"), "PYTHONUNBUFFERED": ""},
            stdout=write_end,
            stderr=subprocess.PIPE if closed == "stdout" else write_end,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write_end)

    assert (told.returncode, told.stderr or "") == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("name", ["audit", "pin"])
def test_what_only_asks_a_package_index_says_so_offline(name: str) -> None:
    told = run(name, FOCAL_OFFLINE="1")

    sentence = f"focal: FOCAL_OFFLINE is set, and scripts/{name} has to ask a package index: unset it.\n"
    assert (told.returncode, told.stdout, told.stderr) == (1, "", sentence)


@pytest.mark.slow
def test_offline_no_command_asks_for_anything_or_warns_that_it_did_not(tmp_path: Path) -> None:
    empty = {"XDG_CACHE_HOME": str(tmp_path), "TORCH_HOME": str(tmp_path), "FOCAL_MODEL_STORE": str(tmp_path)}
    photo = ROOT / "docs" / "pictures" / "coffee-before-after.jpg"

    with recorder() as proxy:
        proxies = dict.fromkeys(PROXY_VARIABLES, proxy.url)
        variables = {"FOCAL_OFFLINE": "1", "FOCAL_VENV": sys.prefix, **empty, **proxies}
        told = {
            "fetch-weights": run("fetch-weights", **variables),
            "fetch-weights --people": run("fetch-weights", "--people", **variables),
            "build-archive": run("build-archive", **variables),
            "focal": run("focal", photo, "--output", tmp_path / "out.jpg", **variables),
        }

    assert proxy.asked == []
    assert {name: one.returncode for name, one in told.items()} == {
        "fetch-weights": 1, "fetch-weights --people": 1, "build-archive": 0, "focal": 0
    }  # fmt: skip
    assert "!!!" not in "".join(one.stdout + one.stderr for one in told.values())


@pytest.mark.parametrize("version", OLD_PYTHONS)
def test_an_old_python_gets_one_sentence_from_every_command(version: str) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")

    for command in [*(ROOT / "scripts" / name for name in SCRIPTS), ROOT / "client.py"]:
        told = subprocess.run([python, "-B", command], capture_output=True, text=True, timeout=60, check=False)

        assert (told.returncode, told.stdout, told.stderr.count("\n")) == (1, "", 1), told.stderr
        assert f"needs Python 3.11 or newer; this is {version}." in told.stderr


def test_no_command_uses_syntax_that_an_old_python_cannot_read() -> None:
    """Where there is no old Python: this one's parser, told to be as old."""
    read_first = [ROOT / "client.py", ROOT / "scripts" / "setup" / "__init__.py"]
    for command in [*(ROOT / "scripts" / name for name in SCRIPTS), *read_first]:
        assert "from __future__" not in command.read_text()
        ast.parse(command.read_text(), feature_version=(3, 7))


def test_no_command_reads_numbers_as_python_does_with_underscores_and_the_digits_of_all_scripts() -> None:
    for command in [*(ROOT / "scripts" / name for name in SCRIPTS), ROOT / "client.py"]:
        types = [node.value for node in ast.walk(ast.parse(command.read_text())) if isinstance(node, ast.keyword)]
        assert not {each.id for each in types if isinstance(each, ast.Name)} & {"int", "float"}, command


def test_the_client_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['requests'] = None\n")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, ROOT / "client.py"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (told.returncode, told.stdout) == (1, "")
    assert (
        told.stderr
        == f"client.py needs the package requests, which is missing: {sys.executable} -m pip install requests\n"
    )
