"""The loops of gradient descent: on all rows, on mini-batches, row by row; many states at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.models.model import Model
from glmnn.problem.problem import Problem
from glmnn.solvers.steps import Ahead, Step, Stretch
from glmnn.solvers.updates import Schedule, Update

MOST_STATES = 4096  # of a stretch
MOST_CELLS = 4_000_000  # of the design read in a stretch: some milliseconds, so that Ctrl-C loses no more


def full_batch(
    problem: Problem[Model], coef: Array, rule: Update, ahead: Ahead, scorer: Callable[[Array], Array] | None = None
) -> Iterator[Stretch]:
    """Yield the states of an update rule on the mean loss of all rows, whose score `scorer` may have faster."""
    score_at, apply, state = scorer or problem.score, rule.apply, rule.init(coef)
    minus_rows, most = np.array(-float(problem.rows)), most_states(problem.rows * coef.size)
    score, iteration = score_at(coef), 0
    yield Stretch.of(Step(0, coef, score), problem.passes)
    while True:
        path = np.empty((min(ahead(1.0), most), coef.size))
        before = problem.passes
        for place in path:
            change, state = apply(score / minus_rows, state)
            coef = np.add(coef, change, place)
            score = score_at(coef)
        iteration += len(path)
        passes = np.linspace(before, problem.passes, len(path) + 1)[1:]
        yield Stretch(Step(iteration, coef, score), path, passes)


def mini_batch(
    problem: Problem[Model], coef: Array, rule: Update, size: int, rng: np.random.Generator, ahead: Ahead
) -> Iterator[Stretch]:
    """Yield the states of an update rule on the mean loss of batches of `size` rows."""
    score, apply, state = problem.batch_scorer(size), rule.apply, rule.init(coef)
    pull = None if problem.penalty is None else problem.penalty.curvature(coef.size) / problem.rows
    share, most = size / problem.rows, most_states(size * coef.size)
    batches, iteration = problem.minibatches(size, rng), 0
    block = next(batches)
    yield Stretch.of(Step(0, coef), problem.passes)
    while True:
        path = np.empty((min(ahead(share), most), coef.size))
        passes = []
        for place in path:
            gradient = score(coef, block) / -block.y.size
            if pull is not None:  # every batch carries its share of the penalty, as weight decay does
                gradient += pull @ coef
            change, state = apply(gradient, state)
            coef = np.add(coef, change, place)
            block = next(batches)
            passes.append(problem.passes)
        iteration += len(path)
        yield Stretch(Step(iteration, coef), path, np.array(passes))


def row_by_row(
    problem: Problem,
    coef: Array,
    lr: float,
    metric: Array | None,
    schedule: Schedule | None,
    rng: np.random.Generator,
    ahead: Ahead,
) -> Iterator[Stretch]:
    """Stochastic gradient descent in the strict sense, one row a step, without the cost of small arrays.

    Parameters
    ----------
    problem : Problem
        Of one linear predictor.
    coef : ndarray of shape (p,)
        The start.
    lr : float
    metric : ndarray of shape (p, p) or None
        T T' where the rule runs in coordinates coef = T gamma.
    schedule : callable or None
        None for a constant rate.
    rng : numpy.random.Generator
    ahead : callable
    """
    whole, rows = problem.all_rows("a solver of one row a step", "give --solver gd"), problem.rows
    score_of_one, iteration = problem.glm.pointwise.score_of_one, 0
    yield Stretch.of(Step(0, coef), problem.passes)
    while True:
        order = rng.permutation(rows)
        done = 0
        while done < rows:
            path = np.empty((min(ahead(0.0), rows - done, MOST_STATES), coef.size))
            block = whole.rows(order[done : done + len(path)])
            terms = zip(
                path, block.X, block.y.tolist(), block.prior_weight.tolist(), block.offset.tolist(), strict=True
            )
            for place, x, y, prior_weight, offset in terms:
                size = lr * prior_weight * score_of_one(float(x.dot(coef)) + offset, y)
                if schedule is not None:
                    size *= schedule(iteration)
                coef = np.add(coef, size * x if metric is None else size * (metric @ x), place)
                iteration += 1
            done += len(path)
            passes = np.full(len(path), problem.passes)
            if done == rows:
                problem.passes += 1
                passes[-1] = problem.passes
            yield Stretch(Step(iteration, coef), path, passes)


def most_states(cells: int) -> int:
    """Return how many updates, each of which reads so many cells of the design, are made at once."""
    return max(1, min(MOST_STATES, MOST_CELLS // cells))


def averaged(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Replace each iterate by a mean that forgets the start: polynomial-decay averaging (Shamir & Zhang, 2013).

    Iterate t has the weight w_t = (t + 1) (t + 2) (t + 3) / 6, and the weights up to t have the sum w_t (t + 4) / 4.
    """
    mean: Array | None = None
    for last, coefs, passes in stretches:
        mean = coefs[0] if mean is None else mean
        t = np.arange(last.iteration - len(coefs) + 1, last.iteration + 1, dtype=float)
        weight = (t + 1.0) * (t + 2.0) * (t + 3.0) / 6.0
        beyond = np.cumsum(weight[:, None] * (coefs - mean), axis=0)
        means = mean + beyond / (weight * (t + 4.0) / 4.0)[:, None]
        mean = means[-1]
        yield Stretch(Step(last.iteration, mean), means, passes)


def decaying_means(steps: Iterable[Step]) -> Iterator[Step]:
    """Replace each iterate by the mean of `averaged`."""
    return (stretch.last for stretch in averaged(Stretch.of(step, 0.0) for step in steps))


def one_by_one(steps: Iterable[Step], problem: Problem[Model]) -> Iterator[Stretch]:
    """Yield each step as a stretch of its own."""
    return (Stretch.of(step, problem.passes) for step in steps)
