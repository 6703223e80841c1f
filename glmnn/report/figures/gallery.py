"""All figures by name: which of them a document has, one on given axes, all of them in a folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glmnn.errors import UsageError, option, printable, quoted
from glmnn.report.figures import cost, model, neuron
from glmnn.report.figures.path import path
from glmnn.report.figures.style import STYLE, Document
from glmnn.report.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INSTALL = "pip install matplotlib"
FORMATS = ("svg", "pdf", "png")
SQUARE, WIDE, FLAT = (4.9, 4.4), (6.0, 4.0), (6.0, 2.3)
BESIDE = 1.1  # inches for the names of the solvers, beside


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes
    ----------
    draw : callable
        Draws a document on axes.
    needs : str
        The part of the document that it shows.
    size : tuple of float
        Width and height in inches.
    says : str
        What it shows, in a few words.
    """

    draw: Callable[..., None]
    needs: str
    size: tuple[float, float] = WIDE
    says: str = ""


BY_COST = ("distance", "levels", "length", "deviance")  # drawn against iterations, passes and seconds
PICTURES: Mapping[str, Picture] = {
    "path": Picture(path, "plane", SQUARE, "paths over the log-likelihood"),
    "distance": Picture(cost.distance, "distance", WIDE, "distance from the maximum against cost"),
    "levels": Picture(model.levels, "reached", WIDE, "cost to stay within each level"),
    "length": Picture(cost.length, "length", WIDE, "length of the coefficients, without a maximum"),
    "deviance": Picture(cost.deviance, "deviance", WIDE, "deviance against cost, without a maximum"),
    "separation": Picture(model.separation, "separation", WIDE, "rows along the separating direction"),
    "neuron": Picture(neuron.neuron, "activation", WIDE, "rows on the activation of one solver"),
    "data": Picture(neuron.data, "in_data", SQUARE, "the model in the data"),
    "coefficients": Picture(model.coefficients, "coefficients", WIDE, "estimates with their intervals"),
    "pace": Picture(model.pace, "pace", FLAT, "learning rate and its limit"),
    "steps": Picture(model.steps, "pace", WIDE, "steps for one more digit, by direction"),
    "calibration": Picture(model.calibration, "calibration", SQUARE, "observed shares against fitted ones"),
    "roc": Picture(model.roc, "roc", SQUARE, "ROC curve"),
    "residuals": Picture(model.residuals, "residuals", WIDE, "residuals against fitted means"),
    "observed": Picture(model.observed, "residuals", SQUARE, "responses against fitted means"),
    "loss": Picture(cost.loss, "training", WIDE, "loss of a network while it trains"),
    "folds": Picture(cost.folds, "folds", WIDE, "deviance held out, network beside GLM"),
    "network": Picture(neuron.network_means, "training", SQUARE, "means of the network against the GLM's"),
}


def has(document: Document, name: str) -> bool:
    """Say whether a document has what a figure shows."""
    needs, runs = PICTURES[name].needs, document["runs"]
    if needs in ("distance", "length", "deviance"):
        return any(run["states"][needs] is not None for run in runs)
    if needs == "reached":
        return any(entry["iteration"] for run in runs for entry in run["reached"])
    if needs == "coefficients":
        return bool(document[needs]) and any(term["scaled"] for term in document[needs]["terms"])
    if needs == "folds":
        return bool(document["training"] and document["training"]["folds"])
    if needs == "separation":
        return bool(document["separation"] and document["rows"] and document["rows"]["margin"])
    if needs in ("activation", "in_data"):
        return bool(document[needs] and document["rows"] and runs)
    return bool(document[needs])


def draw(document: Document, name: str, ax: Axes | None = None, **how: Any) -> Axes:
    """Draw one figure on given axes, or on new ones, and return them.

    Raises
    ------
    UsageError
        If matplotlib is not installed, or the document does not have what the figure shows.
    """
    require_matplotlib()
    if not has(document, name):
        picture = PICTURES[name]
        why = document["absent"].get(picture.needs, "the result has nothing of the kind")
        raise UsageError(f"no picture {name} ({picture.says}): {why}")
    if ax is not None:
        PICTURES[name].draw(document, ax, **how)
        return ax
    import matplotlib.pyplot as plt

    with _styled():
        _, ax = plt.subplots(figsize=size_of(document, name), layout="constrained")
        PICTURES[name].draw(document, ax, **how)
    return ax


def size_of(document: Document, name: str) -> tuple[float, float]:
    """Return width and height of a figure in inches; those with a row for each term grow with them."""
    width, height = PICTURES[name].size
    several = len(document["runs"]) > 1 and (name != "data" or document["in_data"]["kind"] != "means")
    if several and name in ("path", "data"):
        width += BESIDE
    if name == "coefficients":
        height = 1.2 + 0.26 * min(len(document["coefficients"]["terms"]), model.MOST_TERMS)
    if name == "steps":
        height = 1.2 + 0.26 * min(len(document["pace"]["curvature"]), model.MOST_BARS)
    return width, max(height, 1.9)


def figures(document: Document) -> Iterator[tuple[str, Figure]]:
    """Yield the name of each figure that a document has, and the figure."""
    from matplotlib.figure import Figure

    for name in PICTURES:
        if not has(document, name):
            continue
        for ending, how in {"": {}, **_others(document, name)}.items():
            with _styled():
                figure = Figure(figsize=size_of(document, name), layout="constrained")
                PICTURES[name].draw(document, figure.subplots(), **how)
                yield name + ending, figure


def _others(document: Document, name: str) -> dict[str, dict[str, Any]]:
    """Return what else of a figure there is: iterations of unlike solvers never stand without passes beside them."""
    if name == "path":
        return {"-near": {"near": True}}
    if name not in BY_COST:
        return {}
    return {f"-{unit}": {"by": unit} for unit in ("passes", "seconds") if document["clock"][unit] is not None}


def save_figures(document: Document, folder: str, form: str = "svg") -> list[str]:
    """Write every figure of a document into a folder, each file whole or not at all; return their names.

    Raises
    ------
    UsageError
        If matplotlib is not installed, or a file cannot be written.
    """
    require_matplotlib()
    try:
        Path(folder).mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"{printable(folder)}: {error.strerror or error}") from None
    written = []
    for name, figure in figures(document):
        place = str(Path(folder) / f"{name}.{form}")
        write_whole(place, picture_bytes(figure, form))
        written.append(place)
    return written


def picture_bytes(figure: Figure, form: str) -> bytes:
    """Return a figure as a file of a format; the bytes are the same whenever it is drawn."""
    target = BytesIO()
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    with _styled(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in letters that the font does not have
        figure.savefig(target, format=form, metadata=undated)
    return target.getvalue()


def require_matplotlib() -> None:
    """Refuse to draw without matplotlib.

    Raises
    ------
    UsageError
        With the command that installs it.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError(f"figures need matplotlib: {INSTALL}") from None


def check_figures(folder: str | None, form: str) -> None:
    """Refuse, before any work, a folder that cannot be one, a format that there is not, or figures without matplotlib.

    Raises
    ------
    UsageError
        With the reason.
    """
    if form not in FORMATS:
        raise UsageError(f"{option('figure_format', form)}: use {', '.join(FORMATS)}")
    if folder is None:
        return
    require_matplotlib()
    if not folder or "\0" in folder:
        raise UsageError(f"{option('figures')} {quoted(folder)}: this is no folder name")
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise UsageError(f"{option('figures', folder)}: this is a file; give a folder")
    if not place.exists() and not place.absolute().parent.is_dir():
        raise UsageError(f"{option('figures', folder)}: there is no folder to make it in")
    if not os.access(place if place.exists() else place.absolute().parent, os.W_OK):
        raise UsageError(f"{option('figures', folder)}: the folder is not writable")


@contextmanager
def _styled() -> Iterator[None]:
    """Draw in our style, whatever the user's is, and leave that as it was."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        yield
