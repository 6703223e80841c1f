"""What marginal effects and means were found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from glmnn.fitting.estimate import Estimate


class Kind(Enum):
    """What an average is of."""

    EFFECT = "effect"
    MEAN = "mean"


@dataclass(frozen=True)
class Average:
    """One average with its inference.

    Attributes
    ----------
    kind : Kind
    term : str
        The column.
    contrast : str
        dY/dX for a number, the two levels for a factor; of a marginal mean its level.
    group : str
        The class whose probability it is; empty where the response is a number.
    estimate, std_error, statistic, p_value, low, high : float
        By the delta method; nan where there is none.
    """

    kind: Kind
    term: str
    contrast: str
    group: str
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    low: float
    high: float


@dataclass(frozen=True)
class Effects:
    """Average marginal effects and marginal means of a model.

    Attributes
    ----------
    estimate : Estimate
    averages : tuple of Average
        Effects first.
    at : str
        data or grid: what is averaged over.
    rows : int
        Of the data, or of the grid.
    type : str
        mean or link.
    weighted : bool
        Whether the rows weigh as the prior weights do.
    notes : tuple of str
    """

    estimate: Estimate
    averages: tuple[Average, ...]
    at: str
    rows: int
    type: str
    weighted: bool
    notes: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Average, ...]:
        """Return the averages of one kind."""
        return tuple(average for average in self.averages if average.kind is kind)
