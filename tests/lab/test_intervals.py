"""Intervals of means, and the paired comparison of two runs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from lab.quality.intervals import mean_interval, paired_report, read_run
from setup.console import CommandError


def rows(values, mask="refined"):
    return [{"photo": str(n), "mask": mask, "iou": value} for n, value in enumerate(values)]


def test_an_interval_holds_the_mean_of_the_population_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        values = rng.normal(0.8, 0.1, 40).tolist()
        low, high = mean_interval(values, [str(n) for n in range(40)])
        held += low <= 0.8 <= high
    assert 0.88 <= held / 200 <= 0.99


def test_an_interval_is_the_same_each_time_and_leaves_out_what_is_not_known():
    values, names = [0.1, 0.5, 0.9, float("nan")], list("abcd")
    assert mean_interval(values, names) == mean_interval(values[:3], names[:3]) == mean_interval(values, names)
    assert mean_interval([0.5, 0.7], ["one", "one"]) is None


def test_a_small_difference_on_every_photo_is_found_that_two_intervals_would_hide():
    hardness = np.random.default_rng(0).uniform(0.2, 0.95, 24)
    better = hardness + np.random.default_rng(1).normal(0.02, 0.005, 24)

    said = paired_report(rows(better), rows(hardness), ["iou"], {})

    assert said[0] == "this run less the other, on the 24 photos of both:"
    assert said[1].startswith("iou          +0.02")
    assert said[1].endswith("differs")
    assert "differs" not in paired_report(rows(hardness), rows(hardness[::-1]), ["iou"], {})[1]
    assert "(" not in paired_report(rows(better), rows(hardness), ["iou"], dict.fromkeys(map(str, range(24)), "one"))[1]


def test_photos_of_one_run_alone_count_for_nothing_and_clicks_are_paired_one_by_one():
    twice = [{"photo": "a", "iou": 0.5}, {"photo": "a", "iou": 0.9}, {"photo": "b", "iou": 0.1}]
    other = [{"photo": "a", "iou": 0.4}, {"photo": "a", "iou": 0.9}, {"photo": "c", "iou": 0.1}]

    said = paired_report(twice, other, ["iou", "mae"], {})

    assert said == ["this run less the other, on the 2 photos of both:", "iou          +0.0500"]
    with pytest.raises(CommandError, match="no photo in common"):
        paired_report(twice[:1], other[2:], ["iou"], {})


@pytest.mark.parametrize("text", ["", "[]", '{"photos": 7}', '{"photos": [{"iou": 1}]}'])
def test_a_file_that_is_no_run_is_refused_by_its_name(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(CommandError, match=r"other.json is not a measures.json"):
        read_run(tmp_path / "other.json")
    with pytest.raises(CommandError, match=r"is not a measures\.json"):
        read_run(tmp_path / "missing.json")


def test_a_run_is_read_as_it_was_saved(tmp_path):
    (tmp_path / "measures.json").write_text(json.dumps({"photos": rows([0.5])}))
    assert read_run(tmp_path / "measures.json") == rows([0.5])
