"""What a model says of a block of rows, as functions that travel to where the rows are."""

from __future__ import annotations

from glmnn.arrays import Array, Block
from glmnn.engines.tree import Many
from glmnn.kernels.double_double import Pair, linear_predictor
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.glm import GLM
from glmnn.models.model import Model, SecondOrderModel


def rounded_eta(high: Array, low: Array, block: Block) -> Array:
    """Return the linear predictor of coefficients high + low, correctly rounded."""
    return linear_predictor(block.X, high, low, block.offset)[0]


def first_order(model: Model, coef: Array, block: Block) -> FirstOrder:
    """Return deviance and score."""
    return model.first_order(coef, block)


def second_order(model: SecondOrderModel, coef: Array, block: Block) -> SecondOrder:
    """Return deviance, score and information."""
    return model.second_order(coef, block)


def extended_score(model: SecondOrderModel, high: Array, low: Array, block: Block) -> Pair:
    """Return the score at high + low in extended precision."""
    return Pair(*model.extended_score(high, low, block))


def both_orders(model: GLM, coef: Array, block: Block) -> Many:
    """Return `second_order`, and the observed information."""
    return Many((model.second_order(coef, block), model.observed_information(coef, block)))
