"""The arrays that run through Focal, each kind named once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # an image or one plane of it, in code values 0..255
Words = NDArray[np.uint16]
Shorts = NDArray[np.int16]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
