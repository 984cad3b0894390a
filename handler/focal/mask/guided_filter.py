"""The guided filter with a colour guide (He, Sun and Tang, "Guided Image Filtering", ECCV 2010, section 3.5)."""

import itertools

import cv2
import numpy as np

from ..arrays import Floats


class GuidedFilter:
    """Smooths maps with the edges of a guide: in each window q = a · I + b, fitted to the map by ridge regression.

    What the windows of the guide hold is found once, for any number of maps.
    guide: float32 (h, w, 3), 0..1.
    radius_px: windows are squares of side 2·radius_px + 1, mirrored at the border.
    eps: the ridge, in squared units of `guide`; colour differences far below sqrt(eps) do not count as edges.
    """

    def __init__(self, guide: Floats, radius_px: int, eps: float) -> None:
        self.guide = guide
        self.I_c = np.ascontiguousarray(guide.transpose(2, 0, 1))  # (3, h, w): numpy is faster on whole planes
        self._radius_px = radius_px
        self._mean_I = _box(self.I_c, radius_px)  # (3, h, w)
        self._cov_I = _covariance(self.I_c, self._mean_I, radius_px, eps)  # (6, h, w)

    def __call__(self, p: Floats) -> Floats:
        """The map p, float32 (h, w), filtered; it may overshoot the range of p a little.

        Raises ValueError if guide and p differ in height or width.
        """
        a, b = self.coefficients(p)
        return np.asarray((a * self.I_c).sum(0) + b, np.float32)

    def coefficients(self, p: Floats) -> tuple[Floats, Floats]:
        """The averaged coefficients a (3, h, w) and b (h, w): the result is a[0]·R + a[1]·G + a[2]·B + b.

        They vary slowly: fitted on a small picture and enlarged, they filter a large one (He and Sun, 2015).
        Parameters and errors as for __call__.
        """
        if self.I_c.shape[1:] != p.shape:
            raise ValueError(f"guide {self.I_c.shape[1:]} and p {p.shape} differ in size")
        mean_p = _box(p, self._radius_px)  # (h, w)
        cov_Ip = _box(self.I_c * p, self._radius_px) - self._mean_I * mean_p  # (3, h, w)
        a = solve_symmetric(self._cov_I, cov_Ip)  # (3, h, w)
        b = mean_p - (a * self._mean_I).sum(0)  # (h, w)
        return _box(a, self._radius_px), _box(b, self._radius_px)


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

    Stable in float32, where Cramer's rule is not: the determinant of an almost flat window, eps³, is lost in rounding.
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
