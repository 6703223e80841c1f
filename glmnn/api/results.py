"""What `glmnn.fit` returns. What a report needs is loaded with the report, for few look at more than numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.api.keywords import python_errors
from glmnn.api.pictured import Pictured, with_sketch
from glmnn.api.reported import Documented
from glmnn.api.rows import Rowed
from glmnn.arrays import Array
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Maximum, OnBoundary, Separated

if TYPE_CHECKING:
    import pandas as pd

    from glmnn.api.anova_result import AnovaResult
    from glmnn.api.effects_result import EffectsResult
    from glmnn.api.predicted import PredictResult, SavedModel
    from glmnn.pictures.document import PictureDocument
    from glmnn.report.sections import Report

INFERRED = {  # columns of broom, and where they come from
    "std.error": "std_error", "statistic": "statistic", "p.value": "p_value", "conf.low": "low", "conf.high": "high",
}  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class FitResult(Documented, Rowed, Pictured):
    """What one fit found. Printed, it is the report of the command line.

    Where there is no maximum, or it was not found, estimates and statistics are nan and `verdict` says why; an
    aliased term has nan for itself. On the boundary of the model there are estimates, but no inference.

    Attributes
    ----------
    comparison : SolverComparison
        Everything, as the rest of glmnn has it.
    """

    comparison: SolverComparison

    @property
    def coef(self) -> pd.Series[float]:
        """Estimates by term: the maximum, from Fisher scoring, whichever solvers were asked for."""
        match self.comparison.estimate.outcome:
            case OnBoundary(boundary):
                return self._series(boundary.coef, "coef")
        return self._inferred("coef")

    @property
    def std_error(self) -> pd.Series[float]:
        """Standard errors by term."""
        return self._inferred("std_error")

    @property
    def p_value(self) -> pd.Series[float]:
        """P values by term: of z where the dispersion is known, else of t."""
        return self._inferred("p_value")

    @property
    def interval(self) -> pd.DataFrame:
        """Lower and upper ends of the intervals by term."""
        return self.to_frame().set_index("term")[["conf.low", "conf.high"]]

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance matrix of the estimates."""
        from glmnn.api.frames import covariance_of

        return covariance_of(self.comparison)

    @property
    def coef_by_solver(self) -> pd.DataFrame:
        """Where each solver stopped: terms by solvers."""
        import pandas as pd

        return pd.DataFrame({run.solver: self._series(run.coef, run.solver) for run in self.comparison.fits})

    @property
    def solvers(self) -> pd.DataFrame:
        """What each solver cost and reached; distance from the maximum is in standard errors."""
        from glmnn.api.frames import frame_of_solvers

        return frame_of_solvers(self.comparison)

    @property
    def deviance(self) -> float:
        """Residual deviance."""
        outcome = self.comparison.estimate.outcome
        return outcome.boundary.deviance if isinstance(outcome, OnBoundary) else self._statistic("deviance")

    @property
    def null_deviance(self) -> float:
        """Deviance of the model without features."""
        return self._statistic("null_deviance")

    @property
    def df_residual(self) -> int:
        """Observations (with frequencies their sum, for classes once for each but the base) minus coefficients."""
        from glmnn.diagnostics.robust import residual_df

        return residual_df(self.comparison.estimate.problem, self.comparison.spec.options.weights_type == "freq")

    @property
    def dispersion(self) -> float:
        """1 where the family knows it, else Pearson's chi-squared / df_residual."""
        return self._statistic("dispersion")

    @property
    def loglik(self) -> float:
        """Log-likelihood."""
        return self._statistic("log_likelihood")

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self._statistic("aic")

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return self._statistic("bic")

    @property
    def converged(self) -> bool:
        """True when there is a maximum inside the domain and every solver converged."""
        return not self.comparison.estimate.lost and all(fitted.converged for fitted in self.comparison.fits)

    @property
    def agrees(self) -> bool:
        """True when there is a maximum and every solver agrees with it."""
        return bool(self.solvers["agrees"].all())

    @property
    def exit_code(self) -> int:
        """What the command line would exit with: 0 if all is well."""
        return int(self.comparison.exit)

    @property
    def verdict(self) -> str:
        """The first words of the report."""
        return "\n".join(self._report.verdict)

    @property
    def separation(self) -> str:
        """The line that separates the data and what follows from it; empty where there is none."""
        from glmnn.fitting.report import separation_lines

        outcome, drifts = self.comparison.estimate.outcome, self.comparison.drifts
        lines = separation_lines(self.comparison.estimate, outcome, drifts) if isinstance(outcome, Separated) else []
        return "\n".join(lines)

    @property
    def aliased(self) -> tuple[str, ...]:
        """Terms left out, each as the combination of others that it is."""
        return tuple(map(str, self.comparison.estimate.aliases))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know of data and model: rows left out, levels and the like."""
        return self.comparison.estimate.notes

    def drop1(self) -> AnovaResult:
        """Return a test of each term that can be dropped: terms inside an interaction stay."""
        from glmnn.api.anova_result import drop1

        return drop1(self.comparison)

    def effects(
        self,
        variables: str | list[str] | None = None,
        *,
        at: str = "data",
        type: str = "mean",  # noqa: A002
    ) -> EffectsResult:
        """Return average marginal effects and marginal means of some columns, or of all; see `EffectsResult`."""
        from glmnn.api.effects_result import effects

        return effects(self.comparison, variables, at, type)

    def predict(self, data: Any, *, names: Sequence[str] | None = None, **options: Any) -> PredictResult:
        """Return what the model says of other rows, as `SavedModel.predict` does."""
        with python_errors():
            return self._saved().predict(data, names=names, **options)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a JSON file, which `glmnn.load` and `glmnn predict` read.

        Raises
        ------
        GlmnnError
            If there is no maximum to save, or the file cannot be written.
        """
        from glmnn.report.files import write_whole

        write_whole(os.fspath(path), self._saved().to_json())

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each term, in broom's columns."""
        import pandas as pd

        columns = {name: self._inferred(source).to_numpy() for name, source in INFERRED.items()}
        return pd.DataFrame({"term": self.comparison.estimate.terms, "estimate": self.coef.to_numpy(), **columns})

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain values; `glmnn schema fit` describes it."""
        return dict(json.loads(self.to_json()))

    def _repr_html_(self) -> str:
        from glmnn.fitting.pictures import subject_of

        return with_sketch(self._report, subject_of(self.comparison))

    def _pictures(self, plane: str | None, rows: int) -> PictureDocument:
        from glmnn.fitting.pictures import to_pictures

        return to_pictures(self.comparison, plane, rows=rows)

    @property
    def _report(self) -> Report:
        from glmnn.fitting.report import fit_report

        return fit_report(self.comparison)

    def _saved(self) -> SavedModel:
        from glmnn.api.predicted import SavedModel
        from glmnn.predicting.file import make_model
        from glmnn.report.json import versions

        return SavedModel(make_model(self.comparison, versions()))

    def _series(self, values: Array, name: str) -> pd.Series[float]:
        import pandas as pd

        estimate = self.comparison.estimate
        series = pd.Series(values, list(estimate.design.data.names), name=name, dtype=float)
        return series.reindex(list(estimate.terms))

    def _inferred(self, name: str) -> pd.Series[float]:
        estimate = self.comparison.estimate
        has_maximum = isinstance(estimate.outcome, Maximum)
        count = len(estimate.design.data.names)
        return self._series(getattr(estimate.maximum, name) if has_maximum else np.full(count, np.nan), name)

    def _statistic(self, name: str) -> float:
        estimate = self.comparison.estimate
        return float(getattr(estimate.maximum, name)) if isinstance(estimate.outcome, Maximum) else float("nan")
