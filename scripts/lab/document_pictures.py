"""The pictures in the documents, made with the real pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from batch.contact_sheet import CAPTION_PX, CELL_PX, Captioned, Picture, contact_sheet
from focal.arrays import Floats, Pixels
from focal.inspection import inspect
from focal.mask.evidence import gather_evidence
from focal.mask.photo_graph import build_graph
from focal.mask.point import Point
from focal.network.model import Model
from focal.network.saliency import Saliency, grey_saliency
from focal.options import Options
from focal.photo.depth import DepthMap
from focal.photo.photo import Photo
from focal.pipeline import develop

SIDE_BY_SIDE_PX = 480
# A mark's radius, of the longer side, and its colour.
MARK_FRAC, MARK = 0.02, (255, 0, 90)


def before_after(model: Model, pixels: Pixels) -> Pixels:
    """The photo and its blurred picture side by side, each SIDE_BY_SIDE_PX wide."""
    height = round(pixels.shape[0] * SIDE_BY_SIDE_PX / pixels.shape[1])
    after = _develop(model, pixels)[1][1]
    size = (SIDE_BY_SIDE_PX, height)
    return np.hstack([cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (pixels, after)])


def steps(model: Model, pixels: Pixels) -> Pixels:
    """The photo, each map that leads to its mask, the mask, and the blur."""
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
    panels = [*((name, _enlarged(image)) for name, image in shown), *_develop(model, pixels)]
    return _sheet([panels[:4], panels[4:]])


def points(model: Model, pixels: Pixels, clicked: Sequence[Point]) -> Pixels:
    """The mask and the blur without a point, then with each point, which is marked on the photo."""
    rows = [[("photo", pixels), *_develop(model, pixels)]]
    for point in clicked:
        options = Options(point=point, fallback="never")
        rows.append([(f"point {point}", _marked(pixels, point)), *_develop(model, pixels, options)])
    return _sheet(rows)


def fallback(model: Model, pixels: Pixels) -> Pixels:
    """The photo, its mask, the full blur, and the gentle blur."""
    alpha, whole = _develop(model, pixels, Options(fallback="never"))
    gentle = _develop(model, pixels, Options(fallback="always"))[1][1]
    return _sheet([[("photo", pixels), alpha, ("whole blur", whole[1]), ("gentle blur", gentle)]])


def depth(model: Model, pixels: Pixels, measured: Floats) -> Pixels:
    """The photo, its disparity, the flat blur, and the blur by depth with the subject and with what is far in focus.

    measured: float32 (H, W), in pixels; not finite where it is unknown.
    """
    known = np.isfinite(measured)
    least, most = np.percentile(measured[known], (1, 99))
    disparity = np.clip((np.where(known, measured, least) - least) / (most - least), 0, 1).astype(np.float32)
    map_of_depth = DepthMap(disparity, "image")
    photo = Photo(pixels, None, "PNG")

    def picture(options: Options, client_depth: DepthMap | None = map_of_depth) -> Pixels:
        return develop(photo, options, model, wants_saliency=False, client_depth=client_depth).picture

    strong = Options(strength=0.03, fallback="never")
    flat = picture(replace(strong, depth="flat"), None)
    by_depth = [("by depth, subject in focus", picture(strong))]
    for focus in (1.0, 0.0):
        by_depth.append((f"mask=none, focus={focus:g}", picture(replace(strong, mask="none", focus=focus))))
    return _sheet([[("photo", pixels), ("disparity", disparity), ("depth=flat", flat)], by_depth])


def _saliency(model: Model, pixels: Pixels) -> Saliency:
    """The saliency of the most probable class, with the input's gradient."""
    return inspect(Photo(pixels, None, "PNG"), Options(), model, wants_saliency=True).saliency


def _develop(model: Model, pixels: Pixels, options: Options | None = None) -> tuple[Captioned, Captioned]:
    """The mask with its confidence, and the blurred picture, with captions."""
    developed = develop(Photo(pixels, None, "PNG"), options or Options(), model, wants_saliency=False)
    subject = developed.subject
    return (f"mask, confidence {subject.confidence:.2f}", subject.alpha / 255), ("blur", developed.picture)


def _enlarged(image: Picture) -> Picture:
    """A small map enlarged without interpolation, so that its cells show."""
    scale = max(1, 800 // max(image.shape[:2]))
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST))


def _marked(pixels: Pixels, point: Point) -> Pixels:
    height, width = pixels.shape[:2]
    radius_px = round(MARK_FRAC * max(height, width))
    place = round(point[0] * width), round(point[1] * height)
    return np.asarray(cv2.circle(pixels.copy(), place, radius_px, MARK, -1, cv2.LINE_AA), np.uint8)


def _sheet(rows: Sequence[Sequence[Captioned]]) -> Pixels:
    """Rows of pictures of one shape, without the empty space below them."""
    height, width = rows[0][0][1].shape[:2]
    used_px = CAPTION_PX + min(CELL_PX, round(CELL_PX * height / width))
    return np.concatenate([contact_sheet([row])[:used_px] for row in rows])
