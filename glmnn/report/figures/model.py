"""What was found: coefficients, how good the means are, what set the pace, why there is no maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.report.figures.style import (
    BAD,
    BAD_ZONE,
    CAREFUL_ZONE,
    CLOCK,
    COLOURS,
    GOOD_ZONE,
    GRID,
    INK,
    LINE,
    SOFT,
    UNITS,
    Document,
    legend,
    plain,
    powers,
    runs_of,
    shown,
    tick,
)
from glmnn.report.numbers import count, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TERMS = 60  # rows of a forest
MOST_BARS = 30
WIDEST = 15  # letters of a tick


def coefficients(document: Document, ax: Axes, ratios: bool = False) -> None:
    """Draw every estimate in its interval, times the standard deviation of its column; or odds ratios and the like."""
    found = document["coefficients"]
    key = "ratio" if ratios and found["ratios"] else "scaled"
    terms = [term for term in found["terms"] if term[key] is not None and term["scaled"] is not None][:MOST_TERMS]
    places = np.arange(len(terms))
    for place, term in zip(places, terms, strict=True):
        wald = None if key == "ratio" else term["scaled_wald"]
        if wald is not None:
            ax.plot([wald["low"], wald["high"]], [place, place], color=LINE, linewidth=5, solid_capstyle="butt")
        interval = term[key]
        if interval["low"] is not None and interval["high"] is not None:
            ax.plot([interval["low"], interval["high"]], [place, place], color=COLOURS[0], linewidth=1.6)
        if term["scaled_claimed"] is not None and key == "scaled":
            ax.plot([term["scaled_claimed"]], [place], "D", markerfacecolor="white", markeredgecolor=BAD, markersize=6)
    estimates = [np.nan if term[key]["estimate"] is None else term[key]["estimate"] for term in terms]
    ax.plot(estimates, places, "o", color=COLOURS[0], markersize=5.5, markeredgecolor="white", markeredgewidth=0.7)
    ax.axvline(1.0 if key == "ratio" else 0.0, color=SOFT, linewidth=0.9, linestyle=":")
    ax.set_yticks(places, [shown(term["label"], 28) for term in terms])
    ax.set_ylim(len(terms) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=GRID, linewidth=0.6)
    level = f"{100 * found['level']:g} % {found['interval'].replace('wald', 'Wald')} intervals"
    if key == "ratio":
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: tick(value))
        plain(ax, f"{found['ratios'].capitalize()}, {level}", found["ratios"])
    else:
        plain(ax, f"Coefficients, {level}", "effect of one standard deviation on the linear predictor")
    ax.spines["left"].set_visible(False)


def pace(document: Document, ax: Axes) -> None:
    """Draw the learning rate in the zones that its size means."""
    found = document["pace"]
    shrinks, limit, best, used = (found[name] for name in ("shrinks", "limit", "best", "lr"))
    most = max(1.25 * limit, 1.08 * used)
    zones = ((0.0, shrinks, GOOD_ZONE, "every direction\nshrinks"), (shrinks, limit, CAREFUL_ZONE, "steepest\nzigzags"),
             (limit, most, BAD_ZONE, "diverges"))  # fmt: skip
    for low, high, colour, words in zones:
        ax.axvspan(low, high, 0.0, 0.62, color=colour, linewidth=0)
        if high - low > 0.1 * most:
            ax.annotate(words, ((low + high) / 2, 0.31), xycoords=("data", "axes fraction"), ha="center", va="center",
                        fontsize=8.5, bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5})  # fmt: skip
    close = abs(used - best) < 0.08 * most
    for value, name, line, height in ((used, "used", "-", 0.72), (best, "best", ":", 0.88 if close else 0.72)):
        ax.axvline(value, 0.0, height - 0.06, color=INK, linewidth=2.0 if line == "-" else 1.3, linestyle=line)
        words = f"{name} {number(value, 3)}"
        ax.annotate(words, (value, height), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=8.5,
                    fontweight="bold" if line == "-" else "normal")  # fmt: skip
    ax.set(xlim=(0.0, most), ylim=(0.0, 1.0), yticks=[])
    plain(ax, f"Learning rate of {shown(found['solver'])}, and its limit {number(limit, 3)}", "learning rate")
    ax.spines["left"].set_visible(False)


def steps(document: Document, ax: Axes) -> None:
    """Draw the steps for one more digit, direction by direction."""
    found = document["pace"]
    pairs = list(zip(found["curvature"], found["steps"], strict=True))
    if len(pairs) > MOST_BARS:
        pairs = [pairs[place] for place in np.linspace(0, len(pairs) - 1, MOST_BARS).astype(int)]
    most = max([value for _, value in pairs if value is not None], default=1.0) or 1.0
    for place, (_, value) in enumerate(pairs):
        ax.barh(place, most if value is None else value, color=BAD if value is None else COLOURS[0], height=0.62)
        words = "never" if value is None else count(round(value, 1))
        ax.annotate(words, (most if value is None else value, place), xytext=(4, 0), textcoords="offset points",
                    va="center", fontsize=8, color=BAD if value is None else INK)  # fmt: skip
    ax.set_yticks(range(len(pairs)), [f"curvature {number(curvature, 3)}" for curvature, _ in pairs])
    ax.set_ylim(len(pairs) - 0.4, -0.6)
    ax.set_xlim(0.0, 1.16 * most)
    ax.tick_params(axis="y", length=0)
    predicted = "" if found["predicted"] is None else f"predicted {count(round(found['predicted']))}, "
    words = f"steps for a factor of ten; in all {predicted}taken {count(found['actual'])}"
    plain(ax, "Steps for one more digit, by direction", words)
    ax.spines["left"].set_visible(False)


def calibration(document: Document, ax: Axes) -> None:
    """Draw observed shares against fitted ones, with exact intervals."""
    groups = document["calibration"]
    mean, share, low, high = (np.array([group[name] for group in groups]) for name in ("mean", "share", "low", "high"))
    ax.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=":")
    ax.vlines(mean, low, high, color=COLOURS[0], linewidth=1.5)
    ax.plot(mean, share, "o", color=COLOURS[0], markersize=5.5, markeredgecolor="white", markeredgewidth=0.7)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    plain(ax, "Calibration, exact 95 % intervals", "fitted mean", "observed share")


def roc(document: Document, ax: Axes) -> None:
    """Draw the ROC curve."""
    found = document["roc"]
    ax.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=":")
    ax.fill_between(found["false_positive"], found["true_positive"], color=COLOURS[0], alpha=0.08, linewidth=0)
    ax.plot(found["false_positive"], found["true_positive"], color=COLOURS[0], linewidth=1.7)
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    plain(ax, f"ROC curve, area {number(found['auc'], 3)}", "false positive rate", "true positive rate")


def residuals(document: Document, ax: Axes) -> None:
    """Draw residuals against fitted means."""
    found = document["residuals"]
    ax.axhline(0.0, color=SOFT, linewidth=0.9)
    for bound in (-1.96, 1.96) if found["kind"] == "quantile" else ():
        ax.axhline(bound, color=SOFT, linewidth=0.8, linestyle=":")
    _cloud(ax, found["fitted"], found["residual"])
    part = "" if found["shown"] == found["all"] else f", {found['shown']:,} of {found['all']:,} rows"
    plain(ax, f"{found['kind'].capitalize()} residuals", f"fitted mean{part}", "residual")


def observed(document: Document, ax: Axes) -> None:
    """Draw responses against fitted means."""
    found = document["residuals"]
    fitted = np.array(found["fitted"], dtype=float)
    ends = [float(np.nanmin(fitted)), float(np.nanmax(fitted))]
    ax.plot(ends, ends, color=SOFT, linewidth=0.9, linestyle=":")
    _cloud(ax, found["fitted"], found["observed"])
    plain(ax, "Observed against fitted", "fitted mean", shown(document["model"]["target"]))


def separation(document: Document, ax: Axes) -> None:
    """Draw the place of every row along the direction that separates the data."""
    margin, y = (np.array(document["rows"][name], dtype=float) for name in ("margin", "y"))
    order = np.argsort(margin, kind="stable")
    height = np.linspace(0.0, 1.0, order.size)
    binary = document["model"]["binary"]
    filled = (y[order] == 1) if binary else np.ones(order.size, dtype=bool)
    ax.axvline(0.0, color=INK, linewidth=1.0, linestyle="--")
    for rows, face in ((filled, INK), (~filled, "white")):
        ax.plot(
            margin[order][rows],
            height[rows],
            "o",
            markersize=4,
            markerfacecolor=face,
            markeredgecolor=INK,
            markeredgewidth=0.8,
        )
    ax.set_yticks([])
    kind = "completely" if document["separation"]["complete"] else "quasi-completely"
    plain(ax, f"The rows are {kind} separated", f"along {shown(document['separation']['line'], 60)}")
    ax.spines["left"].set_visible(False)


def levels(document: Document, ax: Axes, by: str = "iteration") -> None:
    """Draw what it cost each solver to stay within each level."""
    runs = [run for run in runs_of(document) if run.run["reached"]]
    for run in runs:
        points = [(entry["level"], _cost(entry, by)) for entry in run.run["reached"]]
        known = [(level, cost) for level, cost in points if cost is not None and cost > 0]
        if known:
            ax.plot(*zip(*known, strict=True), **{**run.mark(), **run.line(linewidth=1.1)})
    ax.set(xscale="log", yscale="log")
    ax.invert_xaxis()
    values = document["levels"]["values"]
    ax.set_xticks(values, [tick(value) for value in values])
    ticks = list(powers(*ax.get_ylim()))
    ax.set_yticks(ticks, [tick(value) for value in ticks])
    ax.minorticks_off()
    unit = "standard errors" if document["levels"]["unit"] == "SE" else "of the null deviance"
    plain(ax, f"{CLOCK[by].capitalize()} to stay within", unit, UNITS[by])
    legend(ax, runs)


def _cost(entry: dict[str, Any], by: str) -> float | None:
    found: Any = entry["seconds"]["median"] if by == "seconds" and entry[by] else entry[by]
    return None if found is None else float(found)


def _cloud(ax: Axes, x: list[float | None], y: list[float | None]) -> None:
    alpha = 0.8 if len(x) < 200 else 0.45
    ax.plot(np.array(x, dtype=float), np.array(y, dtype=float), "o", color=COLOURS[0], markersize=4, alpha=alpha,
            markeredgecolor="white", markeredgewidth=0.3)  # fmt: skip
