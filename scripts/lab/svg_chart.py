"""A line chart as an SVG file: points, lines, two axes and the names of the lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 40, 55  # margins; the names stand in the right one
LINE_PX = 16  # between two names
COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#8d6a9f", "#e0822f", "#5b6770", "#00838f", "#a0522d")
FONT = "font-family='system-ui, sans-serif' font-size='12' fill='#333'"


@dataclass(frozen=True)
class Line:
    """Points (x, y) joined in order. dashed: for modelled values."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True)
class Axis:
    """A label, and the mapping of values to 0..1."""

    label: str
    low: float
    high: float
    logarithmic: bool = False

    @classmethod
    def around(cls, values: Sequence[float], label: str, *, logarithmic: bool) -> Axis:
        """The axis for the values: from zero, or, if logarithmic, with a margin around them."""
        if not logarithmic:
            return cls(label, 0.0, max(values) * 1.05)
        return cls(label, min(values) / 1.25, max(values) * 1.25, logarithmic=True)

    def place(self, value: float) -> float:
        """The position of a value, 0..1."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """The values of the grid lines: 1, 2 and 5 of each decade, or steps of such a size."""
        if self.logarithmic:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            candidates = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
        else:
            rough = self.high / 6
            decade = 10.0 ** math.floor(math.log10(rough))
            step = next(step * decade for step in (1, 2, 5, 10) if step * decade >= rough)
            candidates = [step * n for n in range(int(self.high / step) + 1)]
        return [value for value in candidates if self.low <= value <= self.high]


def line_chart(title: str, x_label: str, y_label: str, lines: Sequence[Line], *, logarithmic: bool = False) -> str:
    """The chart's SVG; both axes are logarithmic or neither."""
    points = [point for line in lines for point in line.points]
    x_axis = Axis.around([x for x, _ in points], x_label, logarithmic=logarithmic)
    y_axis = Axis.around([y for _, y in points], y_label, logarithmic=logarithmic)
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + width * x_axis.place(x), TOP + height * (1 - y_axis.place(y))

    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        _text(LEFT, TOP - 16, title, "font-weight='bold'"),
        _text(LEFT + width / 2, HEIGHT - 14, x_label, "text-anchor='middle'"),
        _text(16, TOP + height / 2, y_label, f"text-anchor='middle' transform='rotate(-90 16 {TOP + height / 2:.1f})'"),
    ]
    for value in x_axis.ticks():
        x, _ = place(value, y_axis.high)
        parts.append(f"<path d='M{x:.1f} {TOP}V{TOP + height}' stroke='#e3e6e8'/>")
        parts.append(_text(x, TOP + height + 18, f"{value:g}", "text-anchor='middle'"))
    for value in y_axis.ticks():
        _, y = place(x_axis.high, value)
        parts.append(f"<path d='M{LEFT} {y:.1f}H{LEFT + width}' stroke='#e3e6e8'/>")
        parts.append(_text(LEFT - 8, y + 4, f"{value:g}", "text-anchor='end'"))
    for n, line in enumerate(lines):
        colour = COLOURS[n % len(COLOURS)]
        places = [place(*point) for point in line.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        dash = " stroke-dasharray='6 4'" if line.dashed else ""
        parts.append(f"<path d='M{path}' fill='none' stroke='{colour}' stroke-width='2'{dash}/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in places if not line.dashed]
        name_y = TOP + 8 + LINE_PX * n
        parts.append(f"<path d='M{LEFT + width + 14} {name_y - 4}h18' stroke='{colour}' stroke-width='2'{dash}/>")
        parts.append(_text(LEFT + width + 38, name_y, line.name))
    return "\n".join([*parts, "</svg>\n"])


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {FONT} {more}>{escape(text)}</text>"
