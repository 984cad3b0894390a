"""The figures by kind of photo, and lost faces."""

from __future__ import annotations

import numpy as np
import pytest
from lab.quality.intervals import bootstrap_means
from lab.quality.kinds_report import Kind, kinds_report, lost_faces, read_faces, read_kinds


def test_a_face_counts_as_lost_when_more_than_a_tenth_of_its_box_is():
    mask = np.ones((100, 100), np.float32)
    mask[20:25, 20:40] = 0.4  # a quarter of the first face
    mask[60:61, 60:80] = 0.4  # a twentieth of the second

    assert lost_faces(mask, [(0.2, 0.2, 0.2, 0.2), (0.6, 0.6, 0.2, 0.2)]) == 1
    assert lost_faces(mask, []) == 0


def test_tables_are_read_by_their_columns(tmp_path):
    (tmp_path / "kinds.tsv").write_text("name\tkind\trepository\na\tportrait\tx\nb\tpet\t\n", encoding="utf-8")
    (tmp_path / "faces.tsv").write_text("name\tx\ty\tw\th\na\t.1\t.2\t.3\t.4\na\t.5\t.5\t.1\t.1\n", encoding="utf-8")

    assert read_kinds(tmp_path / "kinds.tsv") == {"a": Kind("portrait", "x"), "b": Kind("pet", "b")}
    assert read_faces(tmp_path / "faces.tsv") == {"a": [(0.1, 0.2, 0.3, 0.4), (0.5, 0.5, 0.1, 0.1)]}


def test_each_kind_has_its_line_and_all_have_one():
    rows = [{"photo": str(n), "iou": iou, "recall": 1.0, "mae": 0.1} for n, iou in enumerate((0.9, 0.4, 0.8, 0.6))]
    kinds = {"0": Kind("pet", "x"), "1": Kind("pet", "y"), "2": Kind("body", "z"), "3": Kind("body", "z")}

    body, pet, everything = kinds_report(rows, kinds)

    assert body.startswith("body          2  IoU 0.700")
    assert "(" not in body  # one source has no interval
    assert pet.startswith("pet           2  IoU 0.650 (0.400–0.900)")
    assert pet.endswith("IoU < .5: 1")
    assert everything.startswith("all           4  IoU 0.675")


def test_the_bootstrap_draws_sources_so_that_alike_photos_do_not_narrow_it():
    rng = np.random.default_rng(0)
    sources = [np.full(10, value) for value in rng.normal(0.8, 0.1, 12)]

    means = bootstrap_means(sources)

    expected = np.std([source.mean() for source in sources]) / 12**0.5
    assert means.std() == pytest.approx(expected, rel=0.1)
    np.testing.assert_array_equal(means, bootstrap_means(sources[::-1]))
