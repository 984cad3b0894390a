"""The charts of docs/performance.md, read back from their text."""

from __future__ import annotations

import re

import pytest
from lab.svg_chart import Axis, Line, line_chart


def chart(*lines, logarithmic=False):
    return line_chart("a < b", "x", "y", lines, logarithmic=logarithmic)


def marks(svg):
    return [tuple(map(float, place)) for place in re.findall(r"<circle cx='([\d.]+)' cy='([\d.]+)'", svg)]


def test_every_point_has_its_mark_and_every_line_its_name():
    svg = chart(Line("one & only", [(1, 10), (2, 20)]), Line("model", [(2, 20), (8, 60)], dashed=True))

    assert len(marks(svg)) == 2
    assert {"a &lt; b", "x", "y", "one &amp; only", "model"} <= set(re.findall(r">([^<>]+)</text>", svg))


def test_on_logarithmic_axes_equal_ratios_are_equally_far_apart():
    (x0, y0), (x1, y1), (x2, y2) = marks(chart(Line("doubling", [(1, 5), (2, 10), (4, 20)]), logarithmic=True))

    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y1 - y0 == pytest.approx(y2 - y1, abs=0.2)
    assert x0 < x1
    assert y0 > y1  # SVG's y grows downwards


def test_ticks_are_round_numbers_within_the_axis():
    assert Axis("", 0.0, 48.0).ticks() == [0, 10, 20, 30, 40]
    assert Axis("", 0.15, 60.0, logarithmic=True).ticks() == pytest.approx([0.2, 0.5, 1, 2, 5, 10, 20, 50])
