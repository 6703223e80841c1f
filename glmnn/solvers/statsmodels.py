"""statsmodels' GLM, stopped by its own rule."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glmnn.errors import UsageError
from glmnn.models.glm import GLM
from glmnn.models.links import Array
from glmnn.problem import Problem
from glmnn.solvers.steps import Step


@dataclass(frozen=True)
class Statsmodels:
    """`statsmodels.GLM(...).fit()`: IRLS that stops when the deviance changes by less than 1e-8."""

    name: str = "statsmodels"
    max_iter: int = 100  # statsmodels' default
    stops_itself: bool = True

    def __post_init__(self) -> None:
        """Load the library, which takes longer than most fits and is no part of them."""
        import statsmodels.genmod.generalized_linear_model  # noqa: F401

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the states that statsmodels recorded, after its run."""
        if problem.penalty is not None:
            return  # its penalised fits are other models than these
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

        whole = problem.data.whole
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            theirs = StatsmodelsGLM(
                whole.y,
                whole.X,
                family=_family(problem.model),
                offset=whole.offset if whole.offset.any() else None,
                var_weights=whole.prior_weight,
            )
            return theirs.fit(start_params=start, maxiter=self.max_iter)


def _family(model: GLM) -> Any:
    from statsmodels.genmod import families

    links = families.links
    link = {
        "identity": links.Identity, "log": links.Log, "logit": links.Logit, "probit": links.Probit,
        "cloglog": links.CLogLog, "loglog": links.LogLog, "cauchit": links.Cauchy, "inverse": links.InversePower,
        "inverse_squared": links.InverseSquared, "sqrt": links.Sqrt,
    }  # fmt: skip
    name, _, parameter = model.family.name.partition("(")
    value = float(parameter.rstrip(")")) if parameter else None
    if model.link.name.startswith("power("):
        chosen = links.Power(float(model.link.name[6:-1]))
    else:
        chosen = link[model.link.name]()
    given = {"link": chosen, "check_link": False}  # whether a pair makes sense has been decided already
    match name:
        case "gaussian":
            return families.Gaussian(**given)
        case "binomial":
            return families.Binomial(**given)
        case "poisson":
            return families.Poisson(**given)
        case "gamma":
            return families.Gamma(**given)
        case "inverse_gaussian":
            return families.InverseGaussian(**given)
        case "negative_binomial":
            return families.NegativeBinomial(alpha=value, **given)
        case "tweedie":
            return families.Tweedie(var_power=value, **given)
    raise UsageError(f"statsmodels has no {name} family here")
