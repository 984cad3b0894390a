"""Whether a confidence tells good masks from bad ones."""

from __future__ import annotations

import numpy as np
import pytest
from focal.blur.fallback import LOW_CONFIDENCE
from lab.quality.confidence_report import confidence_report
from scipy.stats import pearsonr, spearmanr


def test_the_correlations_are_scipys_also_among_equals():
    rng = np.random.default_rng(0)
    confidence, iou = rng.random(40), rng.integers(0, 9, 40) / 10

    report = confidence_report(confidence, iou)

    assert report["spearman"] == pytest.approx(spearmanr(confidence, iou).statistic)
    assert report["pearson"] == pytest.approx(pearsonr(confidence, iou).statistic)


def test_it_counts_the_bad_that_are_caught_and_the_good_that_are_touched():
    low, high = LOW_CONFIDENCE - 0.1, LOW_CONFIDENCE + 0.1

    report = confidence_report([low, low, high, low, high, high, high, low], [0.1, 0.2, 0.3, 0.8, 0.9, 0.9, 0.9, 0.6])

    assert report["bad_caught"] == pytest.approx(2 / 3)
    assert report["good_touched"] == pytest.approx(1 / 4)


def test_one_photo_correlates_with_nothing():
    report = confidence_report([0.5], [0.9])

    assert np.isnan(report["pearson"])
    assert np.isnan(report["bad_caught"])
