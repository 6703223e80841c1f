"""The logistic maximum likelihood estimate with standard errors for 1,000,000 x 20 in memory."""

from __future__ import annotations

import tracemalloc
import warnings
from typing import Any

import numpy as np
import statsmodels.api as sm
from glum import GeneralizedLinearRegressor
from rows import exact, logistic_rows, newton
from sklearn.linear_model import LogisticRegression
from timing import Case, largest_relative, measure, show

from glmnn.data.dataset import InMemory
from glmnn.diagnostics.inference import infer
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit

ROWS, COLUMNS, ROUNDS = 1_000_000, 20, 7
X, y = logistic_rows(ROWS, COLUMNS)
features = X[:, 1:].copy()  # scikit-learn and glum do best with an intercept of their own, glum with columns
by_column = np.asfortranarray(features)


def with_glmnn() -> Any:
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y))
    run = fit(problem, Fisher())
    return run.coef, infer(problem, run.coef).std_error


def with_glmnn_fit_alone() -> Any:
    return (fit(Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y)), Fisher()).coef,)


def with_sklearn(solver: str, tol: float) -> Any:
    model = LogisticRegression(C=np.inf, solver=solver, tol=tol, max_iter=1_000).fit(features, y)
    return (np.append(model.intercept_, model.coef_),)


def with_glum(std_errors: bool) -> Any:
    # below 1e-9 its line search stalls in the rounding of the deviance, ten times slower for one digit more
    model = GeneralizedLinearRegressor(family="binomial", alpha=0, solver="irls-ls", gradient_tol=1e-9)
    model.fit(by_column, y)
    if std_errors:
        model.std_errors(by_column, y, dispersion=1.0, robust=False)
    return (np.append(model.intercept_, model.coef_),)


def with_statsmodels() -> Any:
    result = sm.GLM(y, X, family=sm.families.Binomial()).fit(tol=1e-12)
    return result.params, result.bse


def with_numpy() -> Any:
    return (newton(X, y),)


def peak(run: Any) -> float:
    """Return the most memory that a call holds at once, as a part of that of X."""
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / X.nbytes


def main() -> None:
    warnings.simplefilter("ignore")
    reference = exact(X, y, newton(X, y))

    def error(result: Any) -> float:
        return largest_relative(result[0], reference)

    ours = Case("glmnn, fit and standard errors", with_glmnn, error)
    statsmodels = Case("statsmodels GLM, with standard errors", with_statsmodels, error, most=2)
    cases = [
        ours,
        Case("glmnn, fit alone", with_glmnn_fit_alone, error),
        Case("scikit-learn newton-cholesky", lambda: with_sklearn("newton-cholesky", 1e-10), error),
        Case("scikit-learn lbfgs", lambda: with_sklearn("lbfgs", 1e-9), error),
        Case("glum irls-ls", lambda: with_glum(False), error),
        Case("glum irls-ls and standard errors", lambda: with_glum(True), error),
        statsmodels,
        Case("numpy, whole-array Newton", with_numpy, error),
    ]
    measure(cases, ROUNDS)
    show("Logistic, 1,000,000 x 20; error: largest relative error of a coefficient", cases, ours)
    gap = largest_relative(ours.results[-1][1], statsmodels.results[-1][1])
    print(f"\nlargest relative difference of the standard errors from statsmodels': {gap:.1e}")
    print(
        f"peak memory beyond X, as a part of X: fit {peak(with_glmnn_fit_alone):.2f}, "
        f"with standard errors {peak(with_glmnn):.2f}"
    )


if __name__ == "__main__":
    main()
