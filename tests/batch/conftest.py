"""Fixtures of all tests of photos without a server."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def collected_again() -> Iterator[None]:
    """What an engine keeps from the garbage collector is not kept from it in the tests that follow."""
    yield
    gc.unfreeze()
