"""The guided filter with a colour guide (He, Sun and Tang, "Guided Image Filtering", ECCV 2010, section 3.5)."""

import itertools

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
    a = solve_symmetric(_covariance(I_c, mean_I, radius_px, eps), cov_Ip)  # (3, h, w)
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
    pairs = itertools.combinations_with_replacement(range(3), 2)
    covariance = np.stack([_box(I_c[i] * I_c[j], radius_px) - mean_I[i] * mean_I[j] for i, j in pairs])
    covariance[[0, 3, 5]] += np.float32(eps)
    return covariance


def solve_symmetric(matrix: Floats, rhs: Floats) -> Floats:
    """Solve one positive definite 3 × 3 system a pixel by LDLᵀ.   float32 (6, h, w), (3, h, w) -> (3, h, w).

    It bears float32 where Cramer's rule would not: the determinant of an almost flat window, eps³, drowns in rounding.
    """
    rr, rg, rb, gg, gb, bb = matrix
    r, g, b = rhs
    l_gr, l_br = rg / rr, rb / rr
    gg, gb, g = gg - l_gr * rg, gb - l_gr * rb, g - l_gr * r
    l_bg = gb / gg
    bb, b = bb - l_br * rb - l_bg * gb, b - l_br * r - l_bg * g
    b = b / bb
    g = g / gg - l_bg * b
    r = r / rr - l_gr * g - l_br * b
    return np.stack((r, g, b))
