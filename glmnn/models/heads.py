"""What stands on top of the hidden layers: the error that starts the backward pass, and the loss it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.errors import UsageError, unknown
from glmnn.models.glm import GLM
from glmnn.models.softmax import softmax


class Head(Protocol):
    """A distribution of the response given the outputs eta of a network, of shape (rows,) or (rows, outputs)."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    @property
    def outputs(self) -> int:
        """Number of linear predictors of a row; with one, eta has the shape (rows,)."""
        ...

    def slope(self, eta: Array, block: Block) -> Array:
        """Return d log-likelihood / d eta of each row, with its prior weight; BP1 but for the sign."""
        ...

    def evaluate(self, eta: Array, block: Block) -> tuple[float, Array]:
        """Return the deviance, inf outside the domain, and the slope."""
        ...

    def deviances(self, eta: Array, y: Array) -> Array:
        """Return the unit deviance of each row, shape (rows,); also for complex eta."""
        ...

    def mean(self, eta: Array) -> Array:
        """Return the fitted mean of each row; for classes their probabilities, shape (rows, outputs)."""
        ...

    def start(self, block: Block) -> Array:
        """Return the eta of the mean response, shape (outputs,)."""
        ...


@dataclass(frozen=True)
class Single:
    """A generalised linear model on what the hidden layers make of the features.

    With the gaussian family and any link it is the squared error of a unit with that activation.
    """

    model: GLM
    outputs: int = 1

    @property
    def name(self) -> str:
        """Family and link."""
        return f"{self.model.family.name}, {self.model.link.name} link"

    def slope(self, eta: Array, block: Block) -> Array:
        """Return d log-likelihood / d eta, shape (rows,)."""
        residual = self.model.pointwise.score(eta, block.y)
        residual *= block.prior_weight
        return residual

    def evaluate(self, eta: Array, block: Block) -> tuple[float, Array]:
        """Return deviance and slope."""
        deviance, score, _ = self.model.pointwise.evaluate(eta, block.y)
        total = float(block.prior_weight @ deviance) if self.model.inside(eta) else inf
        return total if np.isfinite(total) else inf, score * block.prior_weight

    def deviances(self, eta: Array, y: Array) -> Array:
        """Return the unit deviance of each row."""
        if not np.iscomplexobj(eta):
            return self.model.pointwise.evaluate(eta, y)[0]
        link = self.model.link
        return self.model.family.unit_deviance(y, link.inverse(eta), link.complement(eta))

    def mean(self, eta: Array) -> Array:
        """Return the fitted means, shape (rows,)."""
        return self.model.link.inverse(eta)

    def start(self, block: Block) -> Array:
        """Return the eta of the mean response, a little inside where that is on the edge of the domain."""
        weight = block.prior_weight
        inner = self.model.family.starting_mean(block.y, weight)
        mean = np.average(block.y, weights=weight)
        with np.errstate(all="ignore"):
            eta = self.model.link.link(np.array([mean]))
            if not np.all(np.isfinite(eta)):
                eta = self.model.link.link(np.array([np.average(inner, weights=weight)]))
        return eta if np.all(np.isfinite(eta)) and self.model.inside(eta) else np.zeros(1)


@dataclass(frozen=True)
class Classes:
    """A softmax over K linear predictors, one for each class; the response is the number of the class.

    Its deviance is twice the categorical cross-entropy. Adding one number to all linear predictors of a row changes
    nothing: the probabilities are identified, the weights are not.
    """

    labels: tuple[str, ...]

    @property
    def name(self) -> str:
        """How many classes."""
        return f"softmax over {len(self.labels)} classes"

    @property
    def outputs(self) -> int:
        """One for each class."""
        return len(self.labels)

    def slope(self, eta: Array, block: Block) -> Array:
        """Return 1{k = y} - p_k, shape (rows, K), in which 1 - p is the sum of the other probabilities."""
        slope = softmax(eta)
        np.negative(slope, out=slope)
        rows, codes = np.arange(block.y.size), block.y.astype(np.intp)
        slope[rows, codes] = 0.0
        slope[rows, codes] = -slope.sum(axis=1)
        slope *= block.prior_weight[:, None]
        return slope

    def evaluate(self, eta: Array, block: Block) -> tuple[float, Array]:
        """Return deviance and slope."""
        total = float(block.prior_weight @ self.deviances(eta, block.y))
        return total if np.isfinite(total) else inf, self.slope(eta, block)

    def deviances(self, eta: Array, y: Array) -> Array:
        """Return -2 log p_y = 2 log sum_k exp(eta_k - eta_y) of each row."""
        rows, codes = np.arange(y.size), y.astype(np.intp)
        above = eta - eta[rows, codes][:, None]
        above[rows, codes] = -inf
        largest = np.maximum(above.real.max(axis=1), 0.0)
        rest = np.exp(above - largest[:, None]).sum(axis=1)
        # log(1 + sum of the others), small where the class is nearly certain
        return np.asarray(2.0 * np.where(largest > 0, largest + np.log(np.exp(-largest) + rest), np.log1p(rest)))

    def mean(self, eta: Array) -> Array:
        """Return the probabilities, shape (rows, K)."""
        return softmax(eta)

    def start(self, block: Block) -> Array:
        """Return the logarithms of the shares of the classes, half a row added to each."""
        shares = np.bincount(block.y.astype(np.intp), block.prior_weight, len(self.labels)) + 0.5
        logs = np.log(shares)
        return np.asarray(logs - logs.mean())


class Loss(NamedTuple):
    """A loss of the neural-net world as a part of the deviance.

    Attributes
    ----------
    name : str
        In words.
    share : float
        Mean loss = share * deviance / rows.
    """

    name: str
    share: float

    def mean(self, deviance: float, rows: int) -> float:
        """Return the mean loss."""
        return self.share * deviance / rows


DEVIANCE = Loss("half the deviance", 0.5)
BCE = Loss("binary cross-entropy", 0.5)
CCE = Loss("categorical cross-entropy", 0.5)
MSE = Loss("mean squared error", 1.0)
LOSSES = {"bce": BCE, "cce": CCE, "mse": MSE}


def find_loss(name: str | None) -> Loss:
    """Return the loss called `name`; without a name half the deviance of the family.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name is None:
        return DEVIANCE
    plain = name.strip().lower()
    if plain not in LOSSES:
        raise UsageError(unknown("loss", name, LOSSES))
    return LOSSES[plain]
