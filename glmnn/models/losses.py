"""The losses of the neural-net world as parts of the deviance."""

from __future__ import annotations

from typing import NamedTuple

from glmnn.errors import UsageError, unknown


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
