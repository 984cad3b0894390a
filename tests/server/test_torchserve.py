"""How TorchServe is started."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import yaml
from focal.settings import Settings
from server import torchserve_config
from server.ports import Addresses
from server.torchserve import TorchServe
from server.torchserve_config import LOGGING, METRICS, read_properties
from setup.environment import REPOSITORY

from tests.helpers.stand_ins import make_archive
from tests.helpers.waiting import wait_until


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


def test_it_starts_with_the_files_that_serve_read_whatever_became_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for constant in ("REPOSITORY", "CONFIGURATION", "LOGGING", "METRICS"):
        path = getattr(torchserve_config, constant)
        monkeypatch.setattr(torchserve_config, constant, tmp_path / "gone" / path.name)
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


def test_one_that_somebody_has_halted_removes_its_files_all_the_same(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\ntrap 'touch ended; exit' TERM\ntouch started\nwhile :; do sleep .01; done\n")
    java.chmod(0o755)
    make_archive(tmp_path / "focal.mar")
    server = TorchServe(str(java), Addresses(), tmp_path / "run", tmp_path, 1)
    server.start()
    wait_until((tmp_path / "run" / "started").exists)
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGSTOP)

    server.stop()

    assert (tmp_path / "run" / "ended").exists()


def test_it_goes_on_restarting_a_worker_whose_trouble_lasts_longer_than_five_minutes() -> None:
    tries_for_s = yaml.safe_load((REPOSITORY / "handler" / "model-config.yaml").read_text())["maxRetryTimeoutInSec"]

    assert tries_for_s > 7 * 24 * 3600
    assert tries_for_s * 1000 < 2**31  # it counts milliseconds in 32 bits
