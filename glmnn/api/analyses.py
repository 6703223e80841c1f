"""What `glmnn.anova` and `FitResult.drop1` return."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from glmnn.analysing.report import anova_report, tidy_rows
from glmnn.analysing.result import Anova
from glmnn.report.html import notebook_html
from glmnn.report.json import to_json
from glmnn.report.markdown import to_markdown
from glmnn.report.sections import Report
from glmnn.report.terminal import to_text


@dataclass(frozen=True, repr=False, eq=False)
class AnovaResult:
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

    def to_json(self) -> str:
        """Return the document of `glmnn anova --json`."""
        return to_json(self._report)

    def to_markdown(self) -> str:
        """Return the report in Markdown."""
        return to_markdown(self._report)

    def __str__(self) -> str:
        """Return the report of the command line."""
        return to_text(self._report).rstrip("\n")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook_html(self._report)

    @property
    def _report(self) -> Report:
        return anova_report(self.analysis)
