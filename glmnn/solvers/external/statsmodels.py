"""statsmodels' GLM, stopped by its own rule."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.solvers.external.library import ENOUGH, Declined, whole_of
from glmnn.solvers.steps import Step

PARAMETERS = {"negative_binomial": "alpha", "tweedie": "var_power"}


@dataclass(frozen=True)
class Statsmodels:
    """`statsmodels.GLM(...).fit()`: IRLS that stops when the deviance changes by less than 1e-8."""

    name: str = "statsmodels"
    max_iter: int = 100  # statsmodels' default
    stops_itself: bool = True
    tolerance: float = 1e-8  # likewise

    def __post_init__(self) -> None:
        """Load the library, which takes longer than most fits and is no part of them."""
        import statsmodels.genmod.generalized_linear_model  # noqa: F401

    @property
    def meaning(self) -> str:
        """What the tolerance bounds."""
        return f"tol={self.tolerance:g} bounds the change of the deviance in one iteration"

    def at(self, tolerance: float) -> Statsmodels:
        """Return the same with another tolerance."""
        return replace(self, tolerance=tolerance, max_iter=max(self.max_iter, ENOUGH))

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the states that statsmodels recorded, after its run."""
        if problem.penalty is not None:
            return  # its penalised fits are other models than these
        if problem.model.outputs > 1:
            yield from _multinomial(problem, start)
            return
        try:
            result = self.result(problem, start)
        except (ValueError, np.linalg.LinAlgError):
            return  # it refuses, for example when its start leaves the domain of the link
        history = result.fit_history["params"]
        problem.passes += result.fit_history["iteration"]
        first = result.fit_history["iteration"] - len(history) + 1
        for iteration, coef in enumerate(history, first):
            if np.ndim(coef):
                yield Step(iteration, np.asarray(coef, dtype=float))

    def result(self, problem: Problem, start: Array | None = None) -> Any:
        """Return statsmodels' own result object."""
        from statsmodels.genmod.generalized_linear_model import GLM as StatsmodelsGLM

        whole = whole_of(problem)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            with problem.setup():
                theirs = StatsmodelsGLM(
                    whole.y,
                    whole.X,
                    family=_family(problem.glm),
                    offset=whole.offset if whole.offset.any() else None,
                    var_weights=whole.prior_weight,
                )
            return theirs.fit(start_params=start, maxiter=self.max_iter, tol=self.tolerance)


def _multinomial(problem: Problem, start: Array | None) -> Iterator[Step]:
    """Yield the states of `statsmodels.MNLogit(...).fit()`, Newton's method by its own rule."""
    from statsmodels.discrete.discrete_model import MNLogit

    whole = whole_of(problem)
    if np.any(whole.prior_weight != 1.0):
        return  # it has no weights
    shape = (whole.X.shape[1], -1)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            began = None if start is None else start.reshape(-1, shape[0]).T.ravel(order="F")
            with problem.setup():
                theirs = MNLogit(whole.y, whole.X)
            fitted = theirs.fit(start_params=began, disp=False, retall=True)
        except (ValueError, np.linalg.LinAlgError):
            return
    history = [
        np.asarray(state, dtype=float)
        for state in fitted.mle_retvals["allvecs"]
        if np.size(state) == len(problem.names)
    ]
    states = [state.reshape(shape, order="F").T.ravel() for state in history]
    problem.passes += fitted.mle_retvals["iterations"]
    for iteration, coef in enumerate(states, fitted.mle_retvals["iterations"] + 1 - len(states)):
        yield Step(iteration, coef)


def _family(model: GLM) -> Any:
    from statsmodels.genmod import families

    links = families.links
    link = {
        "identity": links.Identity, "log": links.Log, "logit": links.Logit, "probit": links.Probit,
        "cloglog": links.CLogLog, "loglog": links.LogLog, "cauchit": links.Cauchy, "inverse": links.InversePower,
        "inverse_squared": links.InverseSquared, "sqrt": links.Sqrt,
    }  # fmt: skip
    family = {
        "gaussian": families.Gaussian, "binomial": families.Binomial, "poisson": families.Poisson,
        "gamma": families.Gamma, "inverse_gaussian": families.InverseGaussian,
        "negative_binomial": families.NegativeBinomial, "tweedie": families.Tweedie,
    }  # fmt: skip
    kind, value, name, exponent = model.family.kind, model.family.parameter, model.link.name, model.link.exponent
    if kind not in family:
        raise Declined(f"statsmodels has no {kind} family here")
    if name not in link and exponent is None:
        raise Declined(f"statsmodels has no {name} link here")
    chosen = link[name]() if name in link else links.Power(exponent)
    given = {} if value is None else {PARAMETERS[kind]: value}
    # whether a pair makes sense has been decided already
    return family[kind](link=chosen, check_link=False, **given)
