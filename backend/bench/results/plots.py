"""Curves as SVG, by leather. The same numbers give the same bytes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import leather
from leather.shapes import Dots, Line

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT = 720, 360
MAX_DOTS = 20
"""Where a curve has so few points, each is shown: between them nothing was measured."""
# Readable for people who cannot tell red from green.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")


class Marked:
    """A shape for leather: a line with a dot at each point that was measured; one entry in the legend."""

    def __init__(self, colour: str) -> None:
        line = Line(colour)
        self._line, self._dots = line, Dots(colour, radius=3)
        self.validate_series, self.legend_to_svg = line.validate_series, line.legend_to_svg

    def to_svg(self, *place: Any) -> Any:
        drawn = self._line.to_svg(*place)
        drawn.append(self._dots.to_svg(*place))
        return drawn


def cumulative(values: Sequence[float], title: str, unit: str = "ms") -> str:
    """Plot the cumulative distribution in percent."""
    ordered = sorted(values)
    points = [(value, (at + 1) * 100 / len(ordered)) for at, value in enumerate(ordered)]
    return lines({"": points}, title, unit, "of 100", y_top=100)


def lines(curves: Mapping[str, Points], title: str, x_name: str, y_name: str, y_top: float | None = None) -> str:
    """Curves over one pair of axes, which begin at 0; the upright one ends at `y_top`, or above the highest point."""
    chart = leather.Chart(title)
    tops = [max(point[axis] for points in curves.values() for point in points) for axis in (0, 1)]
    for (name, points), colour in zip(curves.items(), COLOURS, strict=False):
        shape = Marked(colour) if len(points) <= MAX_DOTS else Line(colour)
        chart.add_series(leather.Series(list(points), name=name or None), shape)
    chart.add_x_scale(0, tops[0] or 1)
    chart.add_y_scale(0, y_top or tops[1] * 1.05 or 1)
    chart.add_x_axis(name=x_name)
    chart.add_y_axis(name=y_name)
    svg = str(chart.to_svg(width=WIDTH, height=HEIGHT))
    # Monaco is a font of one maker's machines.
    svg = svg.replace('font-family="Monaco"', 'font-family="sans-serif"')
    return re.sub(r"(\d+\.\d{2})\d+", r"\1", svg) + "\n"
