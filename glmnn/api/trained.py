"""What `glmnn.fit(..., hidden=...)` returns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from glmnn.api.keywords import python_errors
from glmnn.api.pictured import Pictured
from glmnn.api.reported import Documented
from glmnn.data.table import Table
from glmnn.fitting.options import FitOptions
from glmnn.networks.compare import NetworkComparison, run_hidden
from glmnn.networks.document import parameter_rows
from glmnn.networks.plan import make_blueprint

if TYPE_CHECKING:
    from glmnn.api.predicted import PredictResult, SavedModel
    from glmnn.pictures.document import PictureDocument
    from glmnn.report.sections import Report


def train(options: FitOptions, table: Table) -> NetworkResult:
    """Train the network that the options describe, and compare it with the GLM."""
    return NetworkResult(run_hidden(make_blueprint(options), table))


@dataclass(frozen=True, repr=False, eq=False)
class NetworkResult(Documented, Pictured):
    """A network that was trained, beside the GLM that it contains. Printed, it is the report of the command line.

    Attributes
    ----------
    comparison : NetworkComparison
        Everything, as the rest of glmnn has it.
    """

    comparison: NetworkComparison

    @property
    def verdict(self) -> str:
        """The last words of the report: whether the hidden layers improve held-out deviance."""
        from glmnn.networks.verdict import verdict_lines

        return "\n".join(verdict_lines(self.comparison))

    @property
    def exit_code(self) -> int:
        """What the command line would exit with: 0 if all is well."""
        return int(self.comparison.exit)

    @property
    def measures(self) -> pd.DataFrame:
        """How well GLM and network fit, by measure: on all rows, and with `cv` on those held out."""
        columns = {}
        for name, score in (("glm", self.comparison.glm), ("network", self.comparison.network)):
            columns[f"{name}"] = pd.Series(score.fitted, dtype=float)
            if score.held_out:
                columns[f"{name}, held out"] = pd.Series(score.held_out, dtype=float)
        return pd.DataFrame(columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know of data and model."""
        return self.comparison.notes

    def to_frame(self) -> pd.DataFrame:
        """Return weights and biases, a row for each, for columns in the units of the data."""
        names, *rows = parameter_rows(self.comparison)
        return pd.DataFrame(rows, columns=[str(name) for name in names])

    def predict(self, data: Any, *, names: Sequence[str] | None = None, **options: Any) -> PredictResult:
        """Return what the network says of other rows, as `SavedModel.predict` does."""
        with python_errors():
            return self._saved().predict(data, names=names, **options)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a JSON file, which `glmnn.load` and `glmnn predict` read."""
        from glmnn.report.files import write_whole

        write_whole(os.fspath(path), self._saved().to_json())

    def _saved(self) -> SavedModel:
        from glmnn.api.predicted import SavedModel
        from glmnn.predicting.file import make_model
        from glmnn.report.json import versions

        return SavedModel(make_model(self.comparison, versions()))

    def _pictures(self, plane: str | None, rows: int) -> PictureDocument:
        from glmnn.networks.pictures import to_pictures

        return to_pictures(self.comparison, plane, rows=rows)

    @property
    def _report(self) -> Report:
        from glmnn.networks.report import network_report

        return network_report(self.comparison)
