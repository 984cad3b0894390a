"""What several points keep and take away of a photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Floats
from ..option_values import Click
from .point import CLICKED_FRAC, Point, at_point, distance_to, pixel_of
from .watershed import watershed


def clicked_area(
    clicks: Sequence[Click], standing_out: Bools, thing_at: Callable[[Point], Bools], guide: Floats
) -> Bools:
    """What is kept: what is at the points to keep, or else what stands out, without what is at those to take away.

    Where points of both kinds are in one thing, it is divided between them, along the photo's edges.
    standing_out: bool (h, w), what is kept without any point.   thing_at: what is at a point, bool (h, w).
    guide: float32 (h, w, 3), 0..1, the photo at this size.   Returns bool (h, w).
    """
    kept = [click for click in clicks if click.keep]
    area = np.any([thing_at((click.x, click.y)) for click in kept], axis=0) if kept else standing_out
    for click in clicks:
        point = (click.x, click.y)
        if not click.keep and area[pixel_of(point, area.shape)]:
            area = np.asarray(area & ~_taken_away(point, thing_at(point) & area, kept, guide), bool)
    return area


def is_alone(clicks: Sequence[Click]) -> bool:
    """Whether one thing at most is to be kept."""
    return sum(click.keep for click in clicks) < 2


def sharp_where_kept(clicks: Sequence[Click], mask: Floats) -> Floats:
    """The mask, float32 (h, w), 0..1, raised to 1 right around the points to keep, lowered to 0 around the others."""
    for click in clicks:
        near = at_point((click.x, click.y), mask.shape)
        mask = np.asarray(np.maximum(mask, near) if click.keep else np.minimum(mask, 1 - near), np.float32)
    return mask


def _taken_away(point: Point, thing: Bools, kept: Sequence[Click], guide: Floats) -> Bools:
    """The thing at a point that is taken away, or as much of it as is nearer to it than to the points that are kept."""
    rivals = [(click.x, click.y) for click in kept if thing[pixel_of((click.x, click.y), thing.shape)]]
    if not rivals:
        return thing
    part = watershed(_marked([point, *rivals], thing.shape), thing, guide)
    return np.asarray(part == 1, bool)


def _marked(points: Sequence[Point], size: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """The number of the point, from 1 on, right around each, and 0 elsewhere; int32 (h, w)."""
    distances = np.stack([distance_to(point, size) for point in points])
    nearest = np.where(distances.min(0) <= CLICKED_FRAC, distances.argmin(0) + 1, 0).astype(np.int32)
    for n, point in enumerate(points):
        nearest[pixel_of(point, size)] = n + 1
    return nearest
