"""The pictures of a result on axes of matplotlib, which is loaded when one is drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from glmnn.api.keywords import python_errors
from glmnn.errors import UsageError, quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Plots:
    """The pictures of a result: each is drawn on the axes given, or on new ones, and returns them.

    Needs matplotlib (pip install matplotlib). What is not there, as a path without a maximum, says why.

    Attributes
    ----------
    make : callable
        (plane) -> the picture document as plain values; it is made when first asked for, and kept.
    """

    make: Callable[[str | None], Document] = field(repr=False)
    made: dict[str | None, Document] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures that there are of this result."""
        from glmnn.report.figures.gallery import PICTURES, has

        return tuple(name for name in PICTURES if has(self._document(), name))

    def path(
        self,
        ax: Axes | None = None,
        *,
        plane: tuple[str, str] | None = None,
        until: float | None = None,
        by: str = "iteration",
        near: bool = False,
    ) -> Axes:
        """Draw the way of every solver over the log-likelihood, contours in standard errors, the 95 % region dashed.

        Parameters
        ----------
        ax : Axes, optional
            To draw on.
        plane : (str, str), optional
            Two coefficients; the others follow as in a profile. By default the directions in which the paths moved.
        until : float, optional
            A moment: the markers stand at the last state at or before it.
        by : str
            What `until` counts: iteration, passes or seconds.
        near : bool
            Show 4 standard errors about the maximum, not the whole path.

        Raises
        ------
        GlmnnError
            If there is no maximum, no such coefficient, or no matplotlib.
        """
        return self._drawn("path", ax, plane=plane, until=until, by=by, near=near)

    def distance(self, ax: Axes | None = None, *, until: float | None = None, by: str = "iteration") -> Axes:
        """Draw the distance from the maximum, in standard errors, against iterations, passes or seconds."""
        return self._drawn("distance", ax, until=until, by=by)

    def levels(self, ax: Axes | None = None, *, by: str = "iteration") -> Axes:
        """Draw what it cost each solver to stay within each level of distance."""
        return self._drawn("levels", ax, by=by)

    def coefficients(self, ax: Axes | None = None, *, ratios: bool = False) -> Axes:
        """Draw the estimates with their intervals, times the standard deviation of the column; or odds ratios."""
        return self._drawn("coefficients", ax, ratios=ratios)

    def neuron(
        self, ax: Axes | None = None, *, solver: str | None = None, until: float | None = None, by: str = "iteration"
    ) -> Axes:
        """Draw the rows on the activation, each with the error that is sent back, at a moment of one solver."""
        return self._drawn("neuron", ax, solver=solver, until=until, by=by)

    def data(
        self, ax: Axes | None = None, *, solver: str | None = None, until: float | None = None, by: str = "iteration"
    ) -> Axes:
        """Draw the model in the data: a fitted curve, the line of 50 %, or means against those at the maximum."""
        return self._drawn("data", ax, solver=solver, until=until, by=by)

    def pace(self, ax: Axes | None = None) -> Axes:
        """Draw the learning rate of gradient descent in the zones that its size means."""
        return self._drawn("pace", ax)

    def steps(self, ax: Axes | None = None) -> Axes:
        """Draw the steps that gradient descent takes for one more digit, direction by direction."""
        return self._drawn("steps", ax)

    def calibration(self, ax: Axes | None = None) -> Axes:
        """Draw observed shares against fitted ones in ten groups, with exact intervals."""
        return self._drawn("calibration", ax)

    def roc(self, ax: Axes | None = None) -> Axes:
        """Draw the ROC curve with the area under it."""
        return self._drawn("roc", ax)

    def residuals(self, ax: Axes | None = None) -> Axes:
        """Draw quantile residuals against fitted means."""
        return self._drawn("residuals", ax)

    def observed(self, ax: Axes | None = None) -> Axes:
        """Draw responses against fitted means."""
        return self._drawn("observed", ax)

    def separation(self, ax: Axes | None = None) -> Axes:
        """Draw the rows along the direction that separates them, where there is no maximum."""
        return self._drawn("separation", ax)

    def length(self, ax: Axes | None = None, *, until: float | None = None, by: str = "iteration") -> Axes:
        """Draw how the coefficients run away, where there is no maximum."""
        return self._drawn("length", ax, until=until, by=by)

    def deviance(self, ax: Axes | None = None, *, until: float | None = None, by: str = "iteration") -> Axes:
        """Draw the deviance against cost, where there is no maximum."""
        return self._drawn("deviance", ax, until=until, by=by)

    def loss(self, ax: Axes | None = None) -> Axes:
        """Draw the loss of a network while it trains, on rows trained on and held out."""
        return self._drawn("loss", ax)

    def folds(self, ax: Axes | None = None) -> Axes:
        """Draw the deviance of each fold that was held out, network beside GLM."""
        return self._drawn("folds", ax)

    def network(self, ax: Axes | None = None) -> Axes:
        """Draw the fitted means of a network against those of the GLM."""
        return self._drawn("network", ax)

    def save(
        self,
        folder: str | os.PathLike[str],
        format: str = "svg",  # noqa: A002
        *,
        plane: tuple[str, str] | None = None,
    ) -> list[str]:
        """Write every picture into a folder, as svg, pdf or png, and return the names of the files."""
        from glmnn.report.figures.gallery import check_figures, save_figures

        with python_errors():
            check_figures(os.fspath(folder), format)
            return save_figures(self._document(plane), os.fspath(folder), format)

    def _drawn(self, name: str, ax: Axes | None, plane: tuple[str, str] | None = None, **how: Any) -> Axes:
        from glmnn.report.figures.gallery import draw, require_matplotlib

        with python_errors():
            require_matplotlib()  # before any work
            return draw(self._document(plane), name, ax, **how)

    def _document(self, plane: tuple[str, str] | None = None) -> Document:
        if plane is not None and (isinstance(plane, str) or len(plane) != 2):
            raise UsageError(f"plane {quoted(plane)}: give two coefficients, as ('x1', 'x2')")
        pair = None if plane is None else ",".join(plane)
        if pair not in self.made:
            self.made[pair] = self.make(pair)
        return self.made[pair]
