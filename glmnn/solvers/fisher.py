"""Fisher scoring, that is iteratively reweighted least squares, with step-halving and a valid start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from glmnn.errors import DataError
from glmnn.models.evaluation import SecondOrder
from glmnn.models.links import Array
from glmnn.problem import Problem
from glmnn.solvers.steps import Step

HALVINGS = 60  # 2**-60: beyond it a step no longer changes a float64 coefficient
LARGE = 200_000  # rows from which a start on a part of the rows saves more than it costs
SUBSAMPLE_ROWS = 20_000  # enough for a start that is good to about one standard error of the part


@dataclass(frozen=True)
class Fisher:
    """Fisher scoring (Nelder & Wedderburn, 1972): coef <- coef + information^-1 score.

    A full step that raises the deviance or leaves the domain of the model is halved (Marschner, 2011).

    Attributes
    ----------
    subsample_start : bool
        Start data of `LARGE` rows and more from the fit of a part of them, which replaces about three full passes.
    """

    name: str = "fisher"
    max_iter: int = 100  # updates; ordinary problems take 4 to 10
    subsample_start: bool = True
    stops_itself: bool = False

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each update; without `start` the first state is one step from the starting means."""
        first = 0 if start is not None else 1
        if start is None and self.subsample_start and problem.rows >= LARGE:
            start = self._fit_part(problem)
        coef, here = self._first(problem, start)
        for iteration in count(first):
            yield Step(iteration, coef, here.score, here)
            coef, here = _descend(problem, coef, here)

    def _first(self, problem: Problem, start: Array | None) -> tuple[Array, SecondOrder]:
        if start is not None:
            here = problem.second_order(start)
            if np.isfinite(here.deviance):
                return start, here
        for coef in _candidate_starts(problem):
            here = problem.second_order(coef)
            if np.isfinite(here.deviance):
                return coef, here
        low, high = problem.model.etas
        raise DataError(
            f"no coefficients found to start from: the {problem.model.link.name} link needs every linear predictor "
            f"between {low:g} and {high:g}; give a legal --init or choose another link"
        )

    def _fit_part(self, problem: Problem) -> Array | None:
        """Return the coefficients of a part of the rows, or None where that part has no good answer."""
        part = problem.subsample(max(2, problem.rows // SUBSAMPLE_ROWS))
        before = np.inf
        for step in Fisher(subsample_start=False).steps(part):
            assert step.second_order is not None
            gain = before - step.second_order.deviance
            if gain <= 1e-3 * step.coef.size:  # a small part of one standard error of the part
                problem.passes += part.passes * part.rows / problem.rows
                return step.coef
            if step.iteration > 12:
                return None
            before = step.second_order.deviance
        return None


def _candidate_starts(problem: Problem) -> Iterator[Array]:
    first = problem.starting_step()
    if np.all(np.isfinite(first.information)):
        yield first.scoring_step()
    # a constant mean is inside the domain whenever the columns can express one
    yield problem.constant_start()


def _descend(problem: Problem, coef: Array, here: SecondOrder) -> tuple[Array, SecondOrder]:
    """Take the scoring step, halved until the deviance no longer rises."""
    change = here.scoring_step()
    # a rise of a few units in the last place is rounding, not a bad step
    allowed = here.deviance + 1e-13 * abs(here.deviance) + 1e-300
    for _ in range(HALVINGS):
        trial = coef + change
        there = problem.second_order(trial)
        if there.deviance <= allowed or np.array_equal(trial, coef):
            return trial, there
        change = 0.5 * change
    return coef, here
