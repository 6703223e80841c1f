"""What a model is: a head says what eta means for the response, a model makes eta of columns and coefficients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from glmnn.arrays import Array, Block
from glmnn.models.evaluation import FirstOrder, SecondOrder

if TYPE_CHECKING:
    from glmnn.models.capabilities import Capabilities


class Rowwise(NamedTuple):
    """What rows of unit weight say, per unit of dispersion: with K linear predictors for K outputs."""

    deviance: Array  # (rows,)
    score: Array  # d log-likelihood / d eta, (rows,) or (rows, K)
    information: Array  # expected, (rows,) or (rows, K, K)


class Head(Protocol):
    """A distribution of the response given linear predictors eta, of shape (rows,) or (rows, outputs)."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    @property
    def family_name(self) -> str:
        """Name of the family, for reports and documents."""
        ...

    @property
    def link_name(self) -> str:
        """Name of the link, for reports and documents."""
        ...

    @property
    def outputs(self) -> int:
        """Number of linear predictors of a row; with one, eta has the shape (rows,)."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, one for each output; empty where the response is a number."""
        ...

    @property
    def etas(self) -> tuple[float, float]:
        """Open interval of the legal linear predictors."""
        ...

    @property
    def dispersion_known(self) -> bool:
        """Whether the dispersion is 1, not estimated."""
        ...

    @property
    def least_squares(self) -> bool:
        """Whether the response and eta have the same unit and zero, and the deviance is their squared distance."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What goes with it, and why the rest does not."""
        ...

    def inside(self, eta: Array) -> bool:
        """Say whether every eta is legal."""
        ...

    def evaluate(self, eta: Array, y: Array) -> Rowwise:
        """Return unit deviance, score and expected information of each row."""
        ...

    def slope(self, eta: Array, block: Block) -> Array:
        """Return d log-likelihood / d eta of each row, with its prior weight; BP1 but for the sign."""
        ...

    def loss(self, eta: Array, block: Block) -> tuple[float, Array]:
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


class Model(Protocol):
    """Coefficients and a block of rows to sums that add up over blocks."""

    @property
    def outputs(self) -> int:
        """Number of linear predictors of a row."""
        ...

    def eta(self, coef: Array, block: Block) -> Array:
        """Return the linear predictors, shape (rows,) or (rows, outputs)."""
        ...

    def fitted(self, coef: Array, block: Block) -> Array:
        """Return the fitted means, shape (rows,), or the probabilities of the classes, shape (rows, outputs)."""
        ...

    def deviance(self, coef: Array, block: Block) -> float:
        """Return the deviance, inf where eta leaves the domain."""
        ...

    def score(self, coef: Array, block: Block) -> Array:
        """Return the score alone, shape (q,)."""
        ...

    def scorer(self, rows: int, plain: bool) -> Callable[[Array, Block], Array]:
        """Return `score` for many calls on blocks of at most so many rows, to the same bits.

        Where they are `plain`, all prior weights are 1 and all offsets 0.
        """
        ...

    def first_order(self, coef: Array, block: Block) -> FirstOrder:
        """Return deviance and score; the deviance is inf where eta leaves the domain."""
        ...


class SecondOrderModel(Model, Head, Protocol):
    """A head straight on the columns, whose information is worth having: what Fisher scoring fits."""

    @property
    def free(self) -> int:
        """Number of columns of coefficients: outputs, without a class that is the base."""
        ...

    @property
    def canonical(self) -> bool:
        """Whether expected and observed information are the same."""
        ...

    @property
    def concave(self) -> bool:
        """Whether the log-likelihood is concave whatever the data, so that a maximum is the only one."""
        ...

    @property
    def unit_free(self) -> bool:
        """Whether a change of eta by 1 is a large one, whatever the data."""
        ...

    @property
    def curvature_bound(self) -> float | None:
        """The most that an eigenvalue of a row's information can be, or None where it has no bound."""
        ...

    def terms(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the coefficients from those of the columns."""
        ...

    def expanded(self, to_data: Array) -> Array:
        """Return the coordinates of the coefficients, shape (q, q), from those of the columns."""
        ...

    def neuron_coordinates(self, to_data: Array) -> Array:
        """Return T with coef = T gamma, in which a neuron steps, from the coordinates of the columns."""
        ...

    def bounded(self, gram: Array) -> Array:
        """Return the most that the information can be, shape (q, q), from X' W X; needs a `curvature_bound`."""
        ...

    def reach(self, size: Array) -> Array:
        """Return the typical size of what each coefficient multiplies, shape (q,), from that of each column."""
        ...

    def second_order(self, coef: Array, block: Block) -> SecondOrder:
        """Return deviance, score and expected information; the deviance is inf where eta leaves the domain."""
        ...

    def extended_score(self, high: Array, low: Array, block: Block) -> tuple[Array, Array]:
        """Return the score at the coefficients high + low as a pair of sums in extended precision."""
        ...

    def observed_information(self, coef: Array, block: Block) -> Array:
        """Return minus the second derivative of the log-likelihood, shape (q, q)."""
        ...

    def starting_step(self, block: Block) -> SecondOrder:
        """Return the normal equations of the first Fisher step."""
        ...

    def constant_step(self, mean: float, block: Block) -> SecondOrder:
        """Return the normal equations of the coefficients whose eta is nearest to that of a constant mean."""
        ...
