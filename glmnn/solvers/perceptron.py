"""Rosenblatt's perceptron (1958): a unit with a step for its activation, which learns from its mistakes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.errors import option
from glmnn.problem.problem import Problem
from glmnn.solvers.external.library import Declined
from glmnn.solvers.steps import Step

FIRST_LOOK = 16  # rows looked at together after a mistake; twice as many each time there is none


@dataclass(frozen=True)
class Perceptron:
    """Pass over the rows, and at each mistake add the row to the coefficients, or take it away.

    A row fires when its linear predictor is above 0. Of a row that should have fired coef += x, of one that should
    not have coef -= x; there is no learning rate, which would only scale the coefficients. A pass without a mistake
    ends the run. On data that overlap there is none.

    Attributes
    ----------
    seed : int
        0 takes the rows in their order; any other number seeds a new order for each pass.
    max_iter : int
        Mistakes after which to give up.
    """

    name: str = "perceptron"
    seed: int = 0
    max_iter: int = 100_000
    stops_itself: bool = False
    goal: str = "a line without mistakes"

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each mistake, the starting point first, until a pass has none.

        Raises
        ------
        Declined
            If the response is not 0/1, or rows have weights or offsets.
        """
        whole = problem.all_rows(option("solver", "perceptron"), f"give {option('solver', 'fisher')}")
        _check(problem, whole)
        side = np.where(whole.y == 0, -1.0, 1.0)
        rng = np.random.default_rng(self.seed)
        coef = np.zeros(whole.X.shape[1]) if start is None else np.array(start, dtype=float)
        yield Step(0, coef)
        mistakes, before = 0, -1
        while mistakes > before:
            before = mistakes
            order = rng.permutation(whole.y.size) if self.seed else np.arange(whole.y.size)
            X, own, done = whole.X[order], side[order], 0
            while (row := _next_mistake(X, own, coef, done)) < own.size:
                coef = coef + own[row] * X[row]
                mistakes += 1
                problem.passes += (row + 1 - done) / own.size
                done = row + 1
                yield Step(mistakes, coef)
            problem.passes += (own.size - done) / own.size


def _check(problem: Problem, whole: Block) -> None:
    if problem.model.capabilities.trials:
        raise Declined(f"the perceptron is for a 0/1 response, not for the {problem.model.family_name} family")
    if not np.all((whole.y == 0) | (whole.y == 1)):
        raise Declined("the perceptron is for a 0/1 response, not for shares")
    if not problem.data.plain:
        raise Declined("the perceptron knows neither prior weights nor an offset")


def _next_mistake(X: Array, side: Array, coef: Array, first: int) -> int:
    """Return the first row from `first` on that lies on the wrong side; the number of rows when there is none."""
    size = FIRST_LOOK
    while first < side.size:
        fires = X[first : first + size] @ coef > 0
        wrong = np.flatnonzero(fires != (side[first : first + size] > 0))
        if wrong.size:
            return first + int(wrong[0])
        first += size
        size *= 2
    return side.size
