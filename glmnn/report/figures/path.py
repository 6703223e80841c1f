"""Paths over the log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.report.figures.style import (
    BAD,
    CONTOUR,
    GROUNDS,
    INK,
    NOWHERE,
    Document,
    legend,
    moment,
    plain,
    runs_of,
    shown,
    tick,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def path(document: Document, ax: Axes, until: float | None = None, by: str = "iteration", near: bool = False) -> None:
    """Draw the way of every solver over the contours of the log-likelihood, in standard errors.

    Parameters
    ----------
    document : mapping
    ax : Axes
    until : float, optional
        A moment in the unit `by`: markers stand at the last state at or before it.
    by : str
        iteration, passes or seconds.
    near : bool
        Show 4 standard errors about the maximum, not the whole path.
    """
    plane = document["plane"]
    view = plane["views"][int(near)]
    _ground(ax, plane, view)
    runs = runs_of(document, until, by)
    for run in runs:
        points = [place for place in (run.run["states"]["xy"] or [])[: run.last + 1] if place is not None]
        if not points:
            continue
        x, y = np.array(points).T
        ax.plot(x, y, **run.line())
        ax.plot(x[-1:], y[-1:], **run.mark(zorder=8))
    ax.plot(*[[value] for value in plane["best"]], "+", color=INK, markersize=15, markeredgewidth=1.6, zorder=7)
    claim = document["claim"]
    if claim and claim["xy"]:
        x, y = claim["xy"]
        ax.plot([x], [y], "D", color="white", markeredgecolor=BAD, markersize=7, markeredgewidth=1.8, zorder=7)
        ax.annotate("claimed", (x, y), xytext=(8, 6), textcoords="offset points", color=BAD, fontsize=8.5)
    ax.set(xlim=view["x"], ylim=view["y"])
    title = "Paths near the maximum" if near else "Paths over the log-likelihood"
    plain(ax, f"{title}{moment(until, by)}", *(shown(label) for label in plane["labels"]))
    legend(ax, runs)


def _ground(ax: Axes, plane: dict[str, Any], view: dict[str, Any]) -> None:
    """Draw contours, their names, the joint region, and where there is no likelihood."""
    gx, gy = np.array(view["gx"]), np.array(view["gy"])
    rise = np.ma.masked_invalid(np.array(view["rise"], dtype=float).reshape(gy.size, gx.size))
    ax.set_facecolor(NOWHERE if rise.mask.any() else GROUNDS[-1])
    most = float(rise.max())
    levels = [0.0, *(level for level in plane["levels"] if level < most), most * 1.001 + 1e-9]
    colours = [GROUNDS[min(place, len(GROUNDS) - 1)] for place in range(len(levels) - 1)]
    ax.contourf(gx, gy, rise, levels=levels, colors=colours)
    if len(levels) > 2:
        lines = ax.contour(gx, gy, rise, levels=levels[1:-1], colors=CONTOUR, linewidths=0.6)
        ax.clabel(lines, fmt=tick, fontsize=7, colors=INK)
    if plane["region"] < most:
        ax.contour(gx, gy, rise, levels=[plane["region"]], colors=INK, linewidths=1.1, linestyles=[(0, (4, 2.5))])
