"""Curves against what they cost: distance from the maximum, length and deviance without one, the loss of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.report.figures.style import (
    CLOCK,
    INK,
    LINE,
    NEAR,
    SOFT,
    UNITS,
    Document,
    Drawn,
    legend,
    plain,
    powers,
    runs_of,
    tick,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEAR_ENOUGH = 0.1  # of the least loss: a GLM that fits exactly is far below what is drawn
BELOW = 30.0  # times smaller than the least number, where an exact 0 stands


def distance(document: Document, ax: Axes, until: float | None = None, by: str = "iteration") -> None:
    """Draw the furthest coefficient from the maximum against cost."""
    runs = [run for run in runs_of(document, until, by) if run.run["states"]["distance"] is not None]
    zero = _logarithmic(ax, [run.column("distance") for run in runs])
    for run in runs:
        _band(ax, run, by, zero)
        _curve(ax, run, by, np.maximum(run.column("distance"), zero))
        stop = run.run["own_stop"]
        if stop and stop["distance"] is not None and stop[by] is not None:  # at its defaults: filled
            ax.plot([stop[by]], [max(stop["distance"], zero)], **run.mark(markerfacecolor=run.colour))
    same = document["levels"]["same"]
    low, high = ax.get_ylim()
    if low < same:
        ax.axhspan(low, min(same, high), color=NEAR, zorder=0, linewidth=0)
        ax.annotate("same answer for any purpose", (0.02, 0.02), xycoords="axes fraction", color=SOFT, fontsize=8)
    _against_cost(document, ax, runs, by)
    far = "furthest coefficient, in its standard errors"
    plain(ax, f"Distance from the {_goal(document)}", UNITS[by], far)
    legend(ax, runs)


def length(document: Document, ax: Axes, until: float | None = None, by: str = "iteration") -> None:
    """Draw the length of the coefficients against cost, where there is no maximum."""
    _without_maximum(document, ax, "length", until, by)
    plain(ax, "The coefficients run away", UNITS[by], "length of the coefficients")


def deviance(document: Document, ax: Axes, until: float | None = None, by: str = "iteration") -> None:
    """Draw the deviance against cost, where there is no maximum."""
    _without_maximum(document, ax, "deviance", until, by)
    plain(ax, "The deviance has no minimum", UNITS[by], "deviance")


def loss(document: Document, ax: Axes) -> None:
    """Draw the mean loss of a network while it trains, on rows trained on and held out."""
    training = document["training"]
    updates, inside, outside = (
        np.array([look[name] for look in training["loss"]], dtype=float) for name in ("update", "loss", "held_out")
    )
    ax.plot(updates, inside, color="#1552b8", linewidth=1.6, label="rows trained on")
    if np.isfinite(outside).any():
        ax.plot(updates, outside, color="#bd4205", linewidth=1.6, linestyle=(0, (6, 2)), label="rows held out")
        ax.axvline(training["kept"], color=INK, linewidth=0.9, linestyle=":")
        ax.annotate("kept", (training["kept"], 0.03), xycoords=("data", "axes fraction"), xytext=(3, 0),
                    textcoords="offset points", color=SOFT, fontsize=8)  # fmt: skip
    if training["glm_loss"] is not None and training["glm_loss"] > NEAR_ENOUGH * np.nanmin(inside):
        ax.axhline(training["glm_loss"], color=SOFT, linewidth=0.9, linestyle="--", label="GLM, all rows")
    ax.legend(loc="upper right")
    if np.nanmin(inside) > 0:
        ax.set_yscale("log")
    plain(ax, f"Loss of the network ({training['ending']})", "updates", "mean loss")


def folds(document: Document, ax: Axes) -> None:
    """Draw the deviance of each part held out, network beside GLM."""
    pairs = [(fold["glm"], fold["network"]) for fold in document["training"]["folds"]]
    for place, pair in enumerate(pairs, start=1):
        if None not in pair:
            ax.plot([place, place], pair, color=LINE, linewidth=1.2, zorder=1)
    for column, (name, colour, marker) in enumerate((("GLM", "#55606f", "o"), ("network", "#1552b8", "s"))):
        points = [(place, pair[column]) for place, pair in enumerate(pairs, start=1) if pair[column] is not None]
        ax.plot(*zip(*points, strict=True), color=colour, marker=marker, linestyle="none", label=name)
    ax.set_xticks(range(1, len(pairs) + 1))
    ax.legend()
    plain(ax, "Rows held out, fold by fold", "fold", "deviance per row")


def _without_maximum(document: Document, ax: Axes, name: str, until: float | None, by: str) -> None:
    runs = [run for run in runs_of(document, until, by) if run.run["states"][name] is not None]
    zero = _logarithmic(ax, [run.column(name) for run in runs])
    for run in runs:
        _curve(ax, run, by, np.maximum(run.column(name), zero))
    _against_cost(document, ax, runs, by)
    legend(ax, runs)


def _curve(ax: Axes, run: Drawn, by: str, values: Any) -> None:
    """Draw one run and its marker; a restarted one by its points, each a run of its own."""
    costs = run.column(by)
    known = np.isfinite(costs) & np.isfinite(values)
    if not known.any():
        return
    x, y = costs[known], values[known]
    if run.hollow:
        ax.plot(x, y, **run.line(linewidth=0.8, alpha=0.6))
        ax.plot(x, y, **run.mark(markersize=5))
    else:
        ax.plot(x, y, **run.line())
        ax.plot(x[-1:], y[-1:], **run.mark(clip_on=False, zorder=5))


def _band(ax: Axes, run: Drawn, by: str, zero: float) -> None:
    """Draw the range over the seeds of a stochastic solver."""
    band = run.run["band"]
    if band is None:
        return
    costs, low, high = (np.array(band[name], dtype=float) for name in (by, "low", "high"))
    ax.fill_between(costs, np.maximum(low, zero), np.maximum(high, zero), color=run.colour, alpha=0.18, linewidth=0)


def _logarithmic(ax: Axes, columns: list[Any]) -> float:
    """Make the y axis logarithmic with a 0 of its own at the bottom; return where that stands."""
    values = np.concatenate([np.empty(0), *columns])
    above = values[np.isfinite(values) & (values > 0)]
    least, most = (float(above.min()), float(above.max())) if above.size else (1e-3, 1.0)
    zero = least / BELOW
    nought = bool(np.any(values == 0))
    ax.set_yscale("log")
    ax.set_ylim(zero if nought else least / 2.0, most * 2.5)
    ticks = list(powers(least / 2.0, most * 2.5)) if most > 10 * least else [least, most]
    labels = [tick(value) for value in ticks]
    ax.set_yticks([zero, *ticks] if nought else ticks, ["0", *labels] if nought else labels)
    ax.minorticks_off()
    return zero


def _against_cost(document: Document, ax: Axes, runs: list[Drawn], by: str) -> None:
    """Make the x axis linear up to its first unit and logarithmic beyond, with a true 0."""
    clock = document["clock"][CLOCK[by]]
    if clock is None:
        return
    c = clock["c"]
    costs = np.concatenate([np.empty(0), *(run.column(by) for run in runs)])
    costs = costs[np.isfinite(costs)]
    most = max(float(costs.max()) if costs.size else c, c)
    ax.set_xscale("function", functions=(lambda v: np.log1p(np.asarray(v) / c), lambda s: c * np.expm1(s)))
    ax.set_xlim(0.0, most * 1.12)
    first = c if by != "seconds" else 10.0 ** np.ceil(np.log10(c))
    ticks = [0.0, *powers(first, most * 1.001)]
    ax.set_xticks(ticks, [tick(value) for value in ticks])
    ax.grid(axis="both", color="#e9ecf0", linewidth=0.6)


def _goal(document: Document) -> str:
    return "maximum" if document["model"]["goal"].startswith("maximum") else "penalised estimate"
