"""What an audit finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import nan
from typing import Annotated

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Cause, Found
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.nested import OtherModel
from glmnn.auditing.options import AuditOptions
from glmnn.errors import Exit
from glmnn.fitting.estimate import Estimate
from glmnn.report.schema import SOME, where


class Verdict(Enum):
    """What an audit ends with; the value is the sentence for people."""

    MAXIMUM = "the maximum likelihood estimate"
    OTHER_NAMES = "the maximum likelihood estimate, in another parametrisation"
    NOT_MAXIMUM = "not the maximum likelihood estimate"
    NOT_UNIQUE = "one of many maxima: the fitted means are right, the coefficients are not determined"
    NO_MAXIMUM = "there is no maximum likelihood estimate"
    NOT_FOUND = "the maximum was not found, so nothing can be said"


@dataclass(frozen=True)
class AtMaximum:
    """The claim is the maximum.

    Attributes
    ----------
    certificate : Certificate
    causes : tuple of Cause
        How it is told otherwise than the estimate is, and why its last digits are not right.
    verdict : Verdict
        The maximum, one of many, or one in another parametrisation.
    """

    certificate: Certificate
    causes: tuple[Cause, ...]
    verdict: Verdict


@dataclass(frozen=True)
class NotMaximum:
    """There is a maximum, and the claim is another place.

    Attributes
    ----------
    certificate : Certificate
    search : Found
        What the search for causes came to.
    """

    certificate: Certificate
    search: Found


@dataclass(frozen=True)
class NoMaximum:
    """There is no maximum to hold the claim against.

    Attributes
    ----------
    alignment : float
        Under a complete separation, cosine of the claim with the direction of the widest margin; else nan.
    """

    alignment: float = nan


@dataclass(frozen=True)
class Undecided:
    """The maximum was not found."""


@dataclass(frozen=True)
class ProofFile:
    """A proof of what an audit says of a claim, for glmnn verify."""

    path: Annotated[str, "As named.", where(minLength=1)]
    sha256: Annotated[str, "Of its bytes.", where(pattern="^[0-9a-f]{64}$")]
    says: Annotated[Sequence[str], "What is proved, in two sentences.", SOME]


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
    finding : AtMaximum, NotMaximum, NoMaximum or Undecided
    notes : tuple of str
    other_model : OtherModel or None
        The model of the claim, against which it is held, where it has other terms than the model asked for.
    """

    options: AuditOptions
    estimate: Estimate
    claim: Claim
    claimed: Array
    half_units: Array
    finding: AtMaximum | NotMaximum | NoMaximum | Undecided
    notes: tuple[str, ...] = ()
    other_model: OtherModel | None = None
    proof: ProofFile | None = None

    @property
    def verdict(self) -> Verdict:
        """What the audit ends with."""
        match self.finding:
            case AtMaximum(verdict=verdict):
                return verdict
            case NotMaximum():
                return Verdict.NOT_MAXIMUM
            case NoMaximum():
                return Verdict.NO_MAXIMUM
            case Undecided():
                return Verdict.NOT_FOUND

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why the claim is not the maximum, the likeliest first; or why its last digits are not right."""
        match self.finding:
            case AtMaximum(causes=causes) | NotMaximum(search=Found(causes=causes)):
                return causes
        return ()

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
class Linked:
    """Two claims in standard errors of the maximum.

    Attributes
    ----------
    in_std_errors : ndarray of shape (p,)
        Their difference.
    links, links_back : tuple of Cause
        Maps that turn one into the other, and the other into one.
    """

    in_std_errors: Array
    links: tuple[Cause, ...]
    links_back: tuple[Cause, ...]


@dataclass(frozen=True)
class Unlinked:
    """There is no maximum, whose standard errors would say how far the claims are apart."""


@dataclass(frozen=True)
class Comparison:
    """Two claims about the same model.

    Attributes
    ----------
    one, other : Audit
    relation : Linked or Unlinked
    """

    one: Audit
    other: Audit
    relation: Linked | Unlinked

    @property
    def difference(self) -> Array:
        """One minus other, shape (p,)."""
        return self.one.claimed - self.other.claimed

    @property
    def exit(self) -> Exit:
        """The worse of the two verdicts, as an exit code."""
        return max(self.one.exit, self.other.exit)
