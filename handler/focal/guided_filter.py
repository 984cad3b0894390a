"""The guided filter with a colour guide (He, Sun and Tang, "Guided Image Filtering", ECCV 2010, section 3.5)."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def guided_filter(guide: Floats, p: Floats, radius_px: int, eps: float) -> Floats:
    """Smooth `p` with the edges of `guide`: in each window q = a · I + b, fitted to p by ridge regression.

    guide: float32 (h, w, 3), 0..1.   p: float32 (h, w).
    radius_px: windows are squares of side 2·radius_px + 1, mirrored at the border.
    eps: the ridge, in squared units of `guide`; colour differences far below sqrt(eps) do not count as edges.
    Returns float32 (h, w). It may overshoot the range of p a little.
    Raises ValueError if guide and p differ in height or width.
    """
    a, b = linear_coefficients(guide, p, radius_px, eps)
    return np.asarray((a * _planes(guide)).sum(0) + b, np.float32)


def linear_coefficients(guide: Floats, p: Floats, radius_px: int, eps: float) -> tuple[Floats, Floats]:
    """The filter's averaged coefficients a (3, h, w) and b (h, w): its result is a[0]·R + a[1]·G + a[2]·B + b.

    They vary slowly: fitted on a small picture and enlarged, they filter a large one (He and Sun, 2015).
    Parameters and errors as for guided_filter.
    """
    if guide.shape[:2] != p.shape:
        raise ValueError(f"guide {guide.shape[:2]} and p {p.shape} differ in size")
    I_c = _planes(guide)  # (3, h, w)
    mean_I = _box(I_c, radius_px)  # (3, h, w)
    mean_p = _box(p, radius_px)  # (h, w)
    cov_Ip = _box(I_c * p, radius_px) - mean_I * mean_p  # (3, h, w)
    a = _solve_symmetric(_covariance(I_c, mean_I, radius_px, eps), cov_Ip)  # (3, h, w)
    b = mean_p - (a * mean_I).sum(0)  # (h, w)
    return _box(a, radius_px), _box(b, radius_px)


def _planes(image: Floats) -> Floats:
    """Channels first, (h, w, 3) -> (3, h, w): numpy works on whole planes at a third of its time on pixels of three."""
    return np.ascontiguousarray(image.transpose(2, 0, 1))


def _box(x: Floats, radius_px: int) -> Floats:
    """Mean over the (2r + 1)² window of each pixel.   float32 (h, w), or several planes (n, h, w)."""
    if x.ndim == 3:
        return np.stack([_box(plane, radius_px) for plane in x])
    side = 2 * radius_px + 1
    return np.asarray(cv2.boxFilter(x, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _covariance(I_c: Floats, mean_I: Floats, radius_px: int, eps: float) -> Floats:
    """The six distinct entries rr, rg, rb, gg, gb, bb of each window's colour covariance plus eps on the diagonal.

    float32 (3, h, w), (3, h, w) -> (6, h, w).
    """
    i, j = np.triu_indices(3)
    ridge = np.where(i == j, np.float32(eps), np.float32(0))[:, None, None]
    return _box(I_c[i] * I_c[j], radius_px) - mean_I[i] * mean_I[j] + ridge


def _solve_symmetric(matrix: Floats, rhs: Floats) -> Floats:
    """Solve one symmetric 3 × 3 system a pixel by its adjugate.   (6, h, w), (3, h, w) -> float32 (3, h, w)."""
    # In float32 the determinant of an almost flat window, eps³, would drown in rounding.
    rr, rg, rb, gg, gb, bb = matrix.astype(np.float64)
    inv_rr, inv_rg, inv_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    inv_gg, inv_gb, inv_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = inv_rr * rr + inv_rg * rg + inv_rb * rb
    r, g, b = rhs
    solution = (
        inv_rr * r + inv_rg * g + inv_rb * b,
        inv_rg * r + inv_gg * g + inv_gb * b,
        inv_rb * r + inv_gb * g + inv_bb * b,
    )
    return np.asarray(np.stack(solution) / determinant, np.float32)
