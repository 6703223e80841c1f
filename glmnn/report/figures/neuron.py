"""Inside the neuron, and the model in the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.report.figures.style import (
    DOWN,
    INK,
    NOUGHT,
    ONE,
    SOFT,
    UP,
    Document,
    Drawn,
    followed,
    legend,
    moment,
    plain,
    runs_of,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAT = 1e-3  # of the range of the means, below which the end of the table goes on as it is
FINE = 200


def neuron(
    document: Document, ax: Axes, solver: str | None = None, until: float | None = None, by: str = "iteration"
) -> None:
    """Draw the rows on the activation of one solver, each with a stem to its response: the error that is sent back."""
    run = followed(document, solver, until, by)
    activation, y = document["activation"], np.array(document["rows"]["y"])
    ax.plot(activation["z"], activation["mean"], color=SOFT, linewidth=1.3, zorder=2)
    coef = run.coef()
    if coef is not None:
        eta = _eta(document, coef)
        mean = _mean(document, eta)
        for up, colour in ((True, UP), (False, DOWN)):
            rows = (y > mean) == up
            ax.vlines(eta[rows], mean[rows], y[rows], color=colour, alpha=0.35, linewidth=0.9, zorder=1)
        _dots(document, ax, eta, mean)
        beyond = int(np.sum((eta < activation["z"][0]) | (eta > activation["z"][-1])))
        if beyond:
            words = f"{beyond} rows beyond the frame"
            ax.annotate(words, (0.98, 0.03), xycoords="axes fraction", ha="right", color=SOFT, fontsize=8)
    ax.set_xlim(activation["z"][0], activation["z"][-1])
    rows = document["rows"]
    part = "" if rows["shown"] == rows["all"] else f", {rows['shown']} of {rows['all']:,} rows"
    plain(ax, f"Inside the neuron of {run.label}{moment(until, by)}", f"linear predictor{part}", "fitted mean")


def data(
    document: Document, ax: Axes, solver: str | None = None, until: float | None = None, by: str = "iteration"
) -> None:
    """Draw the model in the data: a fitted curve, the line of 50 %, or means against those at the maximum."""
    kinds = {"curve": _curve, "line": _line, "means": _means}
    kinds[document["in_data"]["kind"]](document, ax, solver, until, by)


def _curve(document: Document, ax: Axes, _solver: str | None, until: float | None, by: str) -> None:
    (column,) = document["in_data"]["columns"]
    X, y = _rows(document)
    x = np.linspace(X[:, column].min(), X[:, column].max(), FINE)
    runs = [run for run in runs_of(document, until, by) if run.coef() is not None]
    for run in runs:
        coef = run.coef()
        assert coef is not None
        eta = coef[column] * x + _constant(document, coef)
        ax.plot(x, _mean(document, eta, known=True), **run.line())
    _dots(document, ax, X[:, column], y)
    target, feature = shown(document["model"]["target"]), shown(document["model"]["shown"][column])
    plain(ax, f"The fitted curve of every solver{moment(until, by)}", feature, target)
    legend(ax, runs)


def _line(document: Document, ax: Axes, solver: str | None, until: float | None, by: str) -> None:
    found = document["in_data"]
    first, second = found["columns"]
    X, _ = _rows(document)
    run = followed(document, solver, until, by)
    x, y = (_frame(X[:, column]) for column in (first, second))
    across, up = np.meshgrid(np.linspace(*x, FINE), np.linspace(*y, FINE))
    coef = run.coef()
    if coef is not None:
        from matplotlib.colors import LinearSegmentedColormap

        mean = _mean(document, coef[first] * across + coef[second] * up + _constant(document, coef))
        tint = LinearSegmentedColormap.from_list("tint", [NOUGHT, "#fbfbfd", ONE])
        ax.imshow(mean, origin="lower", extent=(*x, *y), aspect="auto", cmap=tint, vmin=0, vmax=1, zorder=0)
    _dots(document, ax, X[:, first], X[:, second])
    runs = [other for other in runs_of(document, until, by) if other.coef() is not None]
    for other in runs:
        coef = other.coef()
        assert coef is not None
        rest = found["eta"] - _constant(document, coef)
        if coef[second]:
            ends = np.array(x)
            ax.plot(ends, (rest - coef[first] * ends) / coef[second], **other.line())
    ax.set(xlim=x, ylim=y)
    names = document["model"]["shown"]
    plain(ax, f"The line of 50 %{moment(until, by)}, ground by {run.label}", shown(names[first]), shown(names[second]))
    legend(ax, runs)


def _means(document: Document, ax: Axes, solver: str | None, until: float | None, by: str) -> None:
    best = document["rows"]["mean"]
    run = followed(document, solver, until, by)
    now = _means_now(document, run)
    if best is None or now is None:
        ax.annotate("no maximum to compare with", (0.5, 0.5), xycoords="axes fraction", ha="center", color=SOFT)
    else:
        best = np.array(best, dtype=float)
        ends = [float(np.nanmin(best)), float(np.nanmax(best))]
        ax.plot(ends, ends, color=SOFT, linewidth=0.9, linestyle=":")
        ax.plot(
            best, now, "o", color=run.colour, markersize=4, alpha=0.75, markeredgecolor="white", markeredgewidth=0.3
        )
    of = " of the observed class" if document["model"]["classes"] else ""
    plain(ax, f"Fitted means of {run.label}{moment(until, by)}", f"mean{of} at the maximum", f"mean{of} now")


def network_means(document: Document, ax: Axes) -> None:
    """Draw the means of a network against those of the GLM."""
    training = document["training"]
    glm, network = (np.array(training[name], dtype=float) for name in ("glm_mean", "mean"))
    ends = [float(np.nanmin(glm)), float(np.nanmax(glm))]
    ax.plot(ends, ends, color=SOFT, linewidth=0.9, linestyle=":")
    _dots(document, ax, glm, network)
    plain(ax, "Means of the network and of the GLM", "fitted mean of the GLM", "fitted mean of the network")


def _means_now(document: Document, run: Drawn) -> Any:
    """Return the fitted means of the rows shown at the moment; of classes the last that the document has."""
    if document["activation"] is not None:
        coef = run.coef()
        return None if coef is None else _mean(document, _eta(document, coef))
    for means in document["means"]:
        if means["solver"] == run.run["solver"]:
            known = [mean for state, mean in zip(means["state"], means["mean"], strict=True) if state <= run.last]
            return np.array(known[-1], dtype=float) if known else None
    return None


def _rows(document: Document) -> tuple[Any, Any]:
    return np.array(document["rows"]["X"], dtype=float), np.array(document["rows"]["y"], dtype=float)


def _eta(document: Document, coef: Any) -> Any:
    X, _ = _rows(document)
    offset = document["rows"]["offset"]
    return X @ coef + (0.0 if offset is None else np.array(offset))


def _constant(document: Document, coef: Any) -> float:
    place = document["in_data"]["intercept"]
    return 0.0 if place is None else float(coef[place])


def _mean(document: Document, eta: Any, known: bool = False) -> Any:
    """Return the mean from the table; beyond its end only where it has become flat, if only what is `known` counts."""
    z, mean = (np.array(document["activation"][name], dtype=float) for name in ("z", "mean"))
    found = np.interp(eta, z, mean)
    if known:
        rise = FLAT * np.nanmax(np.abs(np.diff(mean)))
        left, right = abs(mean[1] - mean[0]) > rise, abs(mean[-1] - mean[-2]) > rise
        found = np.where(((eta < z[0]) & left) | ((eta > z[-1]) & right), np.nan, found)
    return found


def _dots(document: Document, ax: Axes, x: Any, y: Any) -> None:
    """Draw rows: ones filled, noughts hollow, all other responses filled."""
    response = np.array(document["rows"]["y"])
    filled = response == 1 if document["model"]["binary"] else np.ones(response.size, dtype=bool)
    for rows, face in ((filled, INK), (~filled, "white")):
        ax.plot(
            x[rows],
            y[rows],
            "o",
            markersize=4.2,
            markerfacecolor=face,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            zorder=4,
        )


def _frame(values: Any) -> tuple[float, float]:
    pad = 0.04 * (values.max() - values.min())
    return float(values.min() - pad), float(values.max() + pad)
