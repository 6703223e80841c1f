"""Penalties on the log-likelihood: finite answers when asked for, and never called the maximum likelihood estimate."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import Protocol

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import Dataset
from glmnn.kernels.gram import quadratic_forms
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import SecondOrderModel


class Penalty(Protocol):
    """What is added to the sums over the rows; minus twice the log-penalty is added to the deviance."""

    @property
    def label(self) -> str:
        """How the report calls the estimate."""
        ...

    @property
    def spread(self) -> str:
        """What the standard errors are."""
        ...

    @property
    def smooth(self) -> bool:
        """True when the penalty has a curvature bound of its own, namely `curvature`."""
        ...

    def curvature(self, p: int) -> Array:
        """Return what the penalty adds to the information, shape (p, p)."""
        ...

    def add(self, model: SecondOrderModel, data: Dataset, coef: Array, plain: SecondOrder) -> SecondOrder:
        """Return deviance, score and information with the penalty added."""
        ...

    def needs_information(self) -> bool:
        """Say whether the score cannot be had without the information."""
        ...

    def in_coordinates(self, to_data: Array) -> Penalty:
        """Return the penalty on gamma that this one is on coef = to_data gamma."""
        ...

    def of_part(self, stride: int) -> Penalty:
        """Return the penalty that does to every `stride`-th row what this one does to all."""
        ...


@dataclass(frozen=True)
class Ridge:
    """L2 penalty: log-likelihood - lambda / 2 sum_j b_j^2 (Hoerl & Kennard, 1970), per unit of dispersion.

    In scikit-learn's terms C = 1 / lambda; as weight decay on the mean loss lambda / rows.

    Attributes
    ----------
    strength : float
        lambda.
    free : tuple of bool
        Coefficients that are not penalised, the intercept as a rule.
    to_data : ndarray of shape (p, p) or None
        Where it is on gamma, coef = to_data gamma.
    """

    strength: float
    free: tuple[bool, ...]
    smooth: bool = True
    to_data: Array | None = field(default=None, repr=False, compare=False)

    @property
    def label(self) -> str:
        """How the report calls the estimate."""
        return f"L2-penalised, lambda = {self.strength:g}"

    @property
    def spread(self) -> str:
        """What the standard errors are."""
        return "penalised information (a normal prior's posterior)"

    def curvature(self, p: int) -> Array:
        """Return lambda on the diagonal of the penalised coefficients, shape (p, p), as a form of gamma."""
        added = np.where(self.free[:p], 0.0, self.strength)
        return np.diag(added) if self.to_data is None else np.asarray((self.to_data.T * added) @ self.to_data)

    def add(self, _model: SecondOrderModel, _data: Dataset, coef: Array, plain: SecondOrder) -> SecondOrder:
        """Return deviance + lambda b'b, score - lambda b, information + lambda."""
        added = self.curvature(coef.size)
        pull = added @ coef
        return plain._replace(
            deviance=plain.deviance + float(coef @ pull),
            score=plain.score - pull,
            information=plain.information + added,
        )

    def needs_information(self) -> bool:
        """Return False: the score is lambda b away."""
        return False

    def in_coordinates(self, to_data: Array) -> Ridge:
        """Return the same on gamma."""
        return replace(self, to_data=to_data if self.to_data is None else self.to_data @ to_data)

    def of_part(self, stride: int) -> Ridge:
        """Return the like share of lambda."""
        return replace(self, strength=self.strength / stride)


@dataclass(frozen=True)
class Firth:
    """Jeffreys' prior: log-likelihood + log|information| / 2 (Firth, 1993), which is always finite for logits.

    The score gains 1/2 tr(I^-1 dI/db_r) = 1/2 sum_i (w_i' / w_i) h_i x_ir with h the hat values and w' = dw/deta,
    which for the logit is sum_i h_i (1/2 - mu_i) x_ir (Heinze & Schemper, 2002). It is the same prior in any
    coordinates, but for a factor.

    Attributes
    ----------
    log_volume : float
        2 log|det T| where it is on gamma, coef = T gamma: log|information| is as much larger there.
    """

    smooth: bool = False
    log_volume: float = 0.0

    @property
    def label(self) -> str:
        """How the report calls the estimate."""
        return "Firth's penalised likelihood (Jeffreys prior)"

    @property
    def spread(self) -> str:
        """What the standard errors are."""
        return "information at the penalised estimate"

    def curvature(self, p: int) -> Array:
        """Return zeros: the penalty is not counted in the information, as is usual."""
        return np.zeros((p, p))

    def add(self, model: SecondOrderModel, data: Dataset, coef: Array, plain: SecondOrder) -> SecondOrder:
        """Return deviance - log|I| and the score with the hat values, in a second pass over the rows."""
        if not has_one_output(model):
            raise TypeError(model.capabilities.firth)
        sign, log_determinant = np.linalg.slogdet(plain.information)
        if not (np.isfinite(plain.deviance) and sign > 0):
            return plain._replace(deviance=np.inf)
        with np.errstate(all="ignore"):
            pull = data.sum(_hat_scores, model, plain.covariance(), coef)
        added = float(log_determinant) - self.log_volume
        return plain._replace(deviance=plain.deviance - added, score=plain.score + pull)

    def needs_information(self) -> bool:
        """Return True: the hat values need it."""
        return True

    def in_coordinates(self, to_data: Array) -> Firth:
        """Return the same on gamma."""
        return replace(self, log_volume=self.log_volume + 2.0 * float(np.linalg.slogdet(to_data)[1]))

    def of_part(self, _stride: int) -> Firth:
        """Return the same: its information is that of the part."""
        return self


def first_order(total: SecondOrder) -> FirstOrder:
    """Return the first-order part."""
    return FirstOrder(total.rows, total.deviance, total.score)


def _hat_scores(model: GLM, inverse: Array, coef: Array, block: Block) -> Array:
    """Return 1/2 sum_i w_i' h_i / w_i x_i, shape (p,)."""
    leverage = quadratic_forms(block.X, inverse) * block.prior_weight
    return np.asarray((0.5 * leverage * _information_slope(model, model.eta(coef, block))) @ block.X)


def _information_slope(model: GLM, eta: Array) -> Array:
    """Return d information / d eta of rows of unit weight, by central differences good to nine digits."""
    step = 1e-5 * (np.abs(eta) + (model.etas == (-inf, inf)))
    nothing = np.full_like(eta, 0.5)
    with np.errstate(all="ignore"):
        _, _, above = model.pointwise.evaluate(eta + step, nothing)
        _, _, below = model.pointwise.evaluate(eta - step, nothing)
    return (above - below) / (2.0 * step)
