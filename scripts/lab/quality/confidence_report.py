"""How well the confidence distinguishes good masks from bad ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from focal.blur.fallback import LOW_CONFIDENCE

# IoU below which a mask misses the subject, and from which it is good.
BAD, GOOD = 0.5, 0.7


def confidence_report(confidences: Sequence[float], ious: Sequence[float]) -> dict[str, float]:
    """Correlations of confidence and IoU, and the shares of bad and of good masks that get the gentle blur.

    Spearman's and Pearson's, -1..1; nan where there are too few photos, or none of that kind.
    """
    confidence, iou = np.asarray(confidences), np.asarray(ious)
    low = confidence < LOW_CONFIDENCE
    return {
        "spearman": _pearson(_ranks(confidence), _ranks(iou)),
        "pearson": _pearson(confidence, iou),
        "bad_caught": _share(low[iou < BAD]),
        "good_touched": _share(low[iou >= GOOD]),
    }


def _pearson(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    constant = len(a) < 2 or not np.ptp(a) or not np.ptp(b)
    return float("nan") if constant else float(np.corrcoef(a, b)[0, 1])


def _ranks(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks in ascending order; equal values share the mean of their ranks."""
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def _share(found: npt.NDArray[np.bool_]) -> float:
    return float(found.mean()) if found.size else float("nan")
