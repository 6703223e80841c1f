"""Inside the neuron and in the data: the activation as a table, some rows, and how to draw the model among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.dataset import CONSTANT, Dataset
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import SecondOrderModel
from glmnn.pictures.course import Course, spread
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.picture_schema import MOST_ROWS, Activation, InData, Rows, RunMeans
from glmnn.problem.problem import Problem

POINTS = 161  # of the activation
FINE = 4001  # of its search for where it moves
FLAT = 1e-5  # of all it moves, which nobody sees
BEYOND = 0.3  # of the range of eta at the best, shown on either side
CELLS = 4_000  # of the design that are shown
MEANS = 6_000  # of classes, over all runs


def room_for_rows(problem: Problem, most: int) -> int:
    """Return how many rows are shown at most."""
    return min(most, MOST_ROWS, max(1, CELLS // problem.data.width))


def some_rows(data: Dataset, most: int, seed: int) -> Block | None:
    """Return some rows, drawn by chance without replacement; None where none are asked for."""
    if most <= 0:
        return None
    some = data.every(max(1, data.rows // (4 * most))).whole
    size = some.y.size
    if size <= most:
        return some
    return some.rows(np.sort(np.random.default_rng(seed).choice(size, most, replace=False)))


def shown_rows(model: SecondOrderModel, block: Block, best: Array | None, direction: Array | None, all_: int) -> Rows:
    """Return the rows that are shown, with their means at the maximum or their place along a separating direction."""
    mean = None if best is None else rounded(observed_mean(model, best, block), 5)
    margin = None if direction is None else _margin(block.X @ direction)
    return Rows(
        X=rounded(block.X, 6) if has_one_output(model) else [],
        offset=rounded(block.offset) if block.offset.any() else None,
        y=rounded(block.y),
        weight=None if np.all(block.prior_weight == 1.0) else rounded(block.prior_weight),
        mean=mean,
        margin=margin,
        shown=int(block.y.size),
        all=all_,
    )


def observed_mean(model: SecondOrderModel, coef: Array, block: Block) -> Array:
    """Return the fitted mean of each row, of classes the probability of the one observed, shape (rows,)."""
    with np.errstate(all="ignore"):
        mean = model.fitted(coef, block)
    return mean if has_one_output(model) else mean[np.arange(block.y.size), block.y.astype(np.intp)]


def activation(model: GLM, block: Block, states: Sequence[Array]) -> Activation:
    """Return the mean as a table over the linear predictors that matter.

    Parameters
    ----------
    model : GLM
    block : Block
        The rows that are shown.
    states : sequence of ndarray of shape (p,)
        The maximum; without one the last state of each run.
    """
    with np.errstate(all="ignore"):
        etas = np.concatenate([model.eta(coef, block) for coef in states])
        etas = etas[np.isfinite(etas)]
        low, high = (float(etas.min()), float(etas.max())) if etas.size else (-1.0, 1.0)
        wide = BEYOND * (high - low) + (1.0 if model.unit_free or not high > low else 0.0)
        low, high = _where_it_moves(model, (low - wide, high + wide), _reach(model, block, (low, high)))
        z = np.linspace(low, high, POINTS)
        mean = np.where((z > model.etas[0]) & (z < model.etas[1]), model.mean(z), np.nan)
    return Activation(name=model.link_name, z=rounded(z), mean=rounded(mean))


def in_data(model: SecondOrderModel, names: Sequence[str], block: Block) -> InData:
    """Return whether the model is drawn as a curve over one feature, a line between two, or by its means."""
    constant = next((place for place, name in enumerate(names) if name == CONSTANT), None)
    features = [place for place in range(len(names)) if place != constant]
    plain = has_one_output(model) and not block.offset.any()
    if plain and len(features) == 1:
        return InData(kind="curve", intercept=constant, columns=features, eta=None)
    if plain and len(features) == 2 and has_one_output(model) and model.family.means == (0.0, 1.0):
        eta = float(model.link.link(np.array([0.5]))[0])
        return InData(kind="line", intercept=constant, columns=features, eta=one(eta))
    return InData(kind="means", intercept=constant, columns=[], eta=None)


def means_of_classes(
    model: SecondOrderModel, block: Block, courses: Sequence[Course], kept: Sequence[Index]
) -> list[RunMeans]:
    """Return the means of the observed classes on the way of each run, at as many of the kept states as there is room.

    Parameters
    ----------
    model : SecondOrderModel
    block : Block
        The rows that are shown.
    courses : sequence of Course
    kept : sequence of ndarray of int
        Places of the states of each run that are in the document.
    """
    room = max(4, MEANS // max(1, block.y.size * len(courses)))
    found = []
    for course, places in zip(courses, kept, strict=True):
        chosen = spread(len(places), room)
        means = [rounded(observed_mean(model, course.coef[places[at]], block), 4) for at in chosen.tolist()]
        found.append(RunMeans(solver=course.solver, state=chosen.tolist(), mean=means))
    return found


def _reach(model: GLM, block: Block, etas: tuple[float, float]) -> tuple[float, float]:
    """Return the means that are worth showing: those of the responses and of the rows, and somewhat beyond."""
    means = model.mean(np.array(etas))
    ends = np.r_[block.y, means[np.isfinite(means)]]
    wide = BEYOND * float(np.ptp(ends))
    return float(ends.min()) - wide, float(ends.max()) + wide


def _where_it_moves(model: GLM, etas: tuple[float, float], means: tuple[float, float]) -> tuple[float, float]:
    """Return the part of an interval outside which the mean does not visibly move, or leaves what is shown."""
    first, last = np.clip(etas, *model.etas).tolist()
    z = np.linspace(first, last, FINE)[1:-1]
    mean = model.mean(z)
    known = np.isfinite(mean) & (mean >= means[0]) & (mean <= means[1])
    if not known.any():
        return etas
    z, mean = z[known], mean[known]
    if z[-1] == z[0] or np.ptp(mean) == 0:
        return etas
    moves = np.flatnonzero(np.abs(np.diff(mean)) > FLAT * (mean.max() - mean.min()) / FINE)
    if not moves.size:
        return float(z[0]), float(z[-1])
    return float(z[moves[0]]), float(z[moves[-1] + 1])


def _margin(along: Array) -> list[float | None]:
    size = float(np.sqrt(np.mean(along * along)))
    return rounded(along / size if size > 0 else along, 5)
