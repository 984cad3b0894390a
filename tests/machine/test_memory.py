"""Each library's own error for too little memory is known as one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from focal.machine.memory import lacks_memory

EXABYTE = 1 << 60


@pytest.mark.parametrize(
    "ask",
    [
        lambda: bytearray(EXABYTE),
        lambda: np.empty(EXABYTE, np.uint8),
        lambda: torch.empty(EXABYTE, dtype=torch.uint8),
        lambda: cv2.resize(np.zeros((8, 8), np.uint8), (1 << 30, 1 << 30)),
    ],
)
def test_asking_for_far_too_much_lacks_memory(ask):
    with pytest.raises((MemoryError, RuntimeError, cv2.error)) as refused:
        ask()

    assert lacks_memory(refused.value)


def test_a_gpu_that_is_full_lacks_memory():
    assert lacks_memory(torch.OutOfMemoryError("CUDA out of memory."))


@pytest.mark.parametrize(
    "ask", [lambda: [][0], lambda: torch.zeros(2) @ torch.zeros(3), lambda: cv2.resize(np.zeros((8, 8)), (0, 0))]
)
def test_other_errors_do_not(ask):
    with pytest.raises((LookupError, RuntimeError, cv2.error)) as refused:
        ask()

    assert not lacks_memory(refused.value)
