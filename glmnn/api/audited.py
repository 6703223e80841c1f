"""`glmnn.audit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmnn.api.keywords import python_errors, read_given, takes
from glmnn.api.pictured import Pictured, with_sketch
from glmnn.api.reported import Documented
from glmnn.auditing.audit import audit as run
from glmnn.auditing.claims.objects import claim_of_object
from glmnn.auditing.options import AuditOptions
from glmnn.auditing.report import audit_report
from glmnn.auditing.result import AtMaximum, Audit, NotMaximum
from glmnn.errors import UsageError
from glmnn.report.sections import Report

if TYPE_CHECKING:
    from glmnn.pictures.document import PictureDocument


@dataclass(frozen=True, repr=False, eq=False)
class AuditResult(Documented, Pictured):
    """What one audit found. Printed, it is the report of the command line.

    Attributes
    ----------
    audit : Audit
        Everything, as the rest of glmnn has it.
    """

    audit: Audit

    @property
    def is_maximum(self) -> bool:
        """True when the claim is the maximum likelihood estimate, to the digits claimed or within `tol_se`."""
        return int(self.audit.exit) == 0

    @property
    def verdict(self) -> str:
        """The verdict, in a sentence or two."""
        return " ".join(self._report.verdict)

    @property
    def causes(self) -> list[str]:
        """Why the claim is not the maximum, the likeliest cause first."""
        return [cause.says for cause in self.audit.causes]

    @property
    def exit_code(self) -> int:
        """That of the command line: 0 the maximum, 1 not, 3 there is no finite or unique one."""
        return int(self.audit.exit)

    @property
    def distance(self) -> float:
        """Standard errors by which the worst coefficient is off; nan where there is no maximum."""
        match self.audit.finding:
            case AtMaximum(certificate) | NotMaximum(certificate):
                return certificate.distance
        return np.nan

    def to_frame(self) -> pd.DataFrame:
        """Return claimed, maximum, difference, the same in standard errors and digits, by term."""
        columns: dict[str, Any] = {"term": list(self.audit.estimate.design.data.names), "claimed": self.audit.claimed}
        columns |= dict.fromkeys(("maximum", "std.error", "difference", "in_std_errors", "digits"), np.nan)
        match self.audit.finding:
            case AtMaximum(found) | NotMaximum(found):
                columns |= {"maximum": found.maximum, "std.error": found.std_error, "difference": found.difference}
                columns |= {"in_std_errors": found.in_std_errors, "digits": found.digits}
        return pd.DataFrame(columns)

    def _repr_html_(self) -> str:
        from glmnn.auditing.pictures import subject_of

        return with_sketch(self._report, subject_of(self.audit))

    def _pictures(self, plane: str | None, rows: int) -> PictureDocument:
        from glmnn.auditing.pictures import to_pictures

        return to_pictures(self.audit, plane, rows=rows)

    @property
    def _report(self) -> Report:
        return audit_report(self.audit)


@takes(AuditOptions)
def audit(
    data: Any, coef: Any, y: Any = None, *, names: Sequence[str] | None = None, client: Any = None, **options: Any
) -> AuditResult:
    """Say whether claimed coefficients are the maximum likelihood estimate, and why not.

    Parameters
    ----------
    data : path, DataFrame, mapping of columns, or array of shape (rows, p) or (rows,)
        As for `glmnn.fit`.
    coef : mapping of term to value, Series, array of shape (p,), result, frame with term and estimate, path, or text
        The claim; or a fitted object: an estimator or a pipeline of scikit-learn, a result of statsmodels, an estimator
        of glum, a single neuron of PyTorch or Keras. Nothing of it is unpickled or run. Values without names follow the
        order of the design, the intercept first. Numbers of Python are taken with the digits that they print: 0.4783
        claims four decimals.
    y : str or array of shape (rows,), optional
        The response: a column of the data, or an array beside them.
    names : list of str, optional
        Names of the columns of an array; without it x1, x2, ...
    client : distributed.Client, optional
        Of a Dask cluster, whose workers read the files; a dask frame without one is on the current client.
    OPTIONS

    Returns
    -------
    AuditResult

    Raises
    ------
    GlmnnError
        If data, claim and options do not fit together.

    Examples
    --------
    >>> import glmnn
    >>> primes = {"x": [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}
    >>> glmnn.audit(primes, {"(Intercept)": -3.5491, "x": 0.5518}).verdict
    'The maximum likelihood estimate, correctly rounded to 4 decimals (proved).'
    >>> result = glmnn.audit(primes, {"(Intercept)": -3.1121, "x": 0.4783})
    >>> result.is_maximum, round(result.distance, 2)
    (False, 0.17)
    >>> result.causes[0][:76]
    'an L2 penalty, lambda = 1 (without the intercept): C = 1 in scikit-learn, al'
    """
    with python_errors():
        table, chosen = read_given(AuditOptions, data, y, names, options, client)
        claim = claim_of_object(coef, chosen.max_unpacked)
        if not np.all(np.isfinite(claim.values)):
            raise UsageError("coef must be finite numbers")
        return AuditResult(run(chosen, table, claim))
