"""Paths and intervals as a small SVG inside a notebook's table page, in the colours of whatever stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from glmnn.errors import printable

COLOURS = ("#3f7fd6", "#d9652b", "#2a9d76", "#b8479b", "#a07820", "#7d78e0", "#2c97b0", "#d0496c")
FAINT = 'stroke="currentColor" stroke-opacity="0.4"'
SIDE, ROW, GAP, LETTERS = 210, 19, 26, 24
NAMES, BARS = 130, 190


def to_svg(sketch: Mapping[str, Any]) -> str:
    """Return what `glmnn.pictures.sketch` found as SVG, without script or reference; empty where that is nothing."""
    parts, width, height = [], 0.0, 0.0
    if sketch["paths"]:
        parts.append(_plane(sketch))
        width, height = SIDE + 90.0, SIDE + 34.0
    if sketch["terms"]:
        left = width + (GAP if width else 0)
        parts.append(f'<g transform="translate({left:.0f} 0)">{_forest(sketch)}</g>')
        width, height = left + NAMES + BARS, max(height, ROW * (len(sketch["terms"]) + 3.0))
    if not parts:
        return ""
    says = "Paths of the solvers and intervals of the coefficients; their numbers are in the tables"
    return (
        f'<svg role="img" aria-label="{says}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'font-family="sans-serif" font-size="11" fill="currentColor" style="max-width: 100%; height: auto">'
        f"{''.join(parts)}</svg>"
    )


def _plane(sketch: Mapping[str, Any]) -> str:
    """Return the ways to the maximum, with the joint region."""
    (left, right), (low, high) = sketch["frame"]

    def place(point: Sequence[float | None]) -> str:
        x, y = (float("nan") if value is None else value for value in point)
        return f"{SIDE * (x - left) / (right - left):.1f},{16 + SIDE * (high - y) / (high - low):.1f}"

    def line(points: Sequence[Sequence[float | None]], look: str) -> str:
        known = [place(point) for point in points if None not in point]
        return f'<polyline points="{" ".join(known)}" fill="none" {look}/>'

    shown = [
        f'<svg x="0" y="16" width="{SIDE}" height="{SIDE}" viewBox="0 16 {SIDE} {SIDE}">',
        line(sketch["region"], 'stroke="currentColor" stroke-dasharray="4 3" stroke-opacity="0.7"'),
    ]
    names = []
    for number, (label, points) in enumerate(sketch["paths"]):
        colour = COLOURS[number % len(COLOURS)]
        shown.append(line(points, f'stroke="{colour}" stroke-width="1.6" stroke-linejoin="round"'))
        x, y = place(points[-1]).split(",")
        shown.append(f'<circle cx="{x}" cy="{y}" r="3.2" fill="{colour}"/>')
        names.append(f'<text x="{SIDE + 8}" y="{28 + 15 * number}" fill="{colour}">{_cut(label, 14)}</text>')
    for point, mark in ((sketch["best"], "+"), (sketch["claim"], "◇")):
        if point is not None:
            x, y = place(point).split(",")
            shown.append(f'<text x="{x}" y="{y}" dy="4.5" font-size="15" text-anchor="middle">{mark}</text>')
    frame = f'<rect x="0.5" y="16.5" width="{SIDE - 1}" height="{SIDE - 1}" fill="none" {FAINT}/>'
    across, up = sketch["axes"]
    axes = "two directions, in standard errors" if across.startswith("direction 1") else f"{across} × {up}"
    words = (
        '<text x="0" y="10" font-weight="bold">Paths to the maximum</text>'
        f'<text x="0" y="{SIDE + 30}" fill-opacity="0.7">{_cut(f"{axes}; dashed: joint region", 60)}</text>'
    )
    return "".join([words, *shown, "</svg>", frame, *names])


def _forest(sketch: Mapping[str, Any]) -> str:
    """Return the intervals, each times the standard deviation of its column."""
    terms = sketch["terms"]
    low, high = min(0.0, *(term[1] for term in terms)), max(0.0, *(term[3] for term in terms))
    wide = (high - low) or 1.0

    def at(value: float) -> str:
        return f"{NAMES + 6 + (BARS - 12) * (value - low) / wide:.1f}"

    bottom = ROW * (len(terms) + 1)
    shown = [
        f'<text x="0" y="10" font-weight="bold">Effect of one standard deviation, {100 * sketch["level"]:g} %</text>',
        f'<line x1="{at(0)}" x2="{at(0)}" y1="16" y2="{bottom}" {FAINT} stroke-dasharray="2 2"/>',
    ]
    for number, (label, start, estimate, end) in enumerate(terms):
        y = ROW * (number + 1) + 9
        shown += [
            f'<text x="{NAMES - 4}" y="{y + 4}" text-anchor="end">{_cut(label)}</text>',
            f'<line x1="{at(start)}" x2="{at(end)}" y1="{y}" y2="{y}" stroke="{COLOURS[0]}" stroke-width="1.8"/>',
            f'<circle cx="{at(estimate)}" cy="{y}" r="3.2" fill="{COLOURS[0]}"/>',
        ]
    for value, anchor in ((low, "start"), (high, "end")):
        shown.append(
            f'<text x="{at(value)}" y="{bottom + 14}" text-anchor="{anchor}" fill-opacity="0.7">{value:.3g}</text>'
        )
    if sketch["more"]:
        shown.append(f'<text x="0" y="{bottom + 14}" fill-opacity="0.7">{sketch["more"]} more terms</text>')
    return "".join(shown)


def _cut(text: str, most: int = LETTERS) -> str:
    shown = printable(text)
    return escape(shown if len(shown) <= most else f"{shown[: most - 1]}…")
