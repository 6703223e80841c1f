"""Why there is no maximum to go on with, in a sentence."""

from __future__ import annotations

from glmnn.errors import NoMaximum
from glmnn.fitting.estimate import Estimate, Maximum, NotFound, OnBoundary, Rising, Separated
from glmnn.solvers.stopping import Status


def why_no_maximum(estimate: Estimate) -> str:
    """Return why there is no finite, unique maximum inside the domain, or nothing."""
    match estimate.outcome:
        case OnBoundary():
            return "the maximum lies on the boundary of the model"
        case Separated() | Rising():
            penalties = estimate.model.capabilities.finite_by
            return f"there is no finite maximum (a penalised model has one: {penalties})"
        case _ if estimate.aliases:
            return f"there is no unique maximum, for {estimate.aliases[0]}"
        case NotFound():
            return "the maximum was not found"
    return ""


def require_maximum(estimate: Estimate, what: str, unique: bool = True) -> None:
    """Refuse to go on without a finite maximum.

    Parameters
    ----------
    estimate : Estimate
    what : str
        What there is none of then.
    unique : bool
        Refuse a maximum that is not the only one too.

    Raises
    ------
    NoMaximum
        With the reason.
    KeyboardInterrupt
        If the search was interrupted.
    """
    if estimate.reference.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    why = why_no_maximum(estimate)
    if why and (unique or not isinstance(estimate.outcome, Maximum)):
        why = why.partition(" (")[0]  # whoever needs the maximum cannot be combined with a penalty
        raise NoMaximum(f"{estimate.design.formula}: no {what}, for {why}; `glmnn fit` says more")
