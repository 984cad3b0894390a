"""docs/reliability.md names the test that proves each promise; each of them exists."""

import re

import pytest

from tests.conftest import ROOT

NAMED = sorted(set(re.findall(r"`(?:\w+/)?(\w+\.py)(?:::(test_\w+))?`", (ROOT / "docs/reliability.md").read_text())))


def test_the_promises_name_tests():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_named_test_exists(file, test):
    texts = [found.read_text(encoding="utf-8") for found in (ROOT / "tests").rglob(file)]
    assert any(f"def {test or 'test_'}" in text for text in texts)
