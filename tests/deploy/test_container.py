"""The image and how compose runs it: linted, in step with the pins and the code, confined."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from focal.network import backbones
from focal.settings import Settings
from server import gateway_config, supervisor, torchserve, torchserve_config
from server.ports import addresses_from
from setup import environment

TORCH_IN = environment.TORCH_PINS.with_suffix(".in")
ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with what follows it, on one line."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    split = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(word, rest) for word, rest in split]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage; the last stage, which has no name of its own, is called `last`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for word, rest in instructions():
        if word == "FROM":
            found[rest.partition(" AS ")[2] or "last"] = []
        if found:
            found[list(found)[-1]].append((word, rest))
    return found


def of(word: str, stage: str) -> list[str]:
    return [rest for name, rest in stages()[stage] if name == word]


def variables(stage: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in of("ENV", stage) for pair in shlex.split(rest))


def argument(name: str) -> str:
    """The default of a build argument."""
    defaults = dict(rest.split("=", 1) for word, rest in instructions() if word == "ARG" and "=" in rest)
    return defaults[name]


@pytest.fixture
def service() -> dict[str, object]:
    """compose's one service."""
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["focal"]


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=sysconfig.get_path("scripts"))

    assert hadolint
    assert subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False).stdout == ""


def test_all_stages_stand_on_one_slim_python_that_focal_supports() -> None:
    bases = [rest for word, rest in instructions() if word == "FROM"]

    assert bases[1:] == ["base AS build", "base"]
    assert re.fullmatch(r"python:3\.11-slim-\w+ AS base", bases[0])


def install_torch(folder: Path, **arguments: str) -> list[list[str]]:
    """Run the build's installing step with these build arguments; return what it asked of pip, without installing."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name, script in {"python3": "", "pip": 'printf "%s\\n" "$*" >> pip.log'}.items():
        (bin_folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin_folder / name).chmod(0o755)
    shutil.copy(TORCH_IN, folder)
    step = re.sub(r"^--mount=\S+ ", "", of("RUN", "build")[0])
    defaults = {name: argument(name) for name in ("TORCH_VERSION", "TORCH_INDEX")}
    path = f"{bin_folder}:{os.environ['PATH']}"
    run_with = defaults | arguments | {"PATH": path, "FOCAL_VENV": str(folder / "venv")}
    subprocess.run(["sh", "-euc", step], cwd=folder, env=run_with, check=True)
    return [line.split() for line in (folder / "pip.log").read_text().splitlines()]


CHECKED = ["install", "--no-deps", "--require-hashes", "--requirement"]


def test_torch_comes_from_pytorchs_cpu_index_alone_and_all_else_is_held_against_its_hash(tmp_path: Path) -> None:
    rest, torch = install_torch(tmp_path)

    assert rest == [*CHECKED, "requirements.txt"]
    assert torch == ["install", "--no-deps", "--index-url", environment.TORCH_CPU_INDEX,
                     "--requirement", "requirements-torch.in"]  # fmt: skip


def test_it_leaves_behind_what_litert_has_for_graphics_cards_alone(tmp_path: Path) -> None:
    packages = tmp_path / "venv/lib/python3.11/site-packages"
    for name in (
        "torch/include/x.h",
        "ai_edge_litert/vendors/x.so",
        "ai_edge_litert/libXWebGpuX.so",
        "ai_edge_litert/a.so",
    ):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()

    install_torch(tmp_path)

    assert [file.name for file in packages.rglob("*") if file.is_file()] == ["a.so"]


def test_the_default_torch_is_the_pinned_one(tmp_path: Path) -> None:
    install_torch(tmp_path)

    assert (tmp_path / TORCH_IN.name).read_text() == TORCH_IN.read_text()


def test_another_torch_replaces_the_pin_and_nothing_else(tmp_path: Path) -> None:
    install_torch(tmp_path, TORCH_VERSION="2.13.0")

    named, used = TORCH_IN.read_text(), (tmp_path / TORCH_IN.name).read_text()
    assert used == named.replace(f"torch=={environment.pinned('torch')}", "torch==2.13.0")
    assert used != named


def test_an_empty_index_means_the_default_one_whose_hashes_are_known(tmp_path: Path) -> None:
    _, torch = install_torch(tmp_path, TORCH_INDEX="")

    assert torch == [*CHECKED, "requirements-torch.txt"]


def test_another_torch_of_the_default_index_brings_what_it_needs(tmp_path: Path) -> None:
    _, torch = install_torch(tmp_path, TORCH_INDEX="", TORCH_VERSION="2.13.0")

    assert torch == ["install", "--requirement", "requirements-torch.in"]


def test_the_backbone_is_the_cores_default_and_serve_is_told_of_it() -> None:
    assert argument("BACKBONE") == backbones.DEFAULT
    assert '--backbone "$BACKBONE"' in of("RUN", "build")[1]
    assert variables("last")["FOCAL_BACKBONE"] == "$BACKBONE"


@pytest.mark.parametrize("people", ["auto", "off"])
def test_networks_that_find_people_are_fetched_or_fail_the_build_unless_they_are_not_wanted(
    tmp_path: Path, people: str
) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("fetch-weights", "build-archive"):
        (scripts / name).write_text(f'#!/bin/sh\necho "{name} $* $FOCAL_PEOPLE" >> log\ntest {name} = build-archive\n')
        (scripts / name).chmod(0o755)
    step = re.sub(r"^--mount=\S+ ", "", of("RUN", "build")[1])
    variables_of_step = {"PATH": os.environ["PATH"], "PEOPLE": people, "BACKBONE": "alexnet", "OTLP_ENDPOINT": ""}

    done = subprocess.run(["sh", "-euc", step], cwd=tmp_path, env=variables_of_step, check=False)

    built = "build-archive --backbone alexnet off"
    asked = (tmp_path / "log").read_text().splitlines()
    assert asked == ([built] if people == "off" else ["fetch-weights --people "])
    assert (done.returncode == 0) == (people == "off")


@pytest.mark.parametrize("bulk", ["", "1"])
def test_what_bulk_jobs_need_is_installed_only_where_it_is_wanted(tmp_path: Path, bulk: str) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for script in (scripts / "bulk", tmp_path / "pip"):
        script.write_text(f'#!/bin/sh\necho "{script.name} $*" >> log\n')
        script.chmod(0o755)
    step = re.sub(r"^--mount=\S+ ", "", of("RUN", "build")[2])
    variables_of_step = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PEOPLE": "off", "BULK": bulk}

    subprocess.run(["sh", "-euc", step], cwd=tmp_path, env=variables_of_step, check=True)

    log = tmp_path / "log"
    installed = ["bulk --help", "pip install --no-deps --require-hashes --requirement requirements-cluster.txt"]
    assert (log.read_text().splitlines() if log.exists() else []) == (installed if bulk else [])
    assert (tmp_path / "cache").exists() == bool(bulk)
    assert argument("BULK") == ""


def test_people_are_looked_for_by_default_and_serve_is_told_of_it() -> None:
    assert argument("PEOPLE") == Settings().people
    assert variables("last")["FOCAL_PEOPLE"] == "$PEOPLE"


def test_the_last_stage_installs_an_init_and_nothing_that_compiles() -> None:
    (step,) = of("RUN", "last")
    asked = step.partition("apt-get install ")[2].partition("&&")[0].split()

    assert [word for word in asked if not word.startswith("-")] == ["tini"]
    assert step.count("apt-get install") == 1
    assert "pip" not in step


def test_it_runs_serve_under_an_init_as_a_user_without_privileges() -> None:
    (entry,), (command,), (user,) = (of(word, "last") for word in ("ENTRYPOINT", "CMD", "USER"))

    assert json.loads(entry) == ["tini", "--"]
    assert json.loads(command) == ["scripts/serve"]
    assert os.access(ROOT / "scripts" / "serve", os.X_OK)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert f"useradd --uid {user.partition(':')[0]} " in of("RUN", "last")[0]


def test_its_gateway_is_open_to_the_network_and_nothing_else_is() -> None:
    addresses = addresses_from(variables("last"))

    assert (addresses.host, of("EXPOSE", "last")) == ("0.0.0.0", [str(addresses.port)])
    for url in (addresses.inference_url, addresses.management_url, addresses.metrics_url):
        assert url.startswith("http://127.0.0.1:")


def test_health_is_that_a_worker_answers() -> None:
    (health,) = of("HEALTHCHECK", "last")

    assert json.loads(health.partition(" CMD ")[2]) == ["scripts/serve", "--ready"]


def copied() -> set[Path]:
    """What the image takes from the repository."""
    sources = [rest.split()[:-1] for rest in of("COPY", "build")]
    return {ROOT / source for line in sources for source in line}


def test_it_holds_every_file_that_a_server_reads() -> None:
    metrics = torchserve_config.PROPERTIES["metrics_config"]
    template = gateway_config.GATEWAY / "nginx.conf.template"
    read = [torchserve_config.CONFIGURATION, torchserve_config.LOGGING, ROOT / metrics, template,
            environment.RUNTIME_PINS, environment.TORCH_PINS, TORCH_IN, environment.TRACING_PINS,
            environment.BULK_PINS, ROOT / "requirements-cluster.txt",
            ROOT / "handler" / "focal_handler.py"]  # fmt: skip

    for file in read:
        assert file.exists()
        assert copied() & {file, *file.parents}, f"{file} is not copied"
        assert not ignored(file.relative_to(ROOT)), f"{file} does not reach the builder"


def test_the_builder_gets_no_more_than_that() -> None:
    for name in (".git", "model_store/focal.mar", "tests", "client.py", "key_file.json", "handler/focal/__pycache__"):
        assert ignored(Path(name)), name


def ignored(path: Path) -> bool:
    """Whether .dockerignore keeps a path back: of the lines that match it or a folder above it, the last decides."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    verdict = False
    for line in filter(None, lines):
        pattern = line.removeprefix("!").removeprefix("**/")
        tail = [Path(part) for part in path.parts] if "**/" in line else []
        if not line.startswith("#") and any(fnmatch(str(name), pattern) for name in (path, *path.parents, *tail)):
            verdict = not line.startswith("!")
    return verdict


def test_compose_reads_what_its_schema_knows() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        ROOT / "compose.yaml",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_builds_this_image_with_arguments_that_it_has(service: dict) -> None:
    declared = {rest.partition("=")[0] for word, rest in instructions() if word == "ARG"}

    assert service["build"]["context"] == "."
    assert set(service["build"]["args"]) <= declared
    assert service["build"]["args"]["BACKBONE"] == f"${{BACKBONE:-{backbones.DEFAULT}}}"


def test_the_readmes_one_line_runs_this_service_alone() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert "`docker compose up --build`" in (ROOT / "README.md").read_text()
    assert [name for name, one in services.items() if "profiles" not in one] == ["focal"]


def test_compose_runs_the_same_on_a_gpu_but_for_torch_and_one_worker() -> None:
    on_gpu = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["focal-gpu"]
    (device,) = on_gpu["deploy"]["resources"]["reservations"]["devices"]

    assert (on_gpu["extends"], on_gpu["profiles"]) == ({"service": "focal"}, ["gpu"])
    assert on_gpu["build"]["args"] == {"TORCH_INDEX": ""}
    assert on_gpu["environment"] == {"FOCAL_DEVICE": "cuda", "FOCAL_WORKERS": "1"}
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])


def workflow_commands() -> tuple[str, str]:
    """What the workflow of the image runs: to build and publish, and to scan and sign."""
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "image.yml").read_text())["jobs"]["image"]["steps"]
    build, sign = (step["run"] for step in steps if "run" in step)
    return build, sign


def test_the_workflow_signs_by_its_digest_what_the_scanner_passed_and_lists_what_is_in_it() -> None:
    build, sign = workflow_commands()
    steps = (
        "./scripts/sbom focal.cdx.json",
        'trivy image --exit-code 1 --severity CRITICAL --ignore-unfixed "$IMAGE@$digest"',
        'cosign sign --yes "$IMAGE@$digest"',
        'cosign attest --yes --type cyclonedx --predicate focal.cdx.json "$IMAGE@$digest"',
    )

    assert "bake all --push --metadata-file built.json" in build
    assert [sign.count(step) for step in steps] == [1] * len(steps)
    assert sorted(steps, key=sign.index) == list(steps)


def test_the_workflow_finds_the_base_image_in_the_dockerfile() -> None:
    build, _ = workflow_commands()
    find_base = build.splitlines()[0] + '\necho "$base"'

    found = subprocess.run(["sh", "-c", find_base], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert found.strip() == stages()["base"][0][1].partition(" AS ")[0]


def test_compose_publishes_the_gateway_to_this_machine_alone(service: dict) -> None:
    port = variables("last")["FOCAL_PORT"]

    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_compose_confines_the_server(service: dict) -> None:
    assert service["read_only"] is True
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108 (the container's own)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "mem_limit", "pids_limit"} <= service.keys()
    assert "privileged" not in service
    assert "volumes" not in service


def test_compose_asks_for_health_as_the_image_does(service: dict) -> None:
    (health,) = of("HEALTHCHECK", "last")
    flags, _, command = health.partition(" CMD ")
    asked = dict(flag.removeprefix("--").replace("-", "_").split("=") for flag in flags.split())

    compose = {name: str(value) for name, value in service["healthcheck"].items() if name != "test"}
    assert compose == asked
    assert service["healthcheck"]["test"] == ["CMD", *json.loads(command)]


def test_compose_waits_for_the_longest_drain(service: dict) -> None:
    gateway_stop_s = 5

    longest_s = Settings().max_wait_s + supervisor.DRAIN_MARGIN_S + gateway_stop_s + torchserve.STOP_TIMEOUT_S
    assert int(service["stop_grace_period"].removesuffix("s")) >= longest_s
