"""scripts/bench, run as one runs it, and the parts that measure."""

from __future__ import annotations

import io
import json
import mmap
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from statistics import median

import pytest
import yaml
from focal.trace import STAGES
from lab.benchmark.baselines import Baseline
from lab.benchmark.fresh_process import run_afresh
from lab.benchmark.in_process import ImageFloor, PhotoRequest
from lab.benchmark.memory import _mappings_of, _sum_kilobytes
from lab.benchmark.photos import SIZES, photo_file
from lab.benchmark.server import Client, model_store, throughput
from PIL import Image
from setup.archive import ensure_archive
from setup.console import CommandError
from setup.machine import affinity
from setup.weights import sha256_of

from tests.helpers.scripted_server import ScriptedServer, answer, error, scripted_server

ROOT = Path(__file__).parents[2]
CORES = affinity()


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"FOCAL_VENV": sys.prefix}
    command = [sys.executable, ROOT / "scripts" / "bench", *map(str, arguments)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_builds_are_not_measured_without_another_checkout(tmp_path):
    run = bench("--only", "builds", "--against", tmp_path)

    assert run.returncode == 2
    assert "name its folder with --against" in run.stderr


@pytest.mark.slow
def test_a_quick_run_shows_focal_faster_than_the_published_code_and_slower_than_its_floor(tmp_path):
    file = tmp_path / "figures.json"

    run = bench("--quick", "--only", "floor", "--backbone", "efficientnet_lite0", "--rounds", 1, "--json", file)

    assert run.returncode == 0, run.stderr
    figures = json.loads(file.read_text())
    assert figures["machine"]["cores"] >= 1
    command = f"scripts/bench --quick --only floor --backbone efficientnet_lite0 --rounds 1 --json {file}"
    assert figures["commands"] == {"floor": command}
    whole = {one["labels"]["what"]: median(one["values"]) for one in figures["records"] if "stage" not in one["labels"]}
    assert set(whole) == {"focal", "published", "published, resident", "image floor", "floor"}
    assert whole["published"] > 3 * whole["focal"]
    assert whole["published, resident"] > whole["focal"] > whole["floor"] > whole["image floor"]
    stages = {one["labels"]["stage"]: median(one["values"]) for one in figures["records"] if "stage" in one["labels"]}
    assert set(stages) == set(STAGES)
    assert sum(stages.values()) == pytest.approx(whole["focal"], rel=0.2)
    assert "faster than the published code as published" in run.stdout

    assert bench("--show", "--json", file).stdout in run.stdout


def test_nothing_to_show_is_one_sentence(tmp_path):
    run = bench("--show", "--json", tmp_path / "missing.json")

    assert run.returncode == 1
    assert run.stderr == "focal: There are no figures to show; name their file with --json FILE.\n"


def test_a_file_of_something_else_is_one_sentence(tmp_path):
    (tmp_path / "other.json").write_text("{}")

    run = bench("--show", "--json", tmp_path / "other.json")

    assert run.returncode == 1
    assert run.stderr == "focal: other.json does not hold a benchmark's figures.\n"


@pytest.mark.parametrize("megapixels", [0.2, 2])
def test_the_photo_is_a_cameras_in_size_and_weight_and_always_the_same(megapixels):
    file = photo_file(megapixels, "JPEG")

    assert Image.open(io.BytesIO(file)).size == SIZES[megapixels]
    assert 1 < 8 * len(file) / (megapixels * 1e6) < 4  # bits a pixel
    photo_file.cache_clear()
    assert photo_file(megapixels, "JPEG") == file


def test_a_request_is_sent_as_json_or_as_the_file_itself():
    as_json, raw = PhotoRequest.of(0.2, "PNG", "json"), PhotoRequest.of(0.2, "PNG", "raw")

    assert set(json.loads(as_json.body)) == {"img"}
    assert as_json.headers == {"Content-Type": "application/json", "Accept": "application/json"}
    assert raw.body == photo_file(0.2, "PNG")
    assert raw.headers == {"Content-Type": "image/png", "Accept": "image/jpeg"}


def test_the_floor_decodes_the_photo_and_encodes_what_the_answer_holds(monkeypatch):
    import simplejpeg

    done = []
    encode = simplejpeg.encode_jpeg
    monkeypatch.setattr(
        simplejpeg,
        "encode_jpeg",
        lambda pixels, *more, **named: done.append(pixels.shape) or encode(pixels, *more, **named),
    )
    photo = photo_file(0.2, "JPEG")
    images = dict.fromkeys(("maskImage", "unblurredMask"), grey_jpeg()) | {"blurredImage": as_base64(photo)}

    ImageFloor(photo, json.dumps(images).encode(), quality=90).run()

    assert done == [(375, 500, 3), (375, 500, 1), (375, 500, 1)]


def test_a_peer_is_asked_for_one_photo_after_the_other(tmp_path):
    script = tmp_path / "peer.py"
    script.write_text("import sys\nprint('ready', flush=True)\nfor path in sys.stdin: print(len(path), flush=True)")
    with Baseline(f"other={sys.executable} {script}", tmp_path) as baseline:
        find_mask = baseline.on(photo_file(0.2, "JPEG"))
        find_mask()
        find_mask()
        assert baseline.name == "other"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rembg", "given as NAME=COMMAND"),
        ("a=/nowhere/at/all", "cannot be started"),
        ("a=true", "The baseline a ended"),
    ],
)
def test_a_peer_that_does_not_run_is_one_sentence(tmp_path, text, complaint):
    with pytest.raises(CommandError, match=complaint), Baseline(text, tmp_path):
        pass


@pytest.mark.slow
def test_an_archive_has_the_batches_that_are_asked_for_and_owns_up_to_its_weights(tmp_path, lite0_weights):
    store = model_store(tmp_path, "efficientnet_lite0", batch_size=4, delay_ms=20)

    with zipfile.ZipFile(store / "focal.mar") as archive:
        settings = yaml.safe_load(archive.read("model-config.yaml"))
        made = json.loads(archive.read("provenance.json"))
    assert (settings["batchSize"], settings["maxBatchDelay"]) == (4, 20)
    assert settings["handler"]["torch_threads"] == 1
    assert made["weights_sha256"] == sha256_of(lite0_weights)
    before = sha256_of(store / "focal.mar")
    assert sha256_of(ensure_archive("efficientnet_lite0", folder=store)) == before  # a server takes it as it is


@pytest.fixture
def server():
    with scripted_server() as running:
        yield running


def test_the_rate_counts_the_answers_of_all_clients_and_the_wait_is_that_of_each(server: ScriptedServer):
    def slowly(request, before):
        time.sleep(0.05)
        return answer()

    server.reply = slowly
    request = PhotoRequest.of(0.2, "JPEG", "json")

    alone, together = (throughput(server.url, request, clients, 0.6, CORES) for clients in (1, 4))

    assert min(alone.median_s, together.median_s) > 0.05
    # Rate times mean wait is how many are served at once (Little 1961), however slow the machine is.
    assert 0.25 < alone.photos_per_s * alone.median_s < 1.5 < together.photos_per_s * together.median_s < 6


def test_a_refused_client_ends_the_measurement(server: ScriptedServer):
    server.reply = lambda request, before: error(503, "Overloaded")
    request = PhotoRequest.of(0.2, "JPEG", "json")

    with pytest.raises(CommandError, match="answered 503"):
        Client(server.url).ask(request)
    with pytest.raises(CommandError, match="A client was not answered"):
        throughput(server.url, request, 2, 5.0, CORES)


def test_of_a_processes_memory_the_pages_of_its_weights_are_told_apart(tmp_path):
    (tmp_path / "weights.pth").write_bytes(bytes(range(256)) * 4096)  # 1 MiB
    with (tmp_path / "weights.pth").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        pages.find(b"all are read")

        held = _mappings_of("weights.pth", os.getpid())

    assert _sum_kilobytes([held, held], "Rss") == pytest.approx(2 * 2**20 / 1e3)
    assert _sum_kilobytes([held], "Anonymous") == 0
    assert _mappings_of("weights.pth", os.getpid()) == ""


def as_base64(file: bytes) -> str:
    import base64

    return base64.b64encode(file).decode()


def grey_jpeg() -> str:
    buffer = io.BytesIO()
    Image.new("L", SIZES[0.2], 128).save(buffer, "JPEG")
    return as_base64(buffer.getvalue())


@pytest.mark.slow
def test_a_run_in_a_fresh_process_takes_as_long_as_a_photo():
    assert 0 < run_afresh("focal", "efficientnet_lite0", 0.2) < 60


def test_a_run_that_fails_is_one_sentence():
    with pytest.raises(CommandError, match="A run of nonsense failed"):
        run_afresh("nonsense", "efficientnet_lite0", 0.2)
