"""The documents' pictures of a photo, made by the service's own steps."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from batch.contact_sheet import CAPTION_PX, TILE_PX, Picture, contact_sheet
from focal.arrays import Pixels
from focal.mask.evidence import gather_evidence
from focal.mask.photo_graph import build_graph
from focal.network.model import Model
from focal.network.saliency import Saliency, grey_saliency
from focal.options import Options
from focal.photo.decode import Photo
from focal.pipeline import develop, inspect

Point = tuple[float, float]
Tile = tuple[str, Picture]

SIDE_BY_SIDE_PX = 480
# A mark's radius, of the longer side, and its colour.
MARK_FRAC, MARK = 0.02, (255, 0, 90)


def before_after(model: Model, pixels: Pixels) -> Pixels:
    """The photo beside its blurred picture, each SIDE_BY_SIDE_PX wide."""
    height = round(pixels.shape[0] * SIDE_BY_SIDE_PX / pixels.shape[1])
    after = _develop(model, pixels)[1][1]
    size = (SIDE_BY_SIDE_PX, height)
    return np.hstack([cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (pixels, after)])


def steps(model: Model, pixels: Pixels) -> Pixels:
    """From the photo over each map on the way to its mask, and the blur."""
    saliency = _saliency(model, pixels)
    graph = build_graph(pixels, saliency.features)
    evidence = gather_evidence(graph, saliency)
    maps = {
        "distance to background": evidence.background_distance / evidence.background_distance.max(),
        "camera's focus": graph.focus,
        "seed": evidence.seed,
        "score": evidence.cut.score,
    }
    shown = [("photo", pixels), ("published saliency", grey_saliency(saliency.gradient) / 255), *maps.items()]
    tiles = [*((name, _enlarged(image)) for name, image in shown), *_develop(model, pixels)]
    return _sheet([tiles[:4], tiles[4:]])


def points(model: Model, pixels: Pixels, clicked: Sequence[Point]) -> Pixels:
    """The mask and the blur without a point, then with each of them, marked on the photo."""
    rows = [[("photo", pixels), *_develop(model, pixels)]]
    for point in clicked:
        options = Options(point=point, fallback="never")
        rows.append([(f"point {point}", _marked(pixels, point)), *_develop(model, pixels, options)])
    return _sheet(rows)


def fallback(model: Model, pixels: Pixels) -> Pixels:
    """The photo, its mask, the whole blur, and the gentle one."""
    alpha, whole = _develop(model, pixels, Options(fallback="never"))
    gentle = _develop(model, pixels, Options(fallback="always"))[1][1]
    return _sheet([[("photo", pixels), alpha, ("whole blur", whole[1]), ("gentle blur", gentle)]])


def _saliency(model: Model, pixels: Pixels) -> Saliency:
    """That of the most probable class, with the input's gradient."""
    return inspect(Photo(pixels, None, "PNG"), Options(), model, wants_saliency=True).saliency


def _develop(model: Model, pixels: Pixels, options: Options | None = None) -> tuple[Tile, Tile]:
    """Captioned: the alpha with its confidence, and the blurred picture."""
    developed = develop(Photo(pixels, None, "PNG"), options or Options(), model, wants_saliency=False)
    subject = developed.subject
    return (f"mask, confidence {subject.confidence:.2f}", subject.alpha / 255), ("blur", developed.picture)


def _enlarged(image: Picture) -> Picture:
    """Small maps with square cells, so that they are seen as what they are."""
    scale = max(1, 800 // max(image.shape[:2]))
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST))


def _marked(pixels: Pixels, point: Point) -> Pixels:
    height, width = pixels.shape[:2]
    radius_px = round(MARK_FRAC * max(height, width))
    place = round(point[0] * width), round(point[1] * height)
    return np.asarray(cv2.circle(pixels.copy(), place, radius_px, MARK, -1, cv2.LINE_AA), np.uint8)


def _sheet(rows: Sequence[Sequence[Tile]]) -> Pixels:
    """Rows of tiles of one shape, without the paper below them."""
    height, width = rows[0][0][1].shape[:2]
    used_px = CAPTION_PX + min(TILE_PX, round(TILE_PX * height / width))
    return np.concatenate([contact_sheet([row])[:used_px] for row in rows])
