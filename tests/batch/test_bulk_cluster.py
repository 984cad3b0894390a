"""scripts/bulk on a Ray cluster of several nodes, which die and join; docs/bulk.md is what it is held to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from batch.bulk.actors import refuse_unseen, unseen_here
from batch.bulk.cluster import ClusterEngine
from batch.bulk.runtime_environment import on_a_node, packed
from batch.bulk.storage import Storage
from batch.bulk.task import Task
from focal.network.people.weights import PEOPLE_WEIGHTS
from focal.options import Options
from focal.settings import Settings
from setup.console import CommandError

from tests.conftest import ROOT
from tests.helpers.photo_files import write_balls
from tests.helpers.ray_cluster import RayCluster, ray_cluster
from tests.helpers.waiting import wait_until

MOTO = "moto[server]==5.2.5"  # a server of S3's protocol, installed where only these tests see it
BUCKETS = {"endpoint_override": "127.0.0.1:5000", "scheme": "http", "region": "us-east-1"}
PATIENCE_S = 300.0


@pytest.fixture
def task(tmp_path: Path, lite0_weights: Path, people_weights: Path) -> Task:
    source, target = (Storage.at(str(tmp_path / name)) for name in ("photos", "blurred"))
    return Task(source, target, tmp_path / "report.jsonl", Options(), Settings(), "efficientnet_lite0",
                lite0_weights, people_weights)  # fmt: skip


def test_a_clients_port_is_no_address_of_a_cluster() -> None:
    with pytest.raises(CommandError, match="is not the address of a cluster as its nodes know it"):
        ClusterEngine("ray://127.0.0.1:10001", None)


def test_where_nothing_answers_one_sentence_says_so_at_once(task: Task) -> None:
    with (
        ClusterEngine("127.0.0.1:1", None) as engine,
        pytest.raises(CommandError, match=r"This machine is no node of a Ray cluster at 127\.0\.0\.1:1; name one that"),
    ):
        list(engine.run(task, [("a.jpg", "a.jpg")]))


def test_a_folder_that_a_node_does_not_see_is_refused(tmp_path: Path) -> None:
    node, unseen = unseen_here([str(tmp_path), "/nowhere/photos"])

    with pytest.raises(CommandError, match=rf"^/nowhere/photos is not on the cluster's node {node}; keep photos and"):
        refuse_unseen(node, unseen)
    refuse_unseen(node, [])


def test_what_is_sent_to_a_node_is_all_that_its_processes_need(task: Task, tmp_path: Path) -> None:
    there, needed = tmp_path / "there", on_a_node(task)

    with packed(task) as environment:
        shutil.copytree(environment["working_dir"], there, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", "import batch.bulk.worker"],
        cwd=there,
        env=os.environ | environment["env_vars"] | {"PYTHONPATH": str(there)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert needed.people
    for path in (needed.weights, *(needed.people / one.file_name for one in PEOPLE_WEIGHTS)):
        assert (there / path).is_file()


def command(cluster: RayCluster, *arguments: object) -> subprocess.Popen[str]:
    """`scripts/bulk` with these arguments, from the cluster's head."""
    return subprocess.Popen(
        [*cluster.inside, sys.executable, ROOT / "scripts" / "bulk", *map(str, arguments)],
        env=os.environ | cluster.variables | {"FOCAL_VENV": sys.prefix, "FOCAL_BACKBONE": "efficientnet_lite0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """A cluster of a head, which blurs nothing, and two nodes of one core."""
    if os.geteuid():
        pytest.skip("namespaces need root")
    with ray_cluster() as made:
        for cores in (0, 1, 1):
            made.start(cores)
        yield made


@pytest.fixture(scope="module")
def object_store(cluster: RayCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server of S3's protocol that the cluster's nodes reach."""
    folder = tmp_path_factory.mktemp("moto")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", MOTO], check=True)
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*cluster.inside, folder / "bin" / "moto_server", "-H", "127.0.0.1", "-p", "5000"],
            stdout=output,
            stderr=output,
        ) as server,
    ):
        wait_until(lambda: "Running on" in log.read_text(), timeout_s=60)
        yield
        server.kill()


def in_the_cluster(cluster: RayCluster, code: str, *arguments: object) -> None:
    """Run Python where the object store can be reached; `bucket` is its file system."""
    store = f"from pyarrow import fs\nbucket, _ = fs.FileSystem.from_uri({uri('focal')!r})\nimport sys\n"
    subprocess.run([*cluster.inside, sys.executable, "-c", store + code, *map(str, arguments)], check=True)


def uri(place: str) -> str:
    return f"s3://key:secret@{place}?{urlencode(BUCKETS | {'allow_bucket_creation': 'true'})}"


@pytest.mark.slow
@pytest.mark.long
def test_a_node_that_dies_loses_no_photo_and_one_that_joins_works(
    cluster: RayCluster, object_store: None, tmp_path: Path
) -> None:
    names = write_balls(tmp_path / "photos", 40)
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    in_the_cluster(cluster, "bucket.create_dir('focal/photos')")
    in_the_cluster(cluster, "fs.copy_files(sys.argv[1], 'focal/photos', None, bucket)", tmp_path / "photos")
    alone = command(cluster, tmp_path / "photos", tmp_path / "alone", "--engine", "pool")
    assert "40 blurred, 1 failed" in alone.communicate(timeout=PATIENCE_S)[0]
    report = tmp_path / "report.jsonl"
    arguments = (uri("focal/photos"), uri("focal/blurred"), "--report", report, "--cluster", cluster.address)

    for stop, code in ((signal.SIGKILL, -9), (signal.SIGTERM, 130)):
        job = command(cluster, *arguments)
        wait_for_rows(report, job)
        job.send_signal(stop)
        _, errors = job.communicate(timeout=PATIENCE_S)
        assert job.returncode == code, errors
    _, first, second = cluster.nodes
    job = command(cluster, *arguments)
    wait_for_rows(report, job)
    (paused,) = first.actors()
    paused.suspend()  # so that the node that joins is needed
    second.kill()
    third = cluster.start(1)
    wait_for_rows(report, job)
    assert len(third.actors()) == 1
    paused.resume()
    said, errors = job.communicate(timeout=PATIENCE_S)

    assert job.returncode == 1, errors
    assert "40 blurred, 1 failed" in said
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert Counter((row["file"], row["type"]) for row in rows) == Counter(
        [*((name, None) for name in names), ("broken.jpg", "UndecodablePhoto")]
    )
    (tmp_path / "together").mkdir()
    in_the_cluster(cluster, "fs.copy_files('focal/blurred', sys.argv[1], bucket)", tmp_path / "together")
    assert {file.name for file in (tmp_path / "together").iterdir()} == {*names, "report.jsonl", "report.csv"}
    for name in names:
        assert (tmp_path / "together" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.long
def test_a_folder_that_one_of_the_nodes_does_not_see_is_refused_before_the_first_photo(
    cluster: RayCluster, tmp_path: Path
) -> None:
    write_balls(tmp_path / "photos", 2)
    cluster.start(1, hidden=tmp_path)

    job = command(cluster, tmp_path / "photos", tmp_path / "blurred", "--cluster", cluster.address)
    _, errors = job.communicate(timeout=PATIENCE_S)

    assert job.returncode == 1
    assert f"focal: {tmp_path}/photos is not on the cluster's node" in errors
    assert not rows_in(tmp_path / "blurred" / "report.jsonl")


def rows_in(report: Path) -> int:
    """The number of lines of a report."""
    return report.read_text().count("\n") if report.exists() else 0


def wait_for_rows(report: Path, job: subprocess.Popen[str]) -> None:
    """Wait until six more photos are done, or the job has ended."""
    before = rows_in(report)
    wait_until(lambda: rows_in(report) >= before + 6 or job.poll() is not None, timeout_s=PATIENCE_S)
