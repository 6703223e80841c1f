"""The first words of an audit: whether the claim is the maximum, how sure that is, and what is not known."""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from glmnn.auditing.causes.claimed import Found
from glmnn.auditing.causes.own_settings import own_method, own_penalty
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.claims.nested import OtherModel
from glmnn.auditing.result import AtMaximum, Audit, NoMaximum, NotMaximum, Verdict
from glmnn.fitting.tables import labels_of
from glmnn.report.numbers import small
from glmnn.report.sections import Tone

MOST_SKIPPED = 3
TOWARDS = 0.95  # cosine with the widest margin from which a claim is on its way to infinity


def verdict_lines(audit: Audit) -> list[str]:
    """Return the verdict, and how sure it is."""
    verdict = audit.verdict.value
    if audit.estimate.penalty is not None:
        verdict = verdict.replace("maximum likelihood estimate", "penalised estimate asked for")
    if audit.other_model is not None:
        verdict = _of_model(audit.other_model, verdict)
    how, more = "", []
    match audit.finding:
        case AtMaximum(certificate):
            how = _how(audit, certificate)
        case NotMaximum(certificate, search):
            how = _how(audit, certificate)
            more = [] if search.causes else _no_cause(audit, search)
        case NoMaximum(alignment) if alignment > TOWARDS:
            more = [
                f"The claim lies on the way to infinity (cosine with the widest margin {alignment:.4f}): it is where a "
                "solver happened to stop."
            ]
    return [f"{verdict[0].upper()}{verdict[1:]}{how}.", *more]


def tone_of(verdict: Verdict) -> Tone:
    """Return how a verdict is meant."""
    match verdict:
        case Verdict.MAXIMUM | Verdict.OTHER_NAMES:
            return Tone.GOOD
        case Verdict.NOT_UNIQUE | Verdict.NOT_FOUND:
            return Tone.CAREFUL
    return Tone.BAD


def _no_cause(audit: Audit, search: Found) -> list[str]:
    """Return what can be said where no cause is named."""
    if audit.estimate.penalty is not None:
        return ["Causes are sought only against the maximum likelihood estimate: leave the penalty out."]
    if search.few_digits:
        reasons = "; or ".join(cause.says for cause in search.possible)
        which = f"They do not exclude: {reasons}." if reasons else "None of the causes known here gives these digits."
        return [f"Too few digits to tell: many causes would move the coefficients by so little. {which}"]
    lines = [
        "No cause that is known here explains it: no penalty, early stop, weighting, scaling, coding, other "
        "link or left-out rows. A stochastic run that never settled, other data or another response would "
        "look like this."
    ]
    penalised = own_penalty(audit.claim.kind, audit.claim.settings)
    method = own_method(audit.claim.kind, audit.claim.settings)
    if method:
        lines = [method]
    elif penalised:
        lines = [
            f"The claim is a {penalised}, which has a penalty; but no penalty that was tried gives just these "
            "coefficients: other rows, imputed cells, another base level or the scaling of some columns may have come "
            "with it."
        ]
    if search.skipped:
        more = len(search.skipped) - MOST_SKIPPED
        reasons = "; ".join(search.skipped[:MOST_SKIPPED]) + (f"; {more} more" if more > 0 else "")
        lines.append(f"The search was cut short: {reasons}.")
    return lines


def _of_model(other: OtherModel, verdict: str) -> str:
    """Return a verdict on the model that the claim is about, which is not the one asked for."""
    if "estimate" not in verdict or verdict.startswith("there is"):
        return f"{other.says}; in the model {other.which} {verdict}"
    before, comma, after = verdict.partition(", in another")
    return f"{other.says}: it is {before} of the model {other.which}{comma}{after}"


def _how(audit: Audit, certificate: Certificate) -> str:
    sure = " (proved)" if certificate.proved else ""
    worst = int(np.argmax(np.abs(certificate.in_std_errors)))
    name = labels_of(audit.estimate)[worst]
    if certificate.rounded:
        full = (
            "as near as its numbers can be" if not audit.claim.printed else f"correctly rounded to {audit.claim.digits}"
        )
        moved = certificate.distance
        coarse = f"; the rounding moves {name} by {small(moved)} standard errors" if moved > 1e-2 else ""
        return f", {full}{coarse}{sure}"
    digits = max(floor(10 * float(certificate.digits.min())) / 10, 0.0)
    if certificate.is_maximum:
        return f" to {digits:.1f} digits, within {_upwards(certificate.distance)} standard errors{sure}"
    return f": {name} is {small(certificate.distance)} standard errors away{sure}"


def _upwards(value: float) -> str:
    """Return a bound rounded up, so that it stays one.

    >>> _upwards(8.123e-9)
    '8.2e-09'
    """
    if value <= 0:
        return "0"
    power = 10.0 ** (floor(np.log10(value)) - 1)
    return small(ceil(value / power) * power)
