"""The coefficients that stay finite where others do not."""

from __future__ import annotations

from glmnn.diagnostics.inference import infer
from glmnn.diagnostics.separation.verdict import Separation, finite_part
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit


def finite_limits(problem: Problem, separation: Separation) -> dict[str, tuple[float, float]]:
    """Return limit and standard error of the coefficients that stay finite under a quasi-complete separation."""
    if separation.complete or separation.counts is not None or not is_glm(problem):
        return {}
    part, finite = finite_part(problem, separation)
    if not finite:
        return {}
    run = fit(part, Fisher())
    if not run.converged:
        return {}
    inference = infer(part, run.coef, rest=run.rest)
    return {
        name: (float(inference.coef[j]), float(inference.std_error[j]))
        for j, name in enumerate(inference.names)
        if name in finite
    }
