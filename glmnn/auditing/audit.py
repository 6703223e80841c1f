"""One audit, from claimed coefficients to a verdict: the maximum or not, why not, and what would mend it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Case, Cause, Found
from glmnn.auditing.causes.last_digits import last_digits
from glmnn.auditing.causes.own_settings import with_settings
from glmnn.auditing.certificate import Certificate, certify
from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.contrasts import recodings
from glmnn.auditing.claims.names import Matched, match, of_array, other_bases
from glmnn.auditing.claims.nested import OtherModel, other_model
from glmnn.auditing.options import AuditOptions
from glmnn.auditing.result import (
    AtMaximum,
    Audit,
    Comparison,
    Linked,
    NoMaximum,
    NotMaximum,
    Undecided,
    Unlinked,
    Verdict,
)
from glmnn.data.table import Table
from glmnn.diagnostics.inference import Inference
from glmnn.diagnostics.separation.verdict import Separation, drift
from glmnn.errors import Exit, UsageError, printable
from glmnn.fitting.build import check_model, check_tolerances, make_run
from glmnn.fitting.estimate import Estimate, Maximum, NotFound, OnBoundary, Rising, Separated, find_estimate
from glmnn.options.model import ModelOptions


def check_audit(options: AuditOptions) -> None:
    """Check every option that can be checked without the data.

    Raises
    ------
    UsageError
        If one is out of range or unknown.
    """
    check_model(options)
    check_tolerances(("tol_se", options.tol_se))


def audit(options: AuditOptions, table: Table, claim: Claim, estimate: Estimate | None = None) -> Audit:
    """Hold claimed coefficients against the maximum likelihood estimate.

    Parameters
    ----------
    options : AuditOptions
    table : Table
    claim : Claim
    estimate : Estimate, optional
        When it is known already for this model and table.

    Raises
    ------
    GlmnnError
        If options, data and claim do not fit together.
    """
    check_audit(options)
    given = estimate
    estimate = estimate or find_estimate(_with_kind(options), table)
    if estimate.model.capabilities.audit:
        raise UsageError(estimate.model.capabilities.audit)
    if estimate.alpha is not None and estimate.alpha.value > 0:
        options = replace(options, alpha=estimate.alpha.value)  # hypotheses hold it, as the certificate does
    with np.errstate(all="ignore"):
        try:
            return _audit(options, table, claim, estimate)
        except UsageError:
            plain = None if given is not None else _without_contrasts(options, table, claim)
            if plain is not None:
                return plain
            other = None if given is not None else _model_of(options, table, claim)
            if other is None:
                raise
        audited = _audit(other.options, table, claim, find_estimate(_with_kind(other.options), table))
        return replace(
            audited, other_model=other, notes=(f"{other.says}: compared with the model {other.which}", *audited.notes)
        )


def _without_contrasts(options: AuditOptions, table: Table, claim: Claim) -> Audit | None:
    """Return the audit in base levels of a claim that does not take the contrasts of the formula, or None."""
    formula = re.sub(r"C\(([^,()]+),\s*contr\.\w+(?:\([^()]*\))?\)", r"C(\1)", options.formula or "")
    if formula == (options.formula or ""):
        return None
    simpler = replace(options, formula=formula)
    try:
        audited = _audit(simpler, table, claim, find_estimate(_with_kind(simpler), table))
    except UsageError:
        return None
    says = "the claim does not take the contrasts of the formula; the fitted means do not depend on them"
    cause = Cause("other_contrasts", says, 0.0, 0.0, 0.0, evidence=("the table shows base levels",))
    match audited.finding:
        case AtMaximum(certificate, causes, Verdict.MAXIMUM):
            return replace(audited, finding=AtMaximum(certificate, (cause, *causes), Verdict.OTHER_NAMES))
    return replace(audited, notes=(says, *audited.notes))


def _model_of(options: AuditOptions, table: Table, claim: Claim) -> OtherModel | None:
    """Return the model with other terms that a claim is about, or None."""
    _, design, _ = make_run(_with_kind(options), table)
    return other_model(options, table, claim, design)


def compare_claims(options: AuditOptions, table: Table, claim: Claim, other: Claim) -> Comparison:
    """Audit two claims about one model, and find the map that links them."""
    given = options
    ours, theirs = (_model_of(options, table, item) for item in (claim, other))
    if ours is not None and theirs is not None and ours.options == theirs.options:
        options = ours.options
    estimate = find_estimate(_with_kind(options), table)
    first, second = audit(options, table, claim, estimate), audit(options, table, other, estimate)
    if options.formula != given.formula or options.features != given.features:
        first, second = replace(first, other_model=ours), replace(second, other_model=theirs)
    if not isinstance(estimate.outcome, Maximum):
        return Comparison(first, second, Unlinked())
    from glmnn.auditing.causes.search import find_links  # slow to load

    case, back = (Case(estimate, options, item.claimed, item.half_units) for item in (first, second))
    with np.errstate(all="ignore"):
        links = find_links(case, second.claimed, second.half_units)
        links_back = () if links else find_links(back, first.claimed, first.half_units)
    apart = (first.claimed - second.claimed) / estimate.maximum.std_error
    return Comparison(first, second, Linked(apart, links, links_back))


def _with_kind(options: AuditOptions) -> AuditOptions:
    """Return the options with a kind of weights, which an audit of coefficients does not need to be told."""
    if options.weights is None or options.weights_type is not None:
        return options
    return replace(options, weights_type="var")


def _audit(options: AuditOptions, table: Table, claim: Claim, estimate: Estimate) -> Audit:
    """Audit a claim; where its names can be meant in several ways, as the one in which it is the maximum.

    Raises
    ------
    UsageError
        If it is the maximum in none of several ways, for nobody knows then which is meant.
    """
    try:
        ways: list[tuple[Matched, tuple[Cause, ...]]] = [in_our_terms(options, table, claim, estimate)]
    except UsageError:
        ways = _recoded(claim, estimate)
        if not ways:
            raise
    audits = [_audit_in_terms(options, claim, estimate, *way) for way in ways]
    right = [audited for audited in audits if audited.exit is Exit.DONE]
    if len(audits) > 1 and len(right) != 1:
        reasons = "; ".join(cause.says for _, causes in ways for cause in causes)
        raise UsageError(
            f"{claim.source}: its names do not say which contrasts are meant ({reasons}): write the levels"
        )
    return (right or audits)[0]


def _recoded(claim: Claim, estimate: Estimate) -> list[tuple[Matched, tuple[Cause, ...]]]:
    """Return a claim with contrasts in the terms of the design, in each way in which it can be meant."""
    ways: list[tuple[Matched, tuple[Cause, ...]]] = []
    for way in recodings(claim, estimate.terms, estimate.design.levels):
        values, half_units = way.to_ours @ claim.values, np.abs(way.to_ours) @ claim.half_units
        without = INTERCEPT in estimate.terms and len(claim.names) < len(estimate.terms)
        says = f"the claim takes contrasts ({printable(way.says)}); the fitted means do not depend on it"
        cause = Cause(
            "other_contrasts", says, 0.0, 0.0, 0.0, evidence=("its coefficients are translated in the table",)
        )
        ways.append((Matched(values, half_units, (), without), (cause,)))
    return ways


def _audit_in_terms(
    options: AuditOptions, claim: Claim, estimate: Estimate, matched: Matched, translated: tuple[Cause, ...]
) -> Audit:
    values, half_units, folded = _without_aliases(estimate, matched)
    notes = (*claim.notes, *matched.notes, *_of_alpha(estimate))
    finding: AtMaximum | NotMaximum | NoMaximum | Undecided
    match estimate.outcome:
        case NotFound():
            finding = Undecided()
        case Separated(Separation(complete=True)) if np.any(values):
            finding = NoMaximum(drift(estimate.problem, values, np.eye(values.size)))
        case Separated() | OnBoundary() | Rising():
            finding = NoMaximum()
        case Maximum(inference):
            named = None not in claim.names
            case = Case(estimate, options, values, half_units, matched.without_intercept, named, claim.printed)
            certificate, more = _certified(case, inference, options.tol_se)
            finding = _weighed(case, certificate, claim.single, translated, folded)
            implied = (*translated, *folded) if isinstance(finding, NotMaximum) else ()
            notes = (*notes, *more, *(cause.says for cause in implied))
            if isinstance(finding, NotMaximum) and claim.settings:
                causes = tuple(with_settings(cause, claim.kind, claim.settings) for cause in finding.search.causes)
                finding = replace(finding, search=replace(finding.search, causes=causes))
    return Audit(options, estimate, claim, values, half_units, finding, notes)


def _of_alpha(estimate: Estimate) -> tuple[str, ...]:
    """Return what a certificate at an estimated alpha rests on."""
    alpha = estimate.alpha
    if alpha is None or alpha.value == 0.0:
        return ()
    return (
        f"alpha is estimated too: {alpha.value:.10g}; a proof holds for the coefficients at this alpha, and the Newton "
        f"step of both together is {alpha.distance:.1e} standard errors",
    )


def _certified(case: Case, inference: Inference, tolerance: float) -> tuple[Certificate, tuple[str, ...]]:
    """Hold a claim against the maximum, and return what should be said of that."""
    std_error, notes = inference.std_error, tuple[str, ...]()
    if not np.all(np.isfinite(std_error)):
        std_error = np.sqrt(np.diagonal(inference.second_order.covariance()))
        notes = ("the dispersion cannot be estimated here: standard errors are those of a dispersion of 1",)
    certificate = certify(
        case.problem, case.claimed, case.half_units, inference.coef, std_error, case.estimate.reference.rest,
        case.printed, tolerance, inference.certain_digits,
    )  # fmt: skip
    return certificate, notes


def _weighed(
    case: Case, certificate: Certificate, single: bool, translated: tuple[Cause, ...], folded: tuple[Cause, ...]
) -> AtMaximum | NotMaximum:
    """Say whether a claim is the maximum, and if not why not; a penalised estimate is no cause's."""
    plain = case.estimate.penalty is None
    if not certificate.is_maximum:
        from glmnn.auditing.causes.search import find_causes  # slow to load

        return NotMaximum(certificate, find_causes(case) if plain else Found())
    small = () if certificate.rounded or not plain else last_digits(certificate, single, case.printed)
    verdict = Verdict.NOT_UNIQUE if folded else Verdict.OTHER_NAMES if translated else Verdict.MAXIMUM
    return AtMaximum(certificate, (*translated, *folded, *small), verdict)


def in_our_terms(
    options: ModelOptions, table: Table, claim: Claim, estimate: Estimate
) -> tuple[Matched, tuple[Cause, ...]]:
    """Return the claim in the terms of the design, translated where it takes another base level."""
    levels, aliased = estimate.design.levels, {alias.name for alias in estimate.aliases}
    bases = other_bases(claim, estimate.terms, levels)
    if bases:
        return _translated(options, table, claim, bases)
    try:
        return match(of_array(claim, estimate.terms, table.columns), estimate.terms, levels), ()
    except UsageError:
        if not aliased:
            raise
    kept = tuple(name for name in estimate.terms if name not in aliased)
    matched = match(claim, kept, levels)
    places = [estimate.terms.index(name) for name in kept]
    values, half_units = np.zeros(len(estimate.terms)), np.zeros(len(estimate.terms))
    values[places], half_units[places] = matched.values, matched.half_units
    return replace(matched, values=values, half_units=half_units), ()


def _translated(
    options: ModelOptions, table: Table, claim: Claim, bases: dict[str, str]
) -> tuple[Matched, tuple[Cause, ...]]:
    """Return a claim with other base levels as coefficients of the design: both span the same fitted values."""
    references = {text.partition("=")[0].strip(): text for text in options.ref}
    references |= {name: f"{name}={level}" for name, level in bases.items()}
    _, theirs, _ = make_run(replace(options, ref=list(references.values())), table)
    matched = match(claim, theirs.data.names, theirs.levels)
    _, ours, _ = make_run(options, table)
    X, Z = (design.data.in_memory("a claim with other base levels").whole.X for design in (ours, theirs))
    to_ours = np.linalg.lstsq(X, Z, rcond=None)[0]
    to_ours = np.where(np.abs(to_ours - np.round(to_ours)) < 1e-9, np.round(to_ours), to_ours)
    named = ", ".join(f"{printable(name)}: {printable(level)}" for name, level in bases.items())
    says = f"the claim takes another base level ({named}); the fitted means do not depend on it"
    values, half_units = to_ours @ matched.values, np.abs(to_ours) @ matched.half_units
    cause = Cause("other_base", says, 0.0, 0.0, 0.0, evidence=("its coefficients are translated in the table",))
    return Matched(values, half_units, matched.notes, matched.without_intercept), (cause,)


def _without_aliases(estimate: Estimate, matched: Matched) -> tuple[Array, Array, tuple[Cause, ...]]:
    """Return the claim without the aliased columns, whose coefficients are added to those of the columns they equal."""
    if not estimate.aliases:
        return matched.values, matched.half_units, ()
    values = dict(zip(estimate.terms, matched.values.tolist(), strict=True))
    half_units = dict(zip(estimate.terms, matched.half_units.tolist(), strict=True))
    for alias in estimate.aliases:
        for name, share in alias.relation.items():
            values[name] += share * values[alias.name]
            half_units[name] += abs(share) * half_units[alias.name]
    names = estimate.design.data.names
    aliases = "; ".join(str(alias) for alias in estimate.aliases)
    says = f"columns are collinear ({aliases}), so the same fitted means have many coefficients"
    cause = Cause("collinear", says, 0.0, 0.0, 0.0, evidence=("the table shows the claim without the aliased columns",))
    return np.array([values[name] for name in names]), np.array([half_units[name] for name in names]), (cause,)
