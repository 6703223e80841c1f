"""What an audit finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.nested import OtherModel
from glmnn.auditing.options import AuditOptions
from glmnn.errors import Exit
from glmnn.fitting.estimate import Estimate


class Verdict(Enum):
    """What an audit ends with; the value is the sentence for people."""

    MAXIMUM = "the maximum likelihood estimate"
    OTHER_NAMES = "the maximum likelihood estimate, in another parametrisation"
    NOT_MAXIMUM = "not the maximum likelihood estimate"
    NOT_UNIQUE = "one of many maxima: the fitted means are right, the coefficients are not determined"
    NO_MAXIMUM = "there is no maximum likelihood estimate"
    NOT_FOUND = "the maximum was not found, so nothing can be said"


@dataclass(frozen=True)
class Audit:
    """Everything that one audit found.

    Attributes
    ----------
    options : AuditOptions
    estimate : Estimate
        What the data say.
    claim : Claim
        As read.
    claimed, half_units : ndarray of shape (p,)
        The claim in the order and the coding of the design.
    certificate : Certificate or None
        None where there is no maximum to hold the claim against.
    causes : tuple of Cause
        Why the claim is not the maximum, the likeliest first; or why its last digits are not right.
    verdict : Verdict
    notes : tuple of str
    drift : float or None
        Under a complete separation, cosine of the claim with the direction of the widest margin.
    other_model : OtherModel or None
        The model of the claim, against which it is held, where it has other terms than the model asked for.
    possible : tuple of Cause
        Where no cause can be named: those that would give the claim to its digits.
    few_digits : bool
        The claim has too few digits to tell one cause from another.
    skipped : tuple of str
        Hypotheses that were not tried, or not to their end, for want of time.
    """

    options: AuditOptions
    estimate: Estimate
    claim: Claim
    claimed: Array
    half_units: Array
    certificate: Certificate | None
    causes: tuple[Cause, ...]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    drift: float | None = None
    other_model: OtherModel | None = None
    possible: tuple[Cause, ...] = ()
    few_digits: bool = False
    skipped: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """The verdict as an exit code."""
        match self.verdict:
            case Verdict.MAXIMUM | Verdict.OTHER_NAMES:
                return Exit.DONE
            case Verdict.NO_MAXIMUM | Verdict.NOT_UNIQUE:
                return Exit.NO_MAXIMUM
            case _:
                return Exit.NO


@dataclass(frozen=True)
class Comparison:
    """Two claims about the same model.

    Attributes
    ----------
    one, other : Audit
    difference, in_std_errors, digits : ndarray of shape (p,) or None
        One minus other; in standard errors of the maximum; None where there is none.
    links, links_back : tuple of Cause
        Maps that turn one into the other, and the other into one.
    """

    one: Audit
    other: Audit
    difference: Array
    in_std_errors: Array | None
    links: tuple[Cause, ...]
    links_back: tuple[Cause, ...] = ()

    @property
    def exit(self) -> Exit:
        """The worse of the two verdicts, as an exit code."""
        return max(self.one.exit, self.other.exit)
