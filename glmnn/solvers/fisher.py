"""Fisher scoring, that is iteratively reweighted least squares, with step-halving and a valid start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import isfinite, sqrt

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.summary import part_stride
from glmnn.engines.tree import Top
from glmnn.errors import DataError, option
from glmnn.kernels.linear_algebra import column_scale
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.problem.fused import kernel_of
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import MANY
from glmnn.solvers.interior import interior_point
from glmnn.solvers.polish import dispersion
from glmnn.solvers.steps import Step

HALVINGS = 60  # 2**-60: beyond it a step no longer changes a float64 coefficient
LARGE = 30_000  # rows from which a start on a part of the rows saves more than it costs
SHARE, FEWEST = 8, 50  # the part starts from the like share of itself, where that has so many rows for each column
ILL = 1e5  # condition of the scaled information from which the columns are made orthogonal first
SINGULAR = 1e14  # condition of the scaled information beyond which a step by it is rounding
SLOW = 0.3  # a step longer than this part of the one before is slow: Newton's may be faster
PATIENCE = 6  # updates before that is asked
UNSEEN = 1e-11  # part of the deviance that a fall must have to be told from rounding


@dataclass(frozen=True)
class Fisher:
    """Fisher scoring (Nelder & Wedderburn, 1972): coef <- coef + information^-1 score.

    A full step that raises the deviance or leaves the domain of the model is halved (Marschner, 2011). Where pairs
    that are not canonical make it slow, the observed information takes the place of the expected one, if it is
    positive definite. Ill-conditioned columns are made orthogonal first, in coordinates that nobody outside sees.

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
        if start is None and self.subsample_start and problem.rows >= LARGE and problem.additive:
            start = _fit_part(problem, part_stride(problem.rows))
        inner, to_data, found = problem, None, _first(problem, start)
        ill = not found[1].conditioned(ILL) if found is not None else problem.penalty is not None
        if ill:
            columns = problem.data.orthogonalising()
            inner, to_data = problem.in_coordinates(columns), problem.model.expanded(columns)
            gamma = np.asarray(np.linalg.solve(to_data, start)) if start is not None else None
            found = _first(inner, gamma)
        if found is None:
            low, high = problem.model.etas
            raise DataError(
                f"no coefficients found to start from: the {problem.model.link_name} link needs every linear predictor "
                f"between {low:g} and {high:g}; give a legal {option('init')} or choose another link"
            )
        coef, current = found
        before = np.inf
        for iteration in count(first):
            if to_data is None:
                yield Step(iteration, coef, current.score, current)
            else:
                problem.passes, inner.passes = problem.passes + inner.passes, 0.0
                yield Step(iteration, to_data @ coef, None, current._replace(to_data=to_data))
            now = current.decrement()
            plain = problem.penalty is None and not problem.model.canonical
            newton = plain and iteration >= PATIENCE and now > SLOW * before
            observe = plain and inner is problem and before < np.inf and _observes(problem)
            reached, current = _descend(inner, coef, current, newton, observe)
            if reached is coef:
                return  # nothing uphill is within reach, now or later
            coef, before = reached, now


def _fit_part(problem: Problem, stride: int) -> Array | None:
    """Return about the coefficients of every `stride`-th row, or None where that part has no good answer."""
    part = problem.subsample(stride)
    part.penalty = None if part.penalty is None else part.penalty.of_part(stride)
    enough = part.rows >= SHARE * FEWEST * len(part.names)
    start = _fit_part(part, SHARE) if enough else None
    if start is None and not (part.starting_step().definite or part.full_rank()):  # a rare level may be missing
        return None
    before = np.inf
    for step in Fisher(subsample_start=False).steps(part, start):
        current = step.second_order
        assert current is not None
        now = current.decrement() / sqrt(dispersion(part, current))
        if now <= min(1.0, SLOW * before):  # the next step is right to a small part of a standard error of the part
            problem.passes += part.passes * part.rows / problem.rows
            return step.coef + current.scoring_step()
        if step.iteration > 12:  # separated, perhaps
            return None
        before = now
    return None


def _first(problem: Problem, start: Array | None) -> tuple[Array, SecondOrder] | None:
    """Return the first coefficients inside the domain of the model, with what the data say there; None without any."""
    legal: list[tuple[Array, SecondOrder]] = []
    for coef in _candidate_starts(problem, start):
        current = problem.second_order(coef)
        if isfinite(current.deviance) and current.finite:
            legal.append((coef, current))
            # by rounding alone a start can lie inside, with a row whose information swamps all others
            if problem.model.etas == (-np.inf, np.inf) or coef is start or current.condition() < SINGULAR:
                return coef, current
    return legal[0] if legal else None


def _candidate_starts(problem: Problem, start: Array | None) -> Iterator[Array]:
    if start is not None:
        yield start
    first = problem.starting_step()
    if first.finite:
        yield first.scoring_step()
    # a constant mean is inside the domain whenever the columns can express one
    yield problem.constant_start()
    if problem.model.etas == (-np.inf, np.inf):
        yield np.zeros(len(problem.names))
    elif (point := interior_point(_all_rows(problem), problem.model.etas)) is not None:
        yield point[0]


def _all_rows(problem: Problem) -> Block:
    return problem.all_rows("a search for a start inside the domain", f"give {option('init')}")


def _observes(problem: Problem) -> bool:
    """Say whether the observed information is summed beside the expected one: of many rows, to save passes.

    Where a pass is a compiled visit, which knows the expected one alone, more of them cost less.
    """
    return problem.rows >= MANY and is_glm(problem) and kernel_of(problem.model, problem.data) is None


def _descend(
    problem: Problem, coef: Array, current: SecondOrder, newton: bool, observe: bool
) -> tuple[Array, SecondOrder]:
    """Take the scoring step, or Newton's, halved until the deviance no longer rises.

    To `observe` is to sum the observed information at the end of the step, too.
    """
    changes = [current.scoring_step()]
    if current.newton is not None:
        changes.insert(0, current.newton.scoring_step())
    elif newton:
        observed = current._replace(information=problem.observed_information(coef))
        if observed.condition() < np.inf:  # positive definite
            changes.insert(0, observed.scoring_step())
    # rounding of the deviance is not a rise, and where the fall promised is below rounding nothing can be seen
    slack = max(1e-13 * abs(current.deviance), 1e-300)
    if current.decrement() ** 2 < UNSEEN * abs(current.deviance):
        slack = 10.0 * UNSEEN * abs(current.deviance)
    for change in changes:
        halvings = HALVINGS if change is changes[-1] else 3
        lower = _halved(problem, coef, change, current.deviance + slack, halvings, observe)
        if lower is not None:
            return lower
    return _rescued(problem, coef, current) if current.condition() > SINGULAR else (coef, current)


def _rescued(problem: Problem, coef: Array, current: SecondOrder) -> tuple[Array, SecondOrder]:
    """Take a step uphill where the information is singular to rounding, so that its own step is none.

    Eigenvalues below a floor are lifted to it (as Levenberg, 1944, and Marquardt, 1963, do with all of them), which
    makes the direction one of ascent.
    """
    informations = [current.information]
    if not problem.model.canonical and problem.penalty is None:
        informations.insert(0, problem.observed_information(coef))  # in the tails the expected one vanishes
    for information in informations:
        scale = column_scale(information)
        scaled = information / np.outer(scale, scale)
        if not np.all(np.isfinite(scaled)):
            continue
        values, vectors = np.linalg.eigh(scaled)
        for floor in (1e-12, 1e-6, 1.0):
            lifted = np.maximum(values, floor * max(values[-1], 1e-300))
            step = vectors @ ((vectors.T @ (current.score / scale)) / lifted) / scale
            lower = _halved(problem, coef, step, np.nextafter(current.deviance, -np.inf))
            if lower is not None:
                return lower
    return coef, current


def _halved(
    problem: Problem, coef: Array, step: Array, highest: float, halvings: int = HALVINGS, observe: bool = False
) -> tuple[Array, SecondOrder] | None:
    """Return where a step, halved often enough, has a deviance of `highest` at most; None where it never has."""
    for _ in range(halvings):
        trial = coef + step
        at_trial = problem.both_orders(trial) if observe else problem.second_order(trial)
        if at_trial.deviance <= highest and at_trial.finite:
            return trial, at_trial
        step = 0.5 * (_legal(problem, coef, step) if at_trial.deviance == np.inf else step)
    return None


def _legal(problem: Problem, coef: Array, step: Array) -> Array:
    """Return an illegal step halved until twice of it would be legal nowhere: what halving one by one would come to."""
    if problem.model.etas == (-np.inf, np.inf):
        return step
    share = -problem.data.sum(_overstep, problem.glm, coef, step).value
    if not share > 0.0:
        return step
    halvings = max(int(np.floor(-np.log2(max(share, 2.0**-HALVINGS)))), 0)
    return step * 2.0**-halvings


def _overstep(model: GLM, coef: Array, step: Array, block: Block) -> Top:
    """Return minus the share of a step that every row may take, 1 at most."""
    change = block.X @ step
    room = model.room(model.eta(coef, block), change)
    return Top(-min(1.0, float(np.min(room / np.maximum(np.abs(change), 1e-300), initial=1.0))))
