"""A picture blurred by depth, drawn at the photo's own size from what was found on a grid of cells.

All that is laid over a tile is laid while it is in a core's cache: what is nearly sharp, grain, the subject, and what
is before it.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..arrays import Floats, Pixels, Shorts, Words
from .background import lay_subject
from .cells import Tile, enlarge_onto, pad_cells, tiles, with_surroundings
from .grain import HALF_FROM_MIDDLE
from .grain_levels import GrainLevels, lay_level
from .layers import lay_over
from .linear_light import decode, dither, encode
from .mixing import in_parts, mixed, mixing_weight, with_parts
from .pyramid import Pyramid
from .upsample import backdrop


class SubjectLayer(NamedTuple):
    """The subject, laid over what is blurred by its matte.

    alpha: uint8 (H, W).   guesses: see `lay_subject`.
    defocused: uint8 (h + 2, w + 2), padded, how much of a cell's subject is seen blurred, see `mixing_weight`; None if
    all of it is in focus.
    """

    alpha: Pixels
    guesses: list[Pixels]
    defocused: Pixels | None


class NearField(NamedTuple):
    """What lies before the plane in focus, laid over what is drawn beneath it.

    cells: float32 (h + 2, w + 2, 4), padded, light · coverage and coverage.
    over_drawn: uint8 (h, w), the cells where it covers what is sharp, and not the blur alone.
    drawn: uint8 (h + 2, w + 2), padded, how much of a cell that is, see `mixing_weight`.
    uncovering: int16 (h + 2, w + 2, 3), padded, what makes the whole blur that of what is behind, see `with_parts`.
    """

    cells: Floats
    over_drawn: Pixels
    drawn: Pixels
    uncovering: Shorts


class Scene(NamedTuple):
    """What a picture is drawn from.

    photo: uint8 (H, W, 3).   factor: side of a cell in pixels.
    blurred: uint16 (h, w, 3), all that is blurred in cells, in 256ths of a code value.
    far: uint16 (h + 2, w + 2, 3), padded, the same without what is near.
    """

    photo: Pixels
    factor: int
    blurred: Words
    far: Words
    pyramid: Pyramid
    subject: SubjectLayer
    near: NearField | None
    grain: GrainLevels | None


def near_field(near: Floats, blurred: Words, far: Words, sharp: Pixels) -> NearField:
    """What lies before the plane in focus, ready to be laid over.

    near: float32 (h, w, 4), see Layered.   blurred, far: uint16 (h, w, 3), see Scene; far not padded.
    sharp: uint8 (h, w), not 0 in the cells into which reaches what is drawn sharp.
    """
    return NearField(
        np.asarray(pad_cells(near), np.float32),
        with_surroundings(near[..., 3] > 1 / 512) & with_surroundings(sharp > 0),
        np.asarray(pad_cells(mixing_weight((sharp > 0).astype(np.float32))), np.uint8),
        np.asarray(pad_cells(in_parts((far.astype(np.float32) - blurred) * np.float32(1 / 256))), np.int16),
    )


def draw(scene: Scene) -> Pixels:
    """Draw a scene.   Returns uint8 (H, W, 3), a new array."""
    height, width = scene.photo.shape[:2]
    if scene.grain:
        rounding = scene.grain.dither_gaps
        out = backdrop(scene.blurred, scene.factor, height, width, rounding, raised=HALF_FROM_MIDDLE)
    else:
        out = backdrop(scene.blurred, scene.factor, height, width)
    for tile in tiles(height, width, scene.factor, across=4):  # wide ones cost fewer calls
        if box := scene.pyramid.box_of_detail(tile):
            out[box.pixels] = with_parts(out[box.pixels], scene.pyramid.detail(scene.photo, scene.far, box))
    for tile in tiles(height, width, scene.factor):
        _draw_tile(out, scene, tile)
    return out


def _draw_tile(out: Pixels, scene: Scene, tile: Tile) -> None:
    """Draw all that is laid over a tile of what is blurred and nearly sharp, `out`, uint8 (H, W, 3)."""
    covered = tile.box_of(scene.near.over_drawn) if scene.near else None
    if scene.near is None or covered is None:
        _draw_uncovered(out, scene, tile)
        return
    place = out[covered.pixels]
    kept = place.copy()
    place[:] = with_parts(place, enlarge_onto(scene.near.uncovering, covered, place))
    _draw_uncovered(out, scene, tile)
    _cover(out, scene.near, scene.grain, covered)
    # Where nothing was drawn, the blur is all there is to see; it differs a little, for it was mixed in cells.
    place[:] = mixed(kept, place, enlarge_onto(scene.near.drawn, covered, place))


def _draw_uncovered(out: Pixels, scene: Scene, tile: Tile) -> None:
    """Draw what is sharp in a tile of `out`, without what is near: the photo's own pixels, and the subject."""
    if box := tile.box_of(scene.pyramid.reached_by_pixels):
        place = out[box.pixels]
        place[:] = mixed(place, scene.photo[box.pixels], enlarge_onto(scene.pyramid.mixing_weight, box, place))
        if scene.grain:  # of other places than that which may lie there already
            lay_level(out, scene.grain.lost, scene.grain.field[::-1], box)
    alpha, guesses, defocused = scene.subject
    if defocused is None or not defocused[tile.with_rim].any():
        lay_subject(out, scene.photo, alpha, guesses, tile)
        return
    place = out[tile.pixels]
    blurred = place.copy()
    lay_subject(out, scene.photo, alpha, guesses, tile)
    place[:] = mixed(place, blurred, enlarge_onto(defocused, tile, place))


def _cover(out: Pixels, near: NearField, grain: GrainLevels | None, tile: Tile) -> None:
    """Lay what is near over a tile of `out`; pixels that it leaves free stay as they are."""
    place = out[tile.pixels]
    here = np.asarray(enlarge_onto(near.cells, tile, place), np.float32)
    kept = place.copy()
    dither(encode(lay_over(decode(kept), here)), place)
    if grain and grain.near:
        lay_level(out, grain.near, grain.field, tile)
    cv2.copyTo(kept, (here[..., 3] == 0).view(np.uint8), place)
