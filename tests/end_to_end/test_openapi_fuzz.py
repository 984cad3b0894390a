"""Schemathesis reads the OpenAPI document and tries to catch the server at not keeping to it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.running_server import Server

pytestmark = pytest.mark.slow

CASES = 2000  # of all 8 operations: about 2,500 by what the document says, and 5 drawn for each; the same at every run
UNFIT_CHECK = "positive_data_acceptance"  # no schema can say that a string is a photo


def test_the_server_answers_as_its_openapi_document_says(server: Server, tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{server.url}/openapi.json"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--generation-deterministic"]
    command += ["--request-timeout", "60", "--suppress-health-check", "too_slow"]  # other tests run beside it
    command += ["--checks", "all", "--exclude-checks", UNFIT_CHECK]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) generated", done.stdout)[1]) >= CASES
