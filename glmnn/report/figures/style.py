"""How figures look: colours, dashes and markers of the solvers, axes, names, numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.errors import UsageError, printable, quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Document = Mapping[str, Any]
COLOURS = ("#1552b8", "#bd4205", "#0b6e4f", "#9a1f77", "#7a5200", "#4d47c9", "#0b6a80", "#a3123a")
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1.5, 2)), (0, (7, 2, 1.5, 2)), (0, (9, 3)), (0, (3, 2)), ":", "-.")
MARKERS = ("o", "s", "^", "D", "P", "*", "v", "X")
INK, SOFT, LINE, GRID = "#17202c", "#55606f", "#b9c0ca", "#e9ecf0"
GROUNDS = ("#c3d5f1", "#d3e0f5", "#dce7f7", "#e3ecf9", "#e9f0fa", "#eef3fb", "#f2f6fc", "#f6f8fd", "#f9fafd")
CONTOUR, NEAR, NOWHERE = "#8fa5c8", "#e3f4ec", "#d5d9e0"
UP, DOWN, BAD = "#c2500a", "#1f5fc4", "#b3261e"
ONE, NOUGHT = "#f6c7a4", "#b2cdf3"
GOOD_ZONE, CAREFUL_ZONE, BAD_ZONE = "#cfeadd", "#f8e3b6", "#f6cdc9"
LONGEST = 40  # letters of a name
UNITS = {"iteration": "iterations", "passes": "passes over the data", "seconds": "time of the solver alone, seconds"}
CLOCK = {"iteration": "iterations", "passes": "passes", "seconds": "seconds"}
STYLE: Any = {
    "font.size": 9.0,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.dpi": 120,
    "savefig.dpi": 200,
    "svg.hashsalt": "glmnn",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Drawn:
    """A run as it is drawn up to a moment.

    Attributes
    ----------
    run : mapping
        As in the document.
    colour, dash, marker : object
    last : int
        Place of its last state at or before the moment; -1 before the first.
    """

    run: Mapping[str, Any]
    colour: str
    dash: Any
    marker: str
    last: int

    @property
    def label(self) -> str:
        """What to call it."""
        return shown(self.run["label"])

    @property
    def hollow(self) -> bool:
        """Whether its states are runs of their own."""
        return bool(self.run["kind"] == "restarted")

    def column(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return a column of its states up to the moment, nan where there is no number."""
        return np.array(self.run["states"][name][: self.last + 1], dtype=float)

    def coef(self) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        """Return the coefficients at the moment, the last ones that the document has."""
        known = [vector for vector in self.run["states"]["coef"][: self.last + 1] if vector is not None]
        return np.array(known[-1], dtype=float) if known else None

    def line(self, **more: Any) -> dict[str, Any]:
        """Return how its line looks."""
        return {"color": self.colour, "linestyle": self.dash, "linewidth": 1.5, "label": self.label, **more}

    def mark(self, **more: Any) -> dict[str, Any]:
        """Return how its marker looks."""
        face = "white" if self.hollow else self.colour
        edge = self.colour if self.hollow else "white"
        size = 9.0 if self.marker == "*" else 6.5
        return {
            "marker": self.marker, "markersize": size, "markerfacecolor": face, "markeredgecolor": edge,
            "markeredgewidth": 0.9, "linestyle": "none", **more,
        }  # fmt: skip


def runs_of(document: Document, until: float | None = None, by: str = "iteration") -> list[Drawn]:
    """Return the runs up to a moment: their last state at or before it, never one between two states.

    Raises
    ------
    UsageError
        If there is no such unit.
    """
    if by not in UNITS:
        raise UsageError(f"by {quoted(by)}: use iteration, passes or seconds")
    drawn = []
    for place, run in enumerate(document["runs"]):
        costs = run["states"][by]
        last = len(costs) - 1
        if until is not None:
            last = sum(1 for cost in costs if cost is not None and cost <= until) - 1
        look = place % len(COLOURS)
        drawn.append(Drawn(run, COLOURS[look], DASHES[look], MARKERS[look], last))
    return drawn


def followed(document: Document, solver: str | None, until: float | None, by: str) -> Drawn:
    """Return the run of a solver; without a name the first that is no Fisher scoring.

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    runs = runs_of(document, until, by)
    if solver is None:
        paths = [drawn for drawn in runs if drawn.run["solver"] != "fisher" and drawn.run["kind"] == "path"]
        return (paths or runs)[0]
    for drawn in runs:
        if solver in (drawn.run["solver"], drawn.run["label"]):
            return drawn
    raise UsageError(f"solver {quoted(solver)} is not among {', '.join(drawn.label for drawn in runs)}")


def shown(name: str, most: int = LONGEST) -> str:
    r"""Return a name as a figure shows it: nothing in it is mathematics or a control character, and long ones are cut.

    >>> print(shown("a" * 50)[-2:], shown("$x$"))
    a… \$x\$
    """
    text = printable(name)
    return (text if len(text) <= most else f"{text[: most - 1]}…").replace("$", r"\$")


def moment(until: float | None, by: str) -> str:
    """Return a moment for a title; nothing for the end.

    >>> moment(3, "iteration"), moment(12.5, "passes"), moment(0.001, "seconds"), moment(None, "passes")
    (' at iteration 3', ' after 12.5 passes', ' after 0.001 s', '')
    """
    if until is None:
        return ""
    words = {"iteration": "at iteration {}", "passes": "after {} passes", "seconds": "after {} s"}
    return f" {words[by].format(tick(until))}"


def plain(ax: Axes, title: str, x: str = "", y: str = "") -> None:
    """Give axes their names, and leave out the lines that say nothing."""
    ax.set_title(title)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[["top", "right"]].set_visible(False)


def legend(ax: Axes, runs: Sequence[Drawn], **more: Any) -> None:
    """Name the solvers: line and marker together."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **{**run.mark(), **run.line()}) for run in runs]
    if len(handles) > 1:
        place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.01), "handlelength": 2.6}
        ax.legend(handles=handles, **{**place, **more})


def powers(low: float, high: float) -> Iterator[float]:
    """Yield powers of ten within an interval, at most eight, evenly."""
    first, last = int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9))
    step = max(1, -(-(last - first + 1) // 8))
    yield from (10.0**power for power in range(first, last + 1, step))


def tick(value: float) -> str:
    """Return a tick: 1,000 and 1e-5, no more digits than it has.

    >>> tick(1000.0), tick(1e-05), tick(0.1), tick(0.0)
    ('1,000', '1e-5', '0.1', '0')
    """
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.10g}"
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
