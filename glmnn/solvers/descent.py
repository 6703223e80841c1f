"""The loops of gradient descent: on all rows, on mini-batches, row by row; many states at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import FEW_ROWS
from glmnn.models.model import Model
from glmnn.problem.batches import Drawn, shuffled
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.compiled import CompiledSteps
from glmnn.solvers.single_rows import SingleRows
from glmnn.solvers.steps import Ahead, Step, Stretch
from glmnn.solvers.updates import Form, Update

MOST_STATES = 4096  # of a stretch
MOST_CELLS = 4_000_000  # of the design read in a stretch: some milliseconds, so that Ctrl-C loses no more


def full_batch(
    problem: Problem[Model], coef: Array, rule: Update, ahead: Ahead, scorer: Callable[[Array], Array] | None = None
) -> Iterator[Stretch]:
    """Yield the states of an update rule on the mean loss of all rows, whose score `scorer` may have faster."""
    score_at, apply, state = scorer or problem.score, rule.apply, rule.init(coef)
    minus_rows, most = np.array(-float(problem.rows)), most_states(problem.rows * coef.size)
    iteration, compiled, deviance = 0, CompiledSteps(problem, rule), None
    if problem.rows > FEW_ROWS and is_glm(problem):  # whoever looks at the start need not read the rows again
        _, deviance, score = problem.first_order(coef)
    else:
        score = score_at(coef)
    yield Stretch.of(Step(0, coef, score, None, deviance), problem.passes)
    while True:
        path = np.empty((min(ahead(1.0), most), coef.size))
        before = problem.passes
        made, state, known = compiled.on_all_rows(iteration, coef, score, state, path)
        if made:
            coef, problem.passes = path[made - 1], before + made - (known is None)
            score = score_at(coef) if known is None else known
        for place in path[made:]:
            change, state = apply(score / minus_rows, state)
            coef = np.add(coef, change, place)
            score = score_at(coef)
        iteration += len(path)
        passes: Array = before + (problem.passes - before) / len(path) * np.arange(1.0, len(path) + 1.0)
        yield Stretch(Step(iteration, coef, score), path, passes)


def mini_batch(
    problem: Problem[Model], coef: Array, rule: Update, size: int, rng: np.random.Generator, ahead: Ahead
) -> Iterator[Stretch]:
    """Yield the states of an update rule on the mean loss of batches of `size` rows."""
    score, apply, state = problem.batch_scorer(size), rule.apply, rule.init(coef)
    pull = None if problem.penalty is None else problem.penalty.curvature(coef.size) / problem.rows
    rows, most, compiled = problem.rows, most_states(size * coef.size), CompiledSteps(problem, rule)
    some, minus_size = shuffled(problem.data, size, rng), np.array(-float(size))
    drawn, iteration, done = next(some), 0, 0
    problem.passes += min(size, drawn.size) / rows  # each state is told with the batch that it is about to meet
    yield Stretch.of(Step(0, coef), problem.passes)
    while True:
        path = np.empty((min(ahead(size / rows), most, -(-(drawn.size - done) // size)), coef.size))
        met = drawn.rows(slice(done, done + len(path) * size))
        made, state = compiled.on_batches(iteration, met, size, coef, state, path)
        coef = path[made - 1] if made else coef
        for batch, place in zip(_batches(met, made, size), path[made:], strict=True):
            gradient = score(coef, batch) / (minus_size if batch.y.size == size else -batch.y.size)
            if pull is not None:  # every batch carries its share of the penalty, as weight decay does
                gradient += pull @ coef
            change, state = apply(gradient, state)
            coef = np.add(coef, change, place)
        left = drawn.size - done - size * np.arange(1, len(path) + 1)  # of the block, after each batch
        iteration, done = iteration + len(path), done + met.size
        if done == drawn.size:
            drawn, done = next(some), 0
            left[-1] = drawn.size
        passes: Array = np.minimum(left, size) / rows
        passes[0] += problem.passes
        np.cumsum(passes, out=passes)
        problem.passes = float(passes[-1])
        yield Stretch(Step(iteration, coef), path, passes)


def row_by_row(
    problem: Problem, coef: Array, rule: Update, form: Form, rng: np.random.Generator, ahead: Ahead
) -> Iterator[Stretch]:
    """Stochastic gradient descent in the strict sense, one row a step, without the cost of small arrays.

    The `form` of the rule is that of gradient descent, maybe with a schedule or in other coordinates.
    """
    to_data, compiled, iteration = form.to_data, CompiledSteps(problem, rule), 0
    metric = None if to_data is None else to_data @ to_data.T
    yield Stretch.of(Step(0, coef), problem.passes)
    met = 0  # rows in this epoch
    for drawn in shuffled(problem.data, 1, rng):
        done, by_numpy = 0, None
        while done < drawn.size:
            path = np.empty((min(ahead(0.0), drawn.size - done), coef.size))
            made = 0
            if by_numpy is None:
                made = compiled.on_single_rows(iteration, drawn.rows(slice(done, done + len(path))), coef, metric, path)
                coef = path[made - 1] if made else coef
            if made < len(path):
                by_numpy = by_numpy or SingleRows(
                    problem.glm, drawn.rows(slice(done + made, None)).whole(), form, metric
                )
                by_numpy.steps(iteration + made, coef, path[made:])
            coef, iteration = path[-1], iteration + len(path)
            done, met = done + len(path), met + len(path)
            passes = np.full(len(path), problem.passes)
            if met == problem.rows:
                met = 0
                problem.passes += 1
                passes[-1] = problem.passes
            yield Stretch(Step(iteration, coef), path, passes)


def _batches(met: Drawn, done: int, size: int) -> Iterator[Block]:
    """Yield the batches of rows after those that are done."""
    if (first := done * size) < met.size:
        rest = met.rows(slice(first, None)).whole()
        count = rest.y.size // size
        full = (array[: count * size].reshape(count, size, *array.shape[1:]) for array in rest)
        yield from map(Block._make, zip(*full, strict=True))
        if count * size < rest.y.size:
            yield rest.rows(slice(count * size, None))


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
    return (Stretch(step, step.coef[None], (problem.passes,)) for step in steps)
