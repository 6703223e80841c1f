"""Why gradient descent takes the steps it takes: curvature, stable learning rate, predicted steps."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, log, sqrt

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Fit
from glmnn.solvers.rule_options import rule_of
from glmnn.solvers.scaling import Curvature, curvature


@dataclass(frozen=True)
class ConvergenceRate:
    """What set the pace of one gradient run.

    Attributes
    ----------
    solver : str
    lr : float
        Learning rate used.
    standardized : bool
        Whether the rule ran on standardised columns; `used` is the curvature there.
    used, raw, standard : Curvature
        Of the mean loss at the maximum: as the run saw it, in the data's columns, in standardised ones.
    predicted : float
        Steps that a constant rate needs by the slowest direction, nan where that theory does not apply.
    actual : int
    """

    solver: str
    lr: float
    standardized: bool
    used: Curvature
    raw: Curvature
    standard: Curvature
    predicted: float
    actual: int

    @property
    def stable(self) -> bool:
        """Whether the learning rate is below the largest stable one."""
        return self.lr < self.used.largest_stable_lr

    @property
    def overshoots(self) -> bool:
        """Whether the steps overshoot, which those of the size of the rate do whatever the curvature."""
        return not (self.stable or rule_of(self.solver).scale_free)

    def advice(self, tol_factor: float) -> list[str]:
        """Return what would make the run faster, with predicted steps."""
        lines = []
        if not self.standardized and self.standard.largest > 0:
            best = 2.0 / (self.standard.largest + self.standard.smallest)
            steps = self.standard.steps_to(tol_factor, best)
            lines.append(
                f"standardised columns (--lr auto): condition number {self.standard.condition:.3g}, "
                f"about {steps:,.0f} steps"
            )
            if not self.stable:
                lines.insert(0, f"a learning rate below {self.used.largest_stable_lr:.3g}")
        if rule_of(self.solver).batch_size is None and isfinite(self.predicted):
            # a decay of 0.9 multiplies the rate by ten, and itself fades no faster than sqrt(0.9) a step
            steps = max(self.predicted / 10.0, log(tol_factor) / log(sqrt(0.9)))
            if steps < 0.7 * self.predicted:
                lines.append(f"--solver momentum: about {steps:,.0f} steps")
        lines.append("--solver fisher: the information matrix makes the condition number 1")
        return lines


def explain_rate(
    problem: Problem, solver: Gradient, run: Fit, start: Array, information: Array, tol: float
) -> tuple[ConvergenceRate, float]:
    """Return what set the pace of a gradient run, and the factor by which the distance had to shrink.

    Parameters
    ----------
    problem : Problem
        A fresh one: nothing here counts as a pass of the solver.
    solver : Gradient
    run : Fit
    start : ndarray of shape (p,)
        Where the run started.
    information : ndarray of shape (p, p)
        At the maximum.
    tol : float
        Of the stopping rule, in standard errors.
    """
    rows = problem.rows
    standardised = Gradient(standardize=True).coordinates(problem)
    raw = curvature(information, rows, Gradient(standardize=False).coordinates(problem))
    standard = curvature(information, rows, standardised)
    used = standard if solver.standardize else raw
    to_data = standardised if solver.standardize else Gradient(standardize=False).coordinates(problem)
    lr = solver.learning_rate(problem, run.coef if solver.lr is None else start, to_data)
    away = [look.decrement for look in run.looks if isfinite(look.decrement)]
    factor = tol / max(away[0], tol) if away else tol
    applies = not solver.rule.memory and solver.batch(rows) is None and factor < 1
    predicted = used.steps_to(factor, lr) if applies else float("nan")
    return (
        ConvergenceRate(solver.name, lr, solver.standardize, used, raw, standard, predicted, run.iterations),
        factor if factor > 0 else inf,
    )
