"""What `glmnn.anova` and `FitResult.drop1` return."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from glmnn.analysing.report import anova_report, tidy_rows
from glmnn.analysing.result import Anova, Kind
from glmnn.analysing.terms import analyse_terms
from glmnn.api.keywords import python_errors
from glmnn.api.reported import Documented
from glmnn.fitting.compare import SolverComparison
from glmnn.report.sections import Report


@dataclass(frozen=True, repr=False, eq=False)
class AnovaResult(Documented):
    """What an analysis of deviance found. Printed, it is the report of the command line.

    Attributes
    ----------
    analysis : Anova
        Everything, as the rest of glmnn has it.
    """

    analysis: Anova

    @property
    def p_value(self) -> pd.Series[float]:
        """P values by term or formula, without the row that has no test."""
        return self.to_frame().set_index("term")["p.value"].iloc[1:]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each model, in broom's columns; where there is no number, nan."""
        names, *rows = tidy_rows(self.analysis)
        frame = pd.DataFrame(rows, columns=[str(name) for name in names])
        return frame.assign(**{name: pd.to_numeric(frame[name]) for name in frame.columns[1:]})

    @property
    def _report(self) -> Report:
        return anova_report(self.analysis)


def drop1(comparison: SolverComparison) -> AnovaResult:
    """Return a test of each term that can be dropped from a model, as R's drop1 has them.

    Raises
    ------
    NoMaximum
        If there is no finite maximum.
    GlmnnError
        If the fit is penalised or robust.
    """
    with python_errors():
        return AnovaResult(analyse_terms(comparison.spec.options, comparison.estimate.table, Kind.DROP1))
