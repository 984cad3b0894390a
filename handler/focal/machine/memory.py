"""Whether an error means that there was too little memory: each library says it in its own way."""

from __future__ import annotations

OPENCVS_CODE = -4  # cv2.Error.StsNoMem


def lacks_memory(error: Exception) -> bool:
    """Whether Python, NumPy, PyTorch (on a processor or a GPU) or OpenCV could not get the memory it asked for."""
    return (
        isinstance(error, MemoryError)
        or "can't allocate memory" in str(error)  # PyTorch's, a RuntimeError
        or type(error).__name__ == "OutOfMemoryError"
        or getattr(error, "code", None) == OPENCVS_CODE
    )
