"""The soft mask brought to the photo's own size along the photo's own edges (fast guided filter, He and Sun 2015).

The guided filter (He et al. 2010) explains the mask in each window as a linear function of the photo's colour, alpha = a · I + b.
The coefficients vary slowly: they are fitted on a small copy and applied to the photo at full size, so that alpha follows every hair
that differs from its surroundings in colour although the mask never saw it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from focal import grid

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

FITTING_SIDE_PX = 480  # longer side of the copy on which the coefficients are fitted
RADIUS = 1 / 80  # of the longer side: half a window
EPS = 1e-4  # ridge, in squared units of colour (0..1)
SURE = 0.05  # this near to 0 or 1 alpha becomes 0 or 1


def full_size_alpha(pixels: Bytes, mask: Floats) -> Bytes:
    """Alpha of the subject for each pixel of the photo.

    pixels: uint8 (H, W, 3), RGB.   mask: float32 (h, w), 0..1, over the whole of the same picture, of any size.
    Returns uint8 (H, W): 255 subject, 0 background. Where the mask is 0 (or 1) in all of a window, so is alpha.
    """
    height, width = pixels.shape[:2]
    factor = max(1, round(max(height, width) / FITTING_SIDE_PX))
    guide = grid.reduce(pixels, factor).astype(np.float32) / 255
    p = _on_cells(mask, height, width, factor)
    radius = max(1, round(RADIUS * max(guide.shape)))
    a, b = linear_coefficients(guide, p, radius, EPS)
    stretch = 255 / (1 - 2 * SURE)
    model = grid.pad(np.dstack([a * (stretch / 255), (b - SURE) * stretch]))  # (…, 4): alpha = model · (R, G, B, 1)
    window = np.ones((2 * radius + 3, 2 * radius + 3), np.uint8)
    lowest, highest = cv2.erode(p, window), cv2.dilate(p, window)

    alpha = np.empty((height, width), np.uint8)
    for tile in grid.tiles(height, width, factor):
        out = alpha[tile.pixels]
        if highest[tile.neighbourhood].max() <= SURE:
            out[:] = 0
        elif lowest[tile.neighbourhood].min() >= 1 - SURE:
            out[:] = 255
        else:
            colour = cv2.cvtColor(pixels[tile.pixels], cv2.COLOR_RGB2RGBA).astype(np.float32)
            colour[..., 3] = 1
            h, w = out.shape
            out[:] = cv2.transform(colour * grid.enlarge(model, tile)[:h, :w], np.ones((1, 4))).clip(0, 255) + 0.5
    return alpha


def _on_cells(mask: Floats, height: int, width: int, factor: int) -> Floats:
    """Bilinear samples of the mask at the centres of the photo's cells."""
    y, x = (np.arange(grid.cells(n, factor), dtype=np.float32) * factor + factor / 2 for n in (height, width))
    x, y = np.meshgrid(x * (mask.shape[1] / width) - 0.5, y * (mask.shape[0] / height) - 0.5)
    return cv2.remap(mask, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
