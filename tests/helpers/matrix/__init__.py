"""Every format in every mode, depth, marking, transparency and orientation: files, and what is right for each.

A cell's file is made here from a source array, and what a viewer must see of it is worked out from the same array, with
numpy and LittleCMS, by no reader of images.
"""

from __future__ import annotations

from functools import cache

from . import bmp, boxed, others, png, tiff, turned, web
from .cell import Cell

GENERATORS = (
    png.png_cells,
    tiff.tiff_cells,
    web.jpeg_cells,
    web.webp_cells,
    web.gif_cells,
    bmp.bmp_cells,
    boxed.boxed_cells,
    turned.orientation_cells,
    others.other_files,
)


@cache
def cells() -> list[Cell]:
    """The whole matrix."""
    return [cell for generate in GENERATORS for cell in generate()]
