"""SECURITY.md names the test that proves each line; each of them exists."""

import re

import pytest

from tests.conftest import ROOT

NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))))


def test_the_threat_model_names_tests():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_named_test_exists(file, test):
    assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
