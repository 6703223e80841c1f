"""What is known of all rows before a solver asks: the first step of Fisher scoring, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import FEW_ROWS, Dataset
from glmnn.engines.tree import leaf_rows
from glmnn.kernels.visits import Sums, visits
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import SecondOrderModel
from glmnn.problem.fused import fused, kernel_of, of_second_order

MOST = 16  # states; ordinary fits have five


@dataclass(frozen=True)
class Foreseen:
    """What is known of all rows before a solver asks for it.

    Attributes
    ----------
    start : SecondOrder
        The normal equations of the first step of Fisher scoring.
    states : dict of bytes to Sums
        What the rows say at the coefficients to which it leads.
    """

    start: SecondOrder
    states: dict[bytes, Sums] = field(default_factory=dict)


def foresee(model: SecondOrderModel, data: Dataset, ahead: bool) -> Foreseen:
    """Return the normal equations of the first step.

    Of few rows compiled code makes a whole fit in one call: with `ahead`, the states to which the step leads come too.
    Whoever wants them asks for their coefficients, and for those that are not among them visits the rows as ever.
    """
    if not has_one_output(model):
        return Foreseen(data.sum(model.starting_step))
    whole, nothing = data.at_hand, np.zeros(len(data.names))
    if ahead and whole is not None and data.rows <= FEW_ROWS:
        pair = kernel_of(model, data)
        freedom = 0.0 if model.dispersion_known else max(data.rows - nothing.size, 1)
        start, leaf = None if pair is None else model.starting_eta(whole), leaf_rows(nothing.size)
        seen = [] if pair is None else visits(pair, data.plain, nothing, whole, leaf, start, most=MOST, freedom=freedom)
        if seen:
            return Foreseen(of_second_order(seen[0]), {sums.coef.tobytes(): sums for sums in seen[1:]})
    instead = partial(_starting_step, model)
    evaluate = fused(model, data, True, of_second_order, instead, model.starting_eta)
    return Foreseen(data.sum(evaluate or instead, nothing))


def _starting_step(model: GLM, _coef: Array, block: Block) -> SecondOrder:
    return model.starting_step(block)
