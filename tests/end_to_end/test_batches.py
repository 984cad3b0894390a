"""Batches through TorchServe itself: the service runs with batches of one, but larger ones are answered right too."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from server.probe import FIELDS, sample_png
from server.tokens import read_keys

from tests.end_to_end.test_plain_torchserve import serves, torchserve
from tests.helpers.running_server import ROOT
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.slow

BATCH = 4
# Long, so that one worker gets the requests of a round as one batch.
DELAY_MS = 500


@pytest.fixture
def batching(checkout: Path) -> Iterator[Path]:
    """A TorchServe whose archive asks for batches."""
    (checkout / "model_store").unlink()
    (checkout / "model_store").mkdir()
    with (
        zipfile.ZipFile(ROOT / "model_store" / "focal.mar") as archive,
        zipfile.ZipFile(checkout / "model_store" / "focal.mar", "w") as copy,
    ):
        for member in archive.namelist():
            content = archive.read(member)
            if member == "model-config.yaml":
                content = re.sub(rb"batchSize: \d+", b"batchSize: %d" % BATCH, content)
                content = re.sub(rb"maxBatchDelay: \d+", b"maxBatchDelay: %d" % DELAY_MS, content)
            copy.writestr(member, content)
    torchserve(checkout, "--start", "--ncs", "--ts-config", "config.properties")
    yield checkout
    torchserve(checkout, "--stop")


def test_the_rows_of_a_batch_are_answered_each_for_itself(batching: Path) -> None:
    wait_until(lambda: serves(batching))
    key = read_keys(batching / "key_file.json").inference
    configuration = (batching / "config.properties").read_text()
    address = re.search(r"inference_address=(\S+)", configuration)[1]
    rows = [(sample_png(), 200), (b"no image", 415), (sample_png()[:200], 422), (b'{"img": 3}', 400)]

    def send(row: tuple[bytes, int]) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/octet-stream"}
        return requests.post(f"{address}/predictions/focal", data=row[0], headers=headers, timeout=60)

    alone = send(rows[0]).content
    with ThreadPoolExecutor(BATCH) as clients:
        for _ in range(3):
            for (_, status), answer in zip(rows, clients.map(send, rows), strict=True):
                assert answer.status_code == status
                if status == 200:
                    assert answer.content == alone
                    assert answer.json().keys() == FIELDS
                else:
                    assert answer.json()["code"] == status
