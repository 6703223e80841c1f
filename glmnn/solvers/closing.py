"""The last Newton step and one pass over the rows at its end, which says all that is asked of a maximum."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.clusters import Clusters, Leaf
from glmnn.engines.tree import Groups, Top, leaf_rows
from glmnn.kernels.double_double import two_sum
from glmnn.kernels.gram import gram, quadratic_forms
from glmnn.kernels.visits import Sums
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.models.limits import sides
from glmnn.problem.fused import of_second_order
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.polish import MILD, dispersion, needs_extended

UNIT = 2.0**-53  # unit roundoff of float64
NEAR = 1e-7  # of the product of decrement and `reach`, up to which one more Newton step leaves rounding alone
STILL = 1e-10  # of the same product with what eta does change, up to which the information stays what it is
MANY = 30_000  # rows from which a second information in one pass costs less than passes one by one


class Besides(dict[str, Any]):
    """What else was summed, by name; two of them add."""

    def __add__(self, other: Besides) -> Besides:
        return Besides({name: value + other[name] for name, value in self.items()})


class Asked(NamedTuple):
    """What is asked of the rows besides.

    Attributes
    ----------
    of_block : callable or None
        (model, coef, information^-1, block) -> `Besides`.
    clusters : ndarray of int, shape (rows,), Clusters or None
        The cluster of each row.
    of_leaf : callable or None
        (model, coef, leaf) -> the sums by cluster.
    """

    of_block: Callable[..., Besides] | None = None
    clusters: Index | Clusters | None = None
    of_leaf: Callable[..., Groups] | None = None


class Closing(NamedTuple):
    """What the rows say at a maximum; two of them add."""

    second_order: SecondOrder
    pearson: float
    sizes: float  # sum of w (|y| + |mu|)^2 / V(mu): what the deviance would be if each mean were wrong by its own size
    least: float  # least information of a row, its prior weight included
    blocks: int
    longest: int  # rows of the largest block
    besides: Besides = Besides()

    def __add__(self, other: Closing) -> Closing:  # type: ignore[override]
        return Closing(
            self.second_order + other.second_order,
            self.pearson + other.pearson,
            self.sizes + other.sizes,
            min(self.least, other.least),
            self.blocks + other.blocks,
            max(self.longest, other.longest),
            self.besides + other.besides,
        )

    @property
    def reach(self) -> float:
        """The most that a row's eta changes over one standard error of unit dispersion, in any direction, or more.

        w_i x_i x_i' <= I, so that x_i' I^-1 x_i <= 1 / w_i.
        """
        return 1.0 / sqrt(self.least) if self.least > 0.0 else inf

    @property
    def decrement(self) -> float:
        """The decrement, with what rounding of the plain sums of the score may hide of it.

        The score of a row is wrong by its size times the roundings of the longest sum, and sum_i |score_i| / sqrt(w_i)
        <= sqrt(rows Pearson) by Cauchy & Schwarz (Higham, 2002, section 3.1).
        """
        return self.decrement_with(self.pearson)

    def decrement_with(self, squares: float) -> float:
        """Return the same with another bound of the sum of score_i' information_i^-1 score_i."""
        roundings = self.longest + self.blocks + 4
        return self.second_order.decrement() + 2.0 * roundings * UNIT * sqrt(self.second_order.rows * squares)


def close(problem: Problem, coef: Array, current: SecondOrder) -> tuple[Array, Array, Closing] | None:
    """Return the maximum as a pair and what the rows say there; None where it takes more than a step and a pass.

    The step after the pass moves the sums by rounding alone. Where sums must be in extended precision `polish` goes on
    step by step; so it does with few rows where the steps are not Newton's, who asks for the observed information.
    """
    if not problem.additive or not is_glm(problem):
        return None
    canonical, edged = problem.model.canonical, problem.model.etas != (-inf, inf)
    if problem.rows < MANY and (edged or not canonical or problem.penalty is not None):
        return None
    told = None if problem.besides is None or problem.rows < MANY else 0.0  # the pass itself tells of the offset
    if (edged and problem.penalty is not None) or needs_extended(problem, coef, current, told):
        return None
    reached = coef + (current.newton or current).scoring_step()
    problem.passes += 1
    asked = (None if problem.besides is None else problem.besides(problem)) or Asked()
    besides = asked.of_block if canonical and not edged else partial(_bounded, asked.of_block)
    if besides is None and asked.clusters is None:
        closing: Closing = problem.sum(_close, _of_sums, reached, second=True)
    else:
        given = besides, current.covariance(), problem.model, _closer(problem), reached
        if asked.clusters is None:
            closing = problem.data.sum(_close_with, *given)
        else:
            closing = problem.data.sum_with(asked.clusters, _close_clustered, asked.of_leaf, *given)
    closing = penalised(problem, reached, closing)
    last = closing.second_order
    sound = isfinite(last.deviance) and isfinite(closing.pearson) and last.finite
    newton, product = (last, last.decrement() * _reach(closing) / NEAR) if canonical else _newton(problem, closing)
    if not sound or not product <= sqrt(dispersion(problem, last)):
        return None
    offset = closing.besides.get("offset")
    if offset is not None and problem.small and needs_extended(problem, reached, last, offset):
        return None
    high, low = two_sum(reached, newton.scoring_step())
    return high, low, closing


def penalised(problem: Problem, coef: Array, closing: Closing) -> Closing:
    """Return the sums with the penalty; the deviance without it stands besides."""
    if problem.penalty is None:
        return closing
    plain = closing.second_order
    besides = Besides(closing.besides, deviance=plain.deviance)
    return closing._replace(second_order=problem.penalty.add(problem.model, problem.data, coef, plain), besides=besides)


def _newton(problem: Problem, closing: Closing) -> tuple[SecondOrder, float]:
    """Return the sums with the observed information, and the product of decrement and reach as a part of `STILL`."""
    observed = closing.besides["observed"]
    if problem.penalty is not None:
        observed = observed + problem.penalty.curvature(len(observed))
    newton = closing.second_order._replace(information=observed)
    if not newton.condition() < MILD:  # it need not be definite
        return newton, inf
    return newton, newton.decrement() * _reach(closing) / STILL


def _reach(closing: Closing) -> float:
    """Return the most that a row's eta changes over a standard error, also as a part of its distance from an edge."""
    reach = closing.besides["reach"].value if "reach" in closing.besides else closing.reach
    return max(reach, closing.besides["share"].value) if "share" in closing.besides else float(reach)


def _bounded(besides: Callable[..., Besides] | None, model: GLM, coef: Array, bread: Array, block: Block) -> Besides:
    """Return what else is asked of links that are not canonical, or whose domain has an edge: bounds over the rows.

    "reach" is the most that an eta changes over a standard error, "share" the same as a part of its distance from the
    edge, "correction" the most that a score must give for it where its row has a side to be on. Steps that are not
    Newton's need the observed information as well.
    """
    eta = model.eta(coef, block)
    _, score, information = model.pointwise.evaluate(eta, block.y)
    reach, side = np.sqrt(quadratic_forms(block.X, bread)), sides(model, block.y)
    part = np.where(np.sign(score) == side, information * reach / np.abs(score), inf)
    found = Besides() if besides is None else besides(model, coef, bread, block)
    found = Besides(found, reach=Top(float(reach.max())), correction=Top(float(part[side != 0].max(initial=0.0))))
    if model.etas != (-inf, inf):
        found["share"] = Top(float((reach / model.distance(eta)).max()))
    if not model.canonical:
        found["observed"] = gram(block.X, model.observed_weight(eta, block))
    return found


def _closer(problem: Problem[GLM]) -> Callable[[Array, Block], Closing]:
    return problem.bare(_close) or partial(_close, problem.model)


def _of_sums(sums: Sums) -> Closing:
    leaf = min(sums.rows, leaf_rows(sums.score.size))
    leaves = -(-sums.rows // leaf)
    return Closing(of_second_order(sums), sums.pearson, sums.sizes, sums.least, leaves, leaf)


def _close_clustered(
    of_leaf: Callable[..., Groups],
    besides: Callable[..., Besides] | None,
    bread: Array,
    model: GLM,
    evaluate: Callable[[Array, Block], Closing],
    coef: Array,
    leaf: Leaf,
) -> Closing:
    closing = _close_with(besides or _nothing, bread, model, evaluate, coef, leaf.block)
    return closing._replace(besides=Besides(closing.besides, clusters=of_leaf(model, coef, leaf)))


def _nothing(*_: Any) -> Besides:
    return Besides()


def _close_with(
    besides: Callable[..., Besides],
    bread: Array,
    model: GLM,
    evaluate: Callable[[Array, Block], Closing],
    coef: Array,
    block: Block,
) -> Closing:
    return evaluate(coef, block)._replace(besides=besides(model, coef, bread, block))


def _close(model: GLM, coef: Array, block: Block) -> Closing:
    eta, y, weight = model.eta(coef, block), block.y, block.prior_weight
    deviance, score, information = model.pointwise.evaluate(eta, y)
    mu, complement = model.link.inverse(eta), model.link.complement(eta)
    size = np.abs(y) + np.abs(mu)
    sizes = float(weight.dot(size * size / model.family.variance(mu)))
    pearson = model.family.pearson(y, mu, complement, weight)
    current = model.summed(eta, deviance, score, information, block)
    return Closing(current, pearson, sizes, float(information.min()), 1, y.size)
