"""What `FitResult.effects` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from glmnn.api.keywords import python_errors
from glmnn.api.reported import Documented
from glmnn.effects.marginal import check_effects, effects_of
from glmnn.effects.options import of_model
from glmnn.effects.report import effects_report, tidy_rows
from glmnn.effects.result import Effects
from glmnn.fitting.compare import SolverComparison
from glmnn.report.sections import Report


@dataclass(frozen=True, repr=False, eq=False)
class EffectsResult(Documented):
    """Average marginal effects and marginal means. Printed, it is the report of the command line.

    Attributes
    ----------
    found : Effects
        Everything, as the rest of glmnn has it.

    Examples
    --------
    >>> import glmnn
    >>> fit = glmnn.fit("data/infertility.csv", formula="case ~ age + education + spontaneous", solver="fisher")
    >>> fit.effects(["age", "education"]).effects.iloc[:, :4].round(4)
            term          contrast  estimate  std.error
    0        age             dY/dX    0.0025     0.0056
    1  education   12+yrs - 0-5yrs   -0.0331     0.1420
    2  education  6-11yrs - 0-5yrs   -0.0230     0.1391
    """

    found: Effects

    @property
    def effects(self) -> pd.DataFrame:
        """Slopes of numbers and contrasts of factors, in the columns of marginaleffects for R."""
        return self._part("effect")

    @property
    def means(self) -> pd.DataFrame:
        """Marginal means of factors; `contrast` is the level."""
        return self._part("mean")

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each average: `kind` says whether it is an effect or a mean; `group` is a class."""
        names, *rows = tidy_rows(self.found)
        frame = pd.DataFrame(rows, columns=[str(name) for name in names])
        return frame.assign(**{name: pd.to_numeric(frame[name]) for name in frame.columns[4:]})

    def _part(self, kind: str) -> pd.DataFrame:
        frame = self.to_frame()
        frame = frame[frame["kind"] == kind].drop(columns="kind").reset_index(drop=True)
        return frame if self.found.estimate.model.labels else frame.drop(columns="group")

    @property
    def _report(self) -> Report:
        return effects_report(self.found)


def effects(
    comparison: SolverComparison,
    variables: str | Sequence[str] | None,
    at: str,
    type: str,  # noqa: A002
) -> EffectsResult:
    """Return the average marginal effects and marginal means of a fit, with its covariance.

    Parameters
    ----------
    comparison : SolverComparison
    variables : str or list of str, or None
        Columns whose effects are asked for; None for all of the model.
    at : str
        data: average over the rows; grid: over the reference grid, which has numbers at their mean and each
        combination of levels once.
    type : str
        Effects on the mean, or on the link for the linear predictor.

    Raises
    ------
    NoMaximum
        If there is no finite, unique maximum.
    GlmnnError
        If there is no such column.
    """
    with python_errors():
        names = [variables] if isinstance(variables, str) else list(variables or ())
        options = of_model(comparison.spec.options, names, at, type)
        check_effects(options)
        return EffectsResult(effects_of(comparison.estimate, options))
