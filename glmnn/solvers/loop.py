"""The only iteration loop: it watches any solver's steps, decides when to stop and says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import inf, log, nan, sqrt
from time import perf_counter

import numpy as np

from glmnn.arrays import Array
from glmnn.models.evaluation import SecondOrder
from glmnn.problem.problem import Problem
from glmnn.solvers.external.library import Declined
from glmnn.solvers.optimality import SINGULAR, runs_away, why_no_maximum
from glmnn.solvers.polish import polish
from glmnn.solvers.steps import HasOwnGoal, Solver, Step

ROUNDING = 1e-14  # a step smaller than this part of the coefficients is rounding
GIVE_UP = 1e-6  # part of the tolerance at which a step that is still large in eta shows that there is no maximum
PATH_LENGTH = 200_000  # states kept; a longer path is thinned to every second one
PATIENCE = 5  # looks in a row above the starting deviance after which a run counts as diverged
UNSEEN = 1e-13  # of the squared length of the coefficients: a deviance below it is rounding
TRIAL = 100  # updates before that is judged


class Status(Enum):
    """How a run ended; the value is the sentence for people."""

    CONVERGED = "converged"
    ITERATION_LIMIT = "iteration limit"
    DIVERGED = "diverged"
    NO_FINITE_MAXIMUM = "no finite maximum"
    STALLED = "stalled"
    INTERRUPTED = "interrupted"
    UNSETTLED = "not settled"  # a point that could be the maximum, but it is not known whether there is one
    DECLINED = "declined"
    FINISHED = "finished"  # what it is after is not the maximum, and it has that


@dataclass(frozen=True)
class Stopping:
    """The one stopping rule of all solvers.

    Attributes
    ----------
    tol : float
        Standard errors that a Newton step would still move: sqrt(score' information^-1 score / dispersion), which
        bounds the step of every coefficient in its own standard error.
    max_iter : int or None
        Updates after which to give up; None leaves it to the solver.
    exists : bool
        That a finite maximum exists is proved: coefficients that grow are on their way to it.
    """

    tol: float = 1e-8  # standard errors; leaves seven digits of a coefficient that is ten standard errors from 0
    max_iter: int | None = None
    exists: bool = False


@dataclass(frozen=True)
class Look:
    """What the stopping rule saw at one iteration."""

    iteration: int
    deviance: float  # nan when only the score was looked at
    decrement: float  # standard errors that a Newton step would still move
    seconds: float  # of the solver's own time


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
        The solver's own time, without that of the stopping rule.
    looks : tuple of Look
        What the stopping rule saw.
    path : ndarray of shape (k, p)
        The coefficients after each kept iteration.
    path_iterations : ndarray of shape (k,)
        Which iterations those are.
    rest : ndarray of shape (p,)
        What float64 cannot hold of the coefficients; zero unless they were polished.
    reason : str
        Why the solver declined, or why it could not go on, in its own words.
    goal : str
        What the solver is after where that is not the maximum; it is not compared with the maximum then.
    """

    solver: str
    coef: Array
    status: Status
    iterations: int
    passes: float
    seconds: float
    looks: tuple[Look, ...]
    path: Array = field(repr=False)
    path_iterations: Array = field(repr=False)
    rest: Array = field(repr=False)
    reason: str = ""
    goal: str = ""

    @property
    def converged(self) -> bool:
        """True when the stopping rule was met."""
        return self.status is Status.CONVERGED

    @property
    def done(self) -> bool:
        """True when the solver reached what it is after, the maximum or not."""
        return self.status in {Status.CONVERGED, Status.FINISHED}

    def deviances(self) -> list[tuple[int, float]]:
        """Return (iteration, deviance) wherever the deviance was looked at."""
        return [(look.iteration, look.deviance) for look in self.looks if not np.isnan(look.deviance)]


Watch = Callable[[Look, int], None]  # told of each look and of the iteration limit


def fit(
    problem: Problem,
    solver: Solver,
    stopping: Stopping | None = None,
    start: Array | None = None,
    watch: Watch | None = None,
) -> Fit:
    """Run a solver until the stopping rule is met or it gives up.

    Parameters
    ----------
    problem : Problem
        Model and data; its count of passes is the solver's.
    solver : Solver
        Yields the states.
    stopping : Stopping, optional
        The rule.
    start : ndarray of shape (p,), optional
        Where to start; by default the solver's own starting point.
    watch : callable, optional
        Called with each look, for progress bars.

    Returns
    -------
    Fit
        Also when the run was interrupted by Ctrl-C or diverged: then with the last finite state.
    """
    stopping = stopping or Stopping()
    limit = solver.max_iter if stopping.max_iter is None else stopping.max_iter
    judge = _Judge(problem.fresh(), stopping)
    path = _Path()
    status, began, next_look, due = Status.STALLED, perf_counter(), 0, 0.0
    step, reason = None, ""
    goal = solver.goal if isinstance(solver, HasOwnGoal) else ""
    try:
        # overflow in a hot loop means divergence, which the looks see
        with np.errstate(all="ignore"):
            for step in solver.steps(problem, start):
                path.keep(step)
                if goal:
                    if step.iteration >= limit:
                        status = Status.ITERATION_LIMIT
                        break
                    continue
                if step.iteration < limit and (step.iteration < next_look or problem.passes < due):
                    continue
                look, verdict = judge.look(step, began)
                status = verdict or Status.STALLED
                if watch is not None:
                    watch(look, limit)
                if solver.stops_itself:
                    continue
                if verdict is not None:
                    break
                next_look = judge.next_look(step.iteration)
                if step.score is None and step.second_order is None:
                    due = problem.passes + 1.0  # a look costs a pass of its own: no more of them than the solver makes
                if step.iteration >= limit:
                    status = Status.ITERATION_LIMIT
                    break
            else:
                status = Status.FINISHED if goal else status
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    except Declined as declined:
        status, reason = Status.STALLED, str(declined)
    if step is None:
        if status is Status.INTERRUPTED:
            raise KeyboardInterrupt
        return _nothing(solver.name, len(problem.names), reason, goal)
    if status is Status.DIVERGED:
        step = Step(step.iteration, path.last_finite())
    coef, rest, iterations = step.coef, np.zeros_like(step.coef), step.iteration
    if np.all(np.isfinite(coef)):
        path.keep(step, always=True)
    if status is Status.CONVERGED and step.second_order is not None:
        with np.errstate(all="ignore"):
            polished, left = polish(problem, coef, step.second_order)
            inside = _keeps_inside(problem, polished, left, step.second_order.deviance)
            if inside:
                coef, rest, iterations = polished, left, iterations + 1
            reason = "the domain ends there"
            if inside:
                entered = perf_counter()
                reason = why_no_maximum(problem.fresh(), coef, rest, step.second_order)
                judge.seconds += perf_counter() - entered
        if reason:
            status = Status.STALLED
        path.keep(Step(iterations, coef), always=True)
    return Fit(
        solver.name,
        coef,
        status,
        iterations,
        problem.passes,
        perf_counter() - began - judge.seconds,
        tuple(judge.looks),
        *path.arrays(),
        rest=rest,
        reason=reason,
        goal=goal,
    )


def _keeps_inside(problem: Problem, coef: Array, rest: Array, deviance: float) -> bool:
    """Say whether polished coefficients are still legal and no worse; only a domain with an edge needs the look."""
    if problem.model.etas == (-inf, inf):
        return True
    if problem.penalty is not None:
        return problem.first_order(coef).deviance <= deviance + 1e-9 * abs(deviance) + 1e-12
    found = 0.0
    with np.errstate(all="ignore"):
        for block, eta in problem.predictors(coef, rest):  # rounded coefficients of collinear columns may be outside
            if not problem.model.inside(eta):
                return False
            found += float(block.prior_weight @ problem.glm.pointwise.evaluate(eta, block.y)[0])
    return found <= deviance + 1e-9 * abs(deviance) + 1e-12


def _nothing(name: str, p: int, reason: str, goal: str) -> Fit:
    """Return the fit of a solver that declined before its first step."""
    nowhere = np.full(p, nan)
    path = nowhere[None, :], np.zeros(1, dtype=int)
    return Fit(name, nowhere, Status.DECLINED, 0, 0.0, 0.0, (), *path, rest=nowhere, reason=reason, goal=goal)


class _Path:
    """The states of a run, thinned when they become many."""

    def __init__(self) -> None:
        self.coefs: list[Array] = []
        self.iterations: list[int] = []
        self.stride = 1

    def keep(self, step: Step, always: bool = False) -> None:
        if step.iteration % self.stride == 0 or always:
            if self.iterations and self.iterations[-1] == step.iteration:
                return
            self.coefs.append(step.coef)
            self.iterations.append(step.iteration)
            if len(self.coefs) > PATH_LENGTH:
                self.stride *= 2
                self.coefs, self.iterations = self.coefs[::2], self.iterations[::2]

    def last_finite(self) -> Array:
        return next((coef for coef in reversed(self.coefs) if np.all(np.isfinite(coef))), self.coefs[0])

    def arrays(self) -> tuple[Array, Array]:
        return np.array(self.coefs), np.array(self.iterations)


class _Judge:
    """Applies the stopping rule with as few passes of its own as will do."""

    def __init__(self, problem: Problem, stopping: Stopping) -> None:
        self.problem, self.stopping = problem, stopping
        self.looks: list[Look] = []
        self.seconds = 0.0  # spent here, not by the solver
        self.known: SecondOrder | None = None
        self.known_at = -1
        self.above = 0

    def look(self, step: Step, began: float) -> tuple[Look, Status | None]:
        """Return what is seen at this step and, when the run is to end here, how."""
        entered = perf_counter()
        seconds = entered - began - self.seconds
        if not np.all(np.isfinite(step.coef)):
            look, status = Look(step.iteration, inf, inf, seconds), Status.DIVERGED
        elif (decrement := self._quick_decrement(step)) is not None:
            look, status = Look(step.iteration, nan, decrement, seconds), None
        else:
            here = step.second_order or self.problem.second_order(step.coef)
            self.known, self.known_at = here, step.iteration
            look = Look(step.iteration, here.deviance, self._decrement(here.score), seconds)
            status = self._verdict(step.coef, here, look, polishable=step.second_order is not None)
        self.looks.append(look)
        self.seconds += perf_counter() - entered
        return look, status

    def next_look(self, iteration: int) -> int:
        """Return when to look again: half way to where the steps so far say the rule will be met.

        Gradient descent shrinks the distance by a constant factor a step in the end, so looks come closer together
        towards the stop and the iteration count is exact, for the price of a few looks.
        """
        furthest = iteration + max(1, iteration // 8)
        if len(self.looks) < 2:
            return iteration + 1
        before, now = self.looks[-2], self.looks[-1]
        if not 0 < now.decrement < before.decrement < inf:
            return min(furthest, iteration + max(1, iteration // 64))
        per_step = log(before.decrement / now.decrement) / (now.iteration - before.iteration)
        remaining = log(now.decrement / self.stopping.tol) / per_step
        return min(furthest, iteration + max(1, int(remaining / 2)))

    def _quick_decrement(self, step: Step) -> float | None:
        """Return the decrement by the information last computed; None when it is old or the rule may be met."""
        if step.score is None or step.second_order is not None or self.known is None:
            return None
        if step.iteration > 2 * self.known_at + 8:
            return None
        decrement = self._decrement(step.score)
        return decrement if decrement > 4.0 * self.stopping.tol else None

    def _decrement(self, score: Array) -> float:
        here = self.known
        assert here is not None
        return here._replace(score=score).decrement() / sqrt(self._dispersion(here))

    def _dispersion(self, here: SecondOrder) -> float:
        if self.problem.model.family.dispersion_known:
            return 1.0
        spare = max(here.rows - here.score.size, 1)
        return max(here.deviance / spare, np.finfo(float).tiny) if np.isfinite(here.deviance) else 1.0

    def _verdict(self, coef: Array, here: SecondOrder, look: Look, *, polishable: bool) -> Status | None:
        if not np.isfinite(here.deviance):
            self.above += 1
        else:
            first = next((seen.deviance for seen in self.looks if np.isfinite(seen.deviance)), here.deviance)
            # near an exact fit the deviance is the rounding of what it is summed from
            rounding = 1e-9 * abs(first) + UNSEEN * here.length(coef) ** 2
            self.above = self.above + 1 if here.deviance > first + rounding else 0
        if self.above >= PATIENCE and look.iteration >= TRIAL:
            return Status.DIVERGED
        if self.above or not np.all(np.isfinite(here.information)):
            return None  # worse than the start: a saturated neuron has a vanishing score there too
        if look.decrement > self.stopping.tol and here.decrement() > ROUNDING * here.length(coef):
            return None
        if not here.condition() < SINGULAR:
            return None  # any step is small in the metric of an information that rounding made singular
        if not runs_away(self.problem, coef, here.scoring_step()):
            return Status.CONVERGED
        # data that overlap by a hair come back from here, data that are separated do not
        if look.decrement < GIVE_UP * self.stopping.tol and not self.stopping.exists:
            return Status.NO_FINITE_MAXIMUM
        # steps that no longer shrink are the rounding of eta, which only the polish can tell from running away
        return Status.CONVERGED if polishable and self._stands() else None

    def _stands(self) -> bool:
        """Say that the decrement has not fallen for `PATIENCE` looks."""
        if len(self.looks) < PATIENCE:
            return False
        lately = [seen.decrement for seen in self.looks[-PATIENCE:]]
        return min(lately[1:]) >= 0.5 * lately[0]
