"""Small and middling logistic fits, where the overhead of a call counts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from rows import exact, logistic_rows, newton
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.discrete_model import Logit
from timing import Case, largest_relative, measure, show

from glmnn.data.dataset import InMemory
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit

ROUNDS = 15


def compare(rows: int, columns: int, calls: int) -> None:
    X, y = logistic_rows(rows, columns)
    reference = exact(X, y, newton(X, y))

    def with_glmnn() -> Any:
        return fit(Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y)), Fisher()).coef

    def with_statsmodels() -> Any:
        return Logit(y, X).fit(method="newton", disp=False, tol=1e-12).params

    def with_sklearn() -> Any:
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, fit_intercept=False)
        return model.fit(X, y).coef_

    def error(coef: Any) -> float:
        return largest_relative(coef, reference)

    ours = Case("glmnn Fisher scoring", with_glmnn, error, calls)
    cases = [
        ours,
        Case("numpy, whole-array Newton", lambda: newton(X, y), error, calls),
        Case("statsmodels Logit newton", with_statsmodels, error, calls),
        Case("scikit-learn newton-cholesky", with_sklearn, error, calls),
    ]
    measure(cases, ROUNDS)
    show(f"Logistic, {rows:,} x {columns}; error: largest relative error of a coefficient", cases, ours)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    compare(1_000, 3, calls=20)
    compare(100_000, 20, calls=1)
