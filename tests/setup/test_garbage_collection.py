"""What is made in the block is neither collected nor looked through; what comes later is, as ever."""

import gc
import weakref

import pytest
from setup.garbage_collection import uncollected


class Knot:
    """Something that only the collector can free."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_in_the_block_nothing_is_collected_and_afterwards_that_stays():
    with uncollected():
        assert not gc.isenabled()
        knot = weakref.ref(Knot())

    gc.collect()
    assert knot() is not None


def test_after_the_block_even_one_that_failed_knots_are_freed_as_ever():
    with pytest.raises(ImportError), uncollected():
        raise ImportError
    knot = weakref.ref(Knot())

    assert gc.isenabled()
    gc.collect()
    assert knot() is None
