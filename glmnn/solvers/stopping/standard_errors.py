"""Stop where Newton's step is nothing in standard errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, log, nan, sqrt
from sys import maxsize

from glmnn.arrays import Array
from glmnn.kernels.linear_algebra import all_finite
from glmnn.models.evaluation import SecondOrder
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import MANY, STILL
from glmnn.solvers.optimality import SINGULAR, runs_away
from glmnn.solvers.polish import dispersion
from glmnn.solvers.steps import Step
from glmnn.solvers.stopping import Clock, Judge, Look, Status

ROUNDING = 1e-14  # a step smaller than this part of the coefficients is rounding
GIVE_UP = 1e-6  # part of the tolerance at which a step that is still large in eta shows that there is no maximum
PATIENCE = 5  # looks in a row above the starting deviance after which a run counts as diverged
UNSEEN = 1e-13  # of the squared length of the coefficients: a deviance below it is rounding
UNCHANGED = 1e-12  # part of the information
SHORT = 1e-3  # standard errors from which on a factor between two steps is that of the next
UNDOUBTED = 0.1  # of the tolerance
LARGE = 20_000  # rows from which a pass to see what is foreseen is saved
TRIAL = 100  # updates before that is judged


@dataclass(frozen=True)
class StandardErrors:
    """Stop where Newton's step is nothing in standard errors: the rule of every solver that is after the maximum.

    Attributes
    ----------
    tol : float
        Standard errors that a Newton step would still move: sqrt(score' information^-1 score / dispersion), which
        bounds the step of every coefficient in its own standard error.
    max_iter : int or None
        Updates after which to give up; None leaves it to the solver.
    exists : bool
        That a finite maximum exists is proved: coefficients that grow are on their way to it.
    near : SecondOrder or None
        What the rows say at the maximum, where that is known. Of many rows the states on the way are then measured by
        its information, and none of their own is summed.
    maximum : ndarray of shape (p,) or None
        The coefficients there. Within a small part of a standard error of them the deviance follows from the distance.
    """

    tol: float = 1e-8  # standard errors; leaves seven digits of a coefficient that is ten standard errors from 0
    max_iter: int | None = None
    exists: bool = False
    near: SecondOrder | None = field(default=None, repr=False, compare=False)
    maximum: Array | None = field(default=None, repr=False, compare=False)

    def judge(self, problem: Problem, limit: int, clock: Clock) -> Judge:
        """Return a judge that makes as few passes as will do."""
        return _ByStandardErrors(self, problem, limit, clock)


class _ByStandardErrors(Judge):
    def __init__(self, rule: StandardErrors, problem: Problem, limit: int, clock: Clock) -> None:
        self.clock, self.looks = clock, []
        self.rule, self.solvers, self.problem, self.limit = rule, problem, problem.fresh(), limit
        self.near = rule.near if problem.rows >= LARGE else None
        self.known: SecondOrder | None = None
        self.known_at = -1
        self.above = 0
        self.next_look, self.next_passes = 0, 0.0

    def due(self, step: Step) -> bool:
        due = step.iteration >= self.next_look and self.solvers.passes >= self.next_passes
        return due or step.iteration >= self.limit

    def ahead(self, iteration: int, share: float) -> int:
        """Return a number of updates that is never too large; passes are added with rounding, so one is left out."""
        wait, missing = self.next_look - iteration, self.next_passes - self.solvers.passes
        if missing > 0:
            wait = max(wait, int(missing / share) - 1) if share > 0 else maxsize
        return max(1, min(wait, self.limit - iteration))

    def look(self, step: Step) -> Status | None:
        status = self._seen(step)
        self.next_look = self._next_look(step.iteration)
        if step.score is None and step.second_order is None:
            self.next_passes = self.solvers.passes + 1.0  # no more passes for looks than the solver makes itself
        return Status.ITERATION_LIMIT if status is None and step.iteration >= self.limit else status

    def _seen(self, step: Step) -> Status | None:
        seconds = self.clock.seconds
        if not all_finite(step.coef):
            self.looks.append(Look(step.iteration, inf, inf, seconds))
            return Status.DIVERGED
        if (decrement := self._quick_decrement(step)) is not None:
            self.looks.append(Look(step.iteration, nan, decrement, seconds))
            return None
        current = step.second_order or self._measured(step)
        self.known, self.known_at = current, step.iteration
        look = Look(step.iteration, current.deviance, self._decrement(current, current.score), seconds)
        status = self._verdict(step.coef, current, look, polishable=step.second_order is not None)
        self.looks.append(look)
        return status

    def _measured(self, step: Step) -> SecondOrder:
        """Return what the rows say of a state, with the information at the maximum where that is known and will do.

        It will do far away, where the rule is not met, and so near that the log-likelihood is that of the maximum.
        """
        if self.near is None:
            return self.problem.second_order(step.coef)
        deviance, score = self._first_order(step, self.near)
        there = self.near._replace(deviance=deviance, score=score)
        below = deviance - self.near.deviance <= dispersion(self.problem, self.near)
        return there if below or self._decrement(there, score) > self.rule.tol else self.problem.second_order(step.coef)

    def _first_order(self, step: Step, near: SecondOrder) -> tuple[float, Array]:
        """Return deviance and score of a state, without a pass where they are known.

        Near the maximum the deviance is greater by the squared distance, and a part of that for each standard error.
        """
        if step.score is not None:
            if step.deviance is not None:
                return step.deviance, step.score
            if self.rule.maximum is not None:
                away = near.length(step.coef - self.rule.maximum)
                if away <= SHORT * sqrt(dispersion(self.problem, near)):
                    return near.deviance + away * away, step.score
        _, deviance, score = self.problem.first_order(step.coef)
        return deviance, score

    def _next_look(self, iteration: int) -> int:
        """Return when to look again: half way to where the steps so far say the rule will be met.

        Gradient descent shrinks the distance by a constant factor a step in the end, so looks come closer together
        towards the stop and the iteration count is exact, for the price of a few looks.
        """
        furthest = iteration + max(1, iteration // 8)
        if furthest == iteration + 1 or len(self.looks) < 2:
            return iteration + 1
        before, now = self.looks[-2], self.looks[-1]
        if not 0 < now.decrement < before.decrement < inf:
            return min(furthest, iteration + max(1, iteration // 64))
        per_step = log(before.decrement / now.decrement) / (now.iteration - before.iteration)
        remaining = log(now.decrement / self.rule.tol) / per_step
        return min(furthest, iteration + max(1, int(remaining / 2)))

    def _quick_decrement(self, step: Step) -> float | None:
        """Return the decrement by the information last computed; None when it is old or the rule may be met.

        By that at the maximum as long as it falls, for only then is the run on its way there.
        """
        if step.score is None or step.second_order is not None or self.known is None:
            return None
        if self.near is not None:
            decrement = self._decrement(self.near, step.score)
            return decrement if self.rule.tol < decrement < self.looks[-1].decrement else None
        if step.iteration > 2 * self.known_at + 8:
            return None
        decrement = self._decrement(self.known, step.score)
        return decrement if decrement > 4.0 * self.rule.tol else None

    def _decrement(self, current: SecondOrder, score: Array) -> float:
        at = current if score is current.score else current._replace(score=score)  # which is solved once
        return at.decrement() / sqrt(dispersion(self.problem, current))

    def _verdict(self, coef: Array, current: SecondOrder, look: Look, *, polishable: bool) -> Status | None:
        self._compare_with_start(coef, current)
        if self.above >= PATIENCE and look.iteration >= TRIAL:
            return Status.DIVERGED
        if self.above or not current.finite:
            return None  # worse than the start: a saturated neuron has a vanishing score there too
        met = look.decrement <= self.rule.tol or current.decrement() <= ROUNDING * current.length(coef)
        if not met and not (polishable and self._met_by_next(look, current)):
            return None
        if not current.conditioned(SINGULAR):
            return None  # any step is small in the metric of an information that rounding made singular
        if not runs_away(self.problem, coef, current.scoring_step()):
            return Status.CONVERGED
        # data that overlap by a hair come back from here, data that are separated do not
        if look.decrement < GIVE_UP * self.rule.tol and not self.rule.exists:
            return Status.NO_FINITE_MAXIMUM
        # steps that no longer shrink are the rounding of eta, which only the polish can tell from running away
        return Status.CONVERGED if polishable and self._stands() else None

    def ended(self, iteration: int, end: SecondOrder) -> None:
        """Take note of the state that was foreseen to meet the rule."""
        if self.looks[-1].decrement > self.rule.tol:
            self.looks.append(Look(iteration, end.deviance, self._decrement(end, end.score), self.clock.seconds))

    def _met_by_next(self, look: Look, current: SecondOrder) -> bool:
        """Say whether Newton's next step meets the rule so well that no pass is needed to see it.

        Near the maximum decrement_next = c decrement^2 (Bach, 2010: c is half the most that an eta changes over a
        standard error), and the information changes by the part c decrement_next then. Scoring that is not Newton's
        shrinks it by a constant factor instead, unless the observed information is known. The pass at the end checks
        it.
        """
        if not self.looks or self.problem.rows < LARGE:
            return False
        before = self.looks[-1].decrement
        if not before**2 > 0.0:
            return False
        canonical = self.problem.model.canonical
        if not canonical and current.newton is None:
            enough = self.problem.rows >= MANY and is_glm(self.problem) and look.decrement < SHORT
            return enough and look.decrement**2 / before <= UNDOUBTED * self.rule.tol
        c = look.decrement / before**2
        following = c * look.decrement**2
        unchanged = UNCHANGED if canonical else STILL
        return look.decrement < before and following <= self.rule.tol and c * following <= unchanged

    def _compare_with_start(self, coef: Array, current: SecondOrder) -> None:
        """Count the looks in a row that were worse than the first."""
        if not isfinite(current.deviance):
            self.above += 1
            return
        if not self.looks or current.deviance <= self.looks[0].deviance < inf:
            self.above = 0
            return
        first = next((seen.deviance for seen in self.looks if isfinite(seen.deviance)), current.deviance)
        # near an exact fit the deviance is the rounding of what it is summed from
        rounding = 1e-9 * abs(first) + UNSEEN * current.length(coef) ** 2
        self.above = self.above + 1 if current.deviance > first + rounding else 0

    def _stands(self) -> bool:
        """Say that the decrement has not fallen for `PATIENCE` looks."""
        if len(self.looks) < PATIENCE:
            return False
        lately = [seen.decrement for seen in self.looks[-PATIENCE:]]
        return min(lately[1:]) >= 0.5 * lately[0]
