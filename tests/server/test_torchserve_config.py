"""What TorchServe is told by its configuration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from focal.settings import Settings
from server.ports import PRIVATE_PORTS, Addresses
from server.torchserve_config import CONFIGURATION, as_text, properties_of, read_properties
from setup.environment import REPOSITORY
from setup.packages import package_folder


def test_the_servers_configuration_is_the_repositorys_with_its_own_places() -> None:
    folder = Path("/run/focal")  # short enough for sockets, unlike some accounts' temporary folders
    addresses = Addresses(inference_port=1, management_port=2, metrics_port=3)

    own = properties_of(addresses, folder, 1, Settings())
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

    own = properties_of(Addresses(), tmp_path, 2, limits)

    assert own["max_request_size"] == "1000"
    assert int(own["max_response_size"]) > 2000
    assert int(own["job_queue_size"]) > 3 * 2


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_java_has_room_for_all_bodies_and_answers_and_no_more(tmp_path: Path, workers: int) -> None:
    limits = Settings()

    flags = properties_of(Addresses(), tmp_path, workers, limits)["vmargs"].split()

    most = (limits.body_memory_bytes(workers) + workers * limits.max_answer_bytes) // 1_000_000
    sizes = [int(re.fullmatch(r"-X(?:mx|X:MaxDirectMemorySize=)(\d+)m", flag)[1]) for flag in flags[:2]]
    assert all(most < size < most + 300 for size in sizes)
    assert "-XX:+ExitOnOutOfMemoryError" in flags
    assert len([flag for flag in flags if flag.startswith("-Xmx")]) == 1


def test_every_body_that_the_gateway_lets_in_fits_torchserve() -> None:
    assert int(read_properties(CONFIGURATION)["max_request_size"]) == Settings().max_body_bytes


def test_every_answer_that_the_handler_lets_out_fits_torchserve() -> None:
    assert int(read_properties(CONFIGURATION)["max_response_size"]) > Settings().max_answer_bytes


def test_a_path_too_long_for_sockets_has_its_workers_listen_on_ports() -> None:
    short, long = (properties_of(Addresses(), Path(f"/{'x' * length}"), 1, Settings()) for length in (83, 84))

    assert (short["use_native_io"], long["use_native_io"]) == ("true", "false")


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
    assert as_text({"name": value}) == f"name={written}\n"


def test_every_line_of_the_configuration_has_its_reason() -> None:
    blocks = CONFIGURATION.read_text().split("\n\n")

    assert [block for block in blocks if not block.startswith("#")] == []


def test_torchserves_own_metrics_are_all_kept() -> None:
    theirs = yaml.safe_load((package_folder("ts") / "configs" / "metrics.yaml").read_text())
    ours = yaml.safe_load((REPOSITORY / read_properties(CONFIGURATION)["metrics_config"]).read_text())

    for family, kinds in (("ts_metrics", ("counter", "gauge")), ("model_metrics", ("gauge",))):
        for kind in kinds:
            names = {metric["name"] for metric in ours[family][kind]}
            assert {metric["name"] for metric in theirs[family][kind]} <= names
