"""The only iteration loop: it runs any solver until any rule stops it, and takes a maximum to its last digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import nan
from typing import Any, TypeVar, overload

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.kernels.linear_algebra import all_finite
from glmnn.models.evaluation import SecondOrder
from glmnn.models.model import Model
from glmnn.problem.fused import kernel_of
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import Closing, close
from glmnn.solvers.closing_classes import close_classes
from glmnn.solvers.descent import one_by_one
from glmnn.solvers.external.library import Declined
from glmnn.solvers.optimality import keeps_inside, why_no_maximum, why_open
from glmnn.solvers.path import Path
from glmnn.solvers.polish import polish
from glmnn.solvers.steps import InStretches, Solver, Step, Stretch, goal_of
from glmnn.solvers.stopping import Clock, Judge, Look, Rule, Status, rule_of
from glmnn.solvers.stopping.standard_errors import StandardErrors

PATH_LENGTH = 200_000  # states kept; a longer path is thinned to every second one
Fitted = TypeVar("Fitted", bound=Model)
EDGE = "the domain ends there"  # why a maximum could not be taken to its last digits


@dataclass(frozen=True)
class Fit:
    """How one solver did.

    Attributes
    ----------
    solver : str
        Its name.
    coef : ndarray of shape (p,)
        Coefficients reached, in the units of the data.
    status : Status
        How the run ended.
    iterations : int
        Updates of the coefficients.
    passes : float
        Passes over the data that the solver itself made.
    seconds : float
        The solver's own time, without that of the stopping rule and of whoever looks.
    looks : tuple of Look
        What the stopping rule saw.
    states : Path
        The states kept.
    rest : ndarray of shape (p,)
        What float64 cannot hold of the coefficients; zero unless they were polished.
    reason : str
        Why the solver declined, or why it could not go on, in its own words.
    goal : str
        What the solver is after where that is not the maximum; it is not compared with the maximum then.
    closing : Closing or None
        What the rows say at the coefficients, where the last step was taken with a pass for all of that.
    setup : float
        Seconds in which a library of others turned arrays into its own before its fit, which are not the solver's.
    """

    solver: str
    coef: Array
    status: Status
    iterations: int
    passes: float
    seconds: float
    looks: tuple[Look, ...]
    states: Path = field(repr=False)
    rest: Array = field(repr=False)
    reason: str = ""
    goal: str = ""
    closing: Closing | None = field(default=None, repr=False)
    setup: float = 0.0

    @property
    def path(self) -> Array:
        """The coefficients after each kept iteration, shape (k, p)."""
        return self.states.coefs

    @property
    def path_iterations(self) -> Index:
        """Which iterations those are, shape (k,)."""
        return self.states.iterations

    @property
    def path_costs(self) -> Array:
        """Passes and seconds of the solver's own, to the nanosecond, until each kept state, shape (k, 2)."""
        return self.states.costs / (1.0, 1e9)

    @property
    def converged(self) -> bool:
        """True when the stopping rule was met."""
        return self.status is Status.CONVERGED

    @property
    def start(self) -> Array | None:
        """The coefficients it started from; None where it started from fitted means, or kept that to itself."""
        return self.path[0] if self.path_iterations[0] == 0 and self.status is not Status.DECLINED else None

    @property
    def done(self) -> bool:
        """True when the solver reached what it is after, the maximum or not."""
        return self.status in {Status.CONVERGED, Status.FINISHED, Status.OWN_STOP}

    def deviances(self) -> list[tuple[int, float]]:
        """Return (iteration, deviance) wherever the deviance was looked at."""
        return [(look.iteration, look.deviance) for look in self.looks if not np.isnan(look.deviance)]


Watch = Callable[[Look, int], None]  # told of each look and of the iteration limit


@overload
def fit(
    problem: Problem,
    solver: Solver,
    rule: Rule | None = None,
    start: Array | None = None,
    watch: Watch | None = None,
    path_length: int = PATH_LENGTH,
    clock: Clock | None = None,
) -> Fit: ...


@overload
def fit(
    problem: Problem[Fitted],
    solver: Solver[Fitted],
    rule: Rule[Fitted],
    start: Array | None = None,
    watch: Watch | None = None,
    path_length: int = PATH_LENGTH,
    clock: Clock | None = None,
) -> Fit: ...


def fit(
    problem: Problem[Any],
    solver: Solver[Any],
    rule: Rule[Any] | None = None,
    start: Array | None = None,
    watch: Watch | None = None,
    path_length: int = PATH_LENGTH,
    clock: Clock | None = None,
) -> Fit:
    """Run a solver until a rule stops it or it gives up.

    Parameters
    ----------
    problem : Problem
        Model and data; its count of passes is the solver's.
    solver : Solver
        Yields the states.
    rule : Rule, optional
        When to stop; by default `StandardErrors()`, which only a model with an information has.
    start : ndarray of shape (p,), optional
        Where to start; by default the solver's own starting point.
    watch : callable, optional
        Called with each look, for progress bars.
    path_length : int
        States to keep, an even number, so that thinning leaves the last.
    clock : Clock, optional
        Counts the solver's own time.

    Returns
    -------
    Fit
        Also when the run was interrupted by Ctrl-C or diverged: then with the last finite state.
    """
    rule = rule_of(solver, rule or StandardErrors())
    limit = solver.max_iter if rule.max_iter is None else rule.max_iter
    clock = clock or Clock()
    problem.setup = clock.setting_up
    if problem.foreseen is None:
        kernel_of(problem.model, problem.data)  # is loaded before the clock runs
    run = _Run(problem, solver, rule.judge(problem, limit, clock), Path(path_length, limit))
    with np.errstate(all="ignore"):  # overflow in a hot loop means divergence, which the looks see
        last, status, reason = run.steps(start, watch, limit)
        if last is None:
            if status is Status.INTERRUPTED:
                raise KeyboardInterrupt
            return run.declined(reason)
        return run.result(last, status, reason)


@dataclass(slots=True)
class _Run:
    """A solver at work on a problem before a judge."""

    problem: Problem[Any]
    solver: Solver[Any]
    judge: Judge
    path: Path

    def steps(self, start: Array | None, watch: Watch | None, limit: int) -> tuple[Step | None, Status, str]:
        """Return the last state, how the run ended there, and the solver's own words where it could not go on."""
        step: Step | None = None
        judge, path, clock = self.judge, self.path, self.judge.clock
        try:
            with clock.running():
                stretches = iter(self._stretches(start))
            while (following := clock.following(stretches)) is not None:
                step = following.last
                path.keep(following, clock.nanoseconds)
                if not judge.due(step):
                    continue
                status = judge.look(step)
                if watch is not None and judge.looks:
                    watch(judge.looks[-1], limit)
                if status is not None:
                    return step, status, ""
        except KeyboardInterrupt:
            return step, Status.INTERRUPTED, ""
        except Declined as declined:
            return step, Status.STALLED, str(declined)
        return step, judge.at_end(), ""

    def _stretches(self, start: Array | None) -> Iterator[Stretch]:
        """Return the states of the solver, many at once where it can and nobody will look at them."""
        steps = self.solver.steps(self.problem, start)
        return steps.at_once(self._ahead) if isinstance(steps, InStretches) else one_by_one(steps, self.problem)

    def _ahead(self, share: float) -> int:
        return self.judge.ahead(self.path.iteration, share)

    def result(self, last: Step, status: Status, reason: str) -> Fit:
        """Return the fit that ended like this, to its last digits where it converged to a maximum."""
        if status is Status.DIVERGED:
            last = Step(last.iteration, self.path.last_finite())
        best, iterations = self.judge.best(last, status), last.iteration
        coef, closing = best.coef, None
        if all_finite(coef):
            self.keep(Stretch.of(best, self.problem.passes), always=True)
        if status is not Status.CONVERGED or best.second_order is None:
            rest = np.zeros_like(coef)
        else:
            coef, rest, closing, reason = self._polished(coef, best.second_order)
            iterations += reason != EDGE
            if closing is not None:
                self.judge.ended(iterations, closing.second_order)
            self.keep(Stretch.of(Step(iterations, coef), self.problem.passes), always=True)
            status = Status.STALLED if reason else status
        return Fit(
            self.solver.name,
            coef,
            status,
            iterations,
            self.problem.passes,
            self.judge.clock.seconds,
            tuple(self.judge.looks),
            self.path,
            rest,
            reason,
            goal_of(self.solver),
            closing,
            self.judge.clock.setup / 1e9,
        )

    def keep(self, stretch: Stretch, always: bool = False) -> None:
        """Keep states with what it cost to come there."""
        self.path.keep(stretch, self.judge.clock.nanoseconds, always)

    def _polished(self, coef: Array, current: SecondOrder) -> tuple[Array, Array, Closing | None, str]:
        """Return the coefficients to their last digits, what float64 cannot hold, and why they are no maximum."""
        with self.judge.clock.running():
            closed = (close if is_glm(self.problem) else close_classes)(self.problem, coef, current)
        if closed is not None:
            share = closed[2].besides.get("share")
            return *closed, why_open(self.problem, closed[0], closed[2].second_order, share and share.value)
        with self.judge.clock.running():
            high, low = polish(self.problem, coef, current)
            inside = keeps_inside(self.problem, high, low, current.deviance)
        if not inside:
            return coef, np.zeros_like(coef), None, EDGE
        return high, low, None, why_no_maximum(self.problem.fresh(), high, low, current)

    def declined(self, reason: str) -> Fit:
        """Return the fit of a solver that declined before its first step."""
        nowhere = np.full(len(self.problem.names), nan)
        self.path.keep(Stretch.of(Step(0, nowhere), 0.0), 0)
        goal = goal_of(self.solver)
        return Fit(self.solver.name, nowhere, Status.DECLINED, 0, 0.0, 0.0, (), self.path, nowhere, reason, goal)
