"""What is said of how a network is to be trained."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.arrays import Array


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes
    ----------
    rule : str
        One of `glmnn.solvers.updates.UPDATES`.
    lr : float or None
        Learning rate on the gradient of the mean loss, in the units of the training. None takes 0.03 for Adam, for the
        other rules half the inverse of the largest curvature at the start, a quarter of it again if that diverges.
    batch_size : int or None
        Rows in a mini-batch; None for all of them up to 512 rows, 64 beyond (sgd: 32 always).
    schedule : str
        One of `glmnn.solvers.updates.SCHEDULES`, over epochs, or auto: cosine down to 0 at the last update for an
        automatic rate, constant for a given one.
    standardize : bool
        Train on standardised features (and a standardised gaussian response); parameters are reported for the data's
        own units all the same.
    max_iter : int or None
        Updates; None for 5,000, and 20 epochs at the least.
    holdout : float
        Part of the rows that early stopping looks at; 0 for no early stopping.
    patience : int
        Looks without a better loss on those rows after which training stops.
    seed : int
        Seeds weights, mini-batches and the rows held out.
    start : str or ndarray
        A kind of `Network.init`, or parameters in the data's units.
    share : float
        Mean loss = share * deviance / rows.
    framework : str
        ``torch``, ``lightning`` or ``keras`` to take the steps there, with the same start, rates and
        batches; empty for the loop here.
    """

    rule: str = "adam"
    lr: float | None = None
    batch_size: int | None = None
    schedule: str = "auto"
    standardize: bool = True
    max_iter: int | None = None
    holdout: float = 0.0
    patience: int = 20
    seed: int = 0
    start: str | Array = "auto"
    share: float = 0.5
    framework: str = ""
