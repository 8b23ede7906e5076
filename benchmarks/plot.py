"""Draws lines over logarithmic axes as SVG, with the same bytes each time."""

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

Line = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 640, 360
_FONT: Final = 'font-family="sans-serif" font-size="12"'
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 470, 40, 310
# Okabe and Ito's colours, which are distinguishable for the colour-blind.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def svg(title: str, across: str, up: str, lines: Mapping[str, Line]) -> str:
    """Draw ``lines``, lists of points by name; both axes are logarithmic."""
    points = [point for line in lines.values() for point in line]
    xs = _Scale([x for x, _ in points], _LEFT, _RIGHT)
    ys = _Scale([y for _, y in points], _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT}>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 20, title, "start", 'font-weight="bold"'),
        _text((_LEFT + _RIGHT) / 2, _HEIGHT - 12, across),
        _text(_LEFT, _TOP - 6, up, "start"),
    ]
    for x in xs.ticks:
        parts += [_rule(xs(x), _TOP, xs(x), _BOTTOM), _text(xs(x), _BOTTOM + 18, f"{x:,.0f}")]
    for y in ys.ticks:
        parts += [_rule(_LEFT, ys(y), _RIGHT, ys(y)), _text(_LEFT - 6, ys(y) + 4, f"{y:,g}", "end")]
    for number, (name, line) in enumerate(lines.items()):
        parts += _line(name, [(xs(x), ys(y)) for x, y in line], number)
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    """Return the scale of an axis, and its labelled values: powers of ten, and halves."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = math.log10(min(values)), math.log10(max(values))
        self._low, self._span = low - 0.05, max(high - low, 0.3) + 0.1
        self._start, self._size = start, end - start
        steps = (1, 10) if high - low > 2.5 else (1, 2, 5, 10)
        self.ticks = [
            step * 10.0**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for step in steps[:-1]
            if 0 <= (math.log10(step * 10.0**power) - self._low) / self._span <= 1
        ]

    def __call__(self, value: float) -> float:
        return self._start + self._size * (math.log10(value) - self._low) / self._span


def _line(name: str, places: Sequence[tuple[float, float]], number: int) -> list[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    at = _TOP + 8 + number * 20
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        f'<rect x="{_RIGHT + 14}" y="{at - 9}" width="10" height="10" fill="{colour}"/>',
        _text(_RIGHT + 30, at, name, "start"),
    ]


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'
