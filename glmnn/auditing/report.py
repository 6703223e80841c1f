"""The report of an audit: the verdict, what was claimed term by term, the tests, the causes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from math import log10

import numpy as np

from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.document import audit_rows, to_document
from glmnn.auditing.result import AtMaximum, Audit, Comparison, Linked, NoMaximum, NotMaximum, Undecided
from glmnn.auditing.verdict import tone_of, verdict_lines
from glmnn.fitting.report import heading, lost_sections
from glmnn.fitting.tables import MOST_TERMS, labels_of, to_error
from glmnn.report.numbers import DIGITS, count, number, placed, small
from glmnn.report.sections import Report, Section
from glmnn.report.tables import Grid

MOST_CAUSES = 3
NEAR = 30.0  # times the tolerance, or a part of it, within which the tests are shown


def audit_report(result: Audit | Comparison, notes: bool = True, verbose: bool = False, digits: int = DIGITS) -> Report:
    """Return the report of an audit, or of two claims against each other.

    Parameters
    ----------
    result : Audit or Comparison
    notes : bool
        Say what was understood without being said.
    verbose : bool
        Show on a screen too what is folded on a page.
    digits : int
        Significant digits of a standard error, to whose last place a claim in full precision is shown.
    """
    sections = (
        _comparison_sections(result, notes)
        if isinstance(result, Comparison)
        else _audit_sections(result, notes, digits)
    )
    return Report(
        "glmnn audit", list(sections), lambda: to_document(result), lambda: audit_rows(result), verbose=verbose
    )


def _audit_sections(audit: Audit, notes: bool, digits: int) -> Iterator[Section]:
    """Yield the parts of the report: the verdict, what was claimed term by term, the tests, the causes."""
    verdict, *why = verdict_lines(audit)
    likely = [
        f"Likely cause: {in_short(cause)}." for cause in audit.causes[:1] if isinstance(audit.finding, NotMaximum)
    ]
    yield Section("", [verdict, *likely], strong=True, tone=tone_of(audit.verdict))
    yield Section("", [*heading(audit.estimate, notes), claim_line(audit), *_notes(audit, notes)])
    yield from lost_sections(audit.estimate)
    match audit.finding:
        case AtMaximum(certificate) | NotMaximum(certificate):
            below = [*_hidden(audit), *_failed(certificate)]
            yield Section("Claim and maximum", (), claim_table(audit, certificate, digits), below)
            close = certificate.tolerance / NEAR < certificate.distance < certificate.tolerance * NEAR
            wanted = isinstance(audit.finding, NotMaximum) and (close or not audit.causes)
            folded = "" if wanted else "Tests"
            yield Section("Tests", (), test_table(audit, certificate), proof_lines(audit, certificate), folded=folded)
        case NoMaximum() | Undecided():
            yield Section("Claimed", (), _claimed_alone(audit))
    first, *others = audit.causes[:MOST_CAUSES] or (None,)
    if first is not None:
        rivals = [f"or: {cause.says} ({small(cause.left)} standard errors are left)" for cause in others if cause]
        why = [*why, first.says, *first.evidence, *rivals]
    if why:
        yield Section("Why", why)
    if first is not None and first.mend:
        yield Section("What to do", (), mend_table(first))


def in_short(cause: Cause) -> str:
    """Return the first words of a cause."""
    return re.split("[:;]", cause.says)[0]


def claim_line(audit: Audit) -> str:
    """Return what was read, and how precisely."""
    claim = audit.claim
    size = "1 coefficient" if claim.values.size == 1 else f"{count(claim.values.size)} coefficients"
    return f"claim: {size}, {claim.digits}, read as {claim.kind} from {claim.source}"


def _notes(audit: Audit, wanted: bool) -> list[str]:
    return [f"note: {note}" for note in audit.notes] if wanted else []


def _claimed_alone(audit: Audit) -> Grid:
    grid = Grid(("term", "claimed"))
    for label, value in zip(labels_of(audit.estimate), audit.claimed.tolist(), strict=True):
        grid.add(label, number(value, 8))
    return grid


def claim_table(audit: Audit, certificate: Certificate, digits: int = DIGITS) -> Grid:
    """Return the claim term by term, to the place to which it was given; of many terms those that are furthest off."""
    goal = "MLE" if audit.estimate.penalty is None else "optimum"
    grid = Grid(("term", "claimed", goal, "difference", "in std.error", "digits"), ("digits", "difference"))
    labels = labels_of(audit.estimate)
    for j in _shown(certificate):
        unit = 2.0 * certificate.half_units[j]
        pair = certificate.claimed[j], certificate.maximum[j]
        if audit.claim.printed and unit > 0:
            place = round(log10(unit))  # of the maximum two digits more show how it was rounded
            shown = [placed(value, at) for value, at in zip(pair, (place, place - 2), strict=True)]
        else:
            shown = [to_error(value, certificate.std_error[j], digits) for value in pair]
        grid.add(
            labels[j],
            *shown,
            small(certificate.difference[j]),
            small(certificate.in_std_errors[j]),
            f"{certificate.digits[j]:.1f}",
        )
    return grid


def _failed(certificate: Certificate) -> list[str]:
    """Return the test that decides, where the claim does not pass it."""
    distance = certificate.checks[0]
    if distance.passed:
        return []
    return [f"furthest off: {small(distance.value)} standard errors; --tol-se allows {distance.limit:g}"]


def _shown(certificate: Certificate) -> list[int]:
    worst = np.argsort(-np.abs(certificate.in_std_errors), kind="stable")[:MOST_TERMS]
    return sorted(worst.tolist())


def _hidden(audit: Audit) -> list[str]:
    hidden = len(audit.estimate.design.data.names) - MOST_TERMS
    return [f"({hidden} more terms differ less)"] if hidden > 0 else []


def test_table(audit: Audit, certificate: Certificate) -> Grid:
    """Return each measure with the limit that the digits claimed allow."""
    grid = Grid(("test", "value", "limit", "result"))
    for check in certificate.checks:
        grid.add(check.name, small(check.value), small(check.limit), "ok" if check.passed else "FAIL")
    exists = "no" if audit.estimate.lost else "proved" if certificate.enclosure else "yes"
    grid.add("the maximum exists", exists, "-", "ok" if not audit.estimate.lost else "FAIL")
    return grid


def proof_lines(audit: Audit, certificate: Certificate) -> list[str]:
    """Return where the limits come from, and what is proved."""
    claim = audit.claim
    allowed = (
        f"limits: what rounding to {claim.digits} allows"
        if claim.printed
        else f"limits: what {certificate.tolerance:g} standard errors allow: the claim is given in {claim.digits}"
    )
    enclosure = certificate.enclosure
    if enclosure is not None:
        where = f"proved: there is exactly one maximum, within {small(enclosure.in_std_errors)} standard errors of the "
        return [allowed, where + "values above (rounding errors included)"]
    why = "this family and link have no proof here" if audit.estimate.penalty is None else "penalised"
    return [allowed, f"not proved: {why}; the maximum is where Newton's method ended, and may be a local one"]


def mend_table(cause: Cause) -> Grid:
    """Return what mends a cause, a line for each tool."""
    grid = Grid(("tool", "remedy"))
    for tool, call in cause.mend:
        grid.add(tool, call)
    return grid


def _comparison_sections(comparison: Comparison, notes: bool) -> Iterator[Section]:
    one, other = comparison.one, comparison.other
    both = (("The first claim", one), ("The second claim", other))
    verdicts = [f"{which}: {line[0].lower()}{line[1:]}" for which, item in both for line in verdict_lines(item)[:1]]
    worse = max((one, other), key=lambda item: item.exit)
    yield Section("", verdicts, strong=True, tone=tone_of(worse.verdict))
    yield Section("", [*heading(one.estimate, notes), claim_line(one), f"against {claim_line(other)}"])
    labels, links = labels_of(one.estimate), []
    in_errors = ["-"] * len(labels)
    match comparison.relation:
        case Linked(in_std_errors, there, back):
            in_errors = [small(value) for value in in_std_errors]
            links = [f"from the first to the second: {link.says}" for link in there]
            links += [f"from the second to the first: {link.says}" for link in back]
    grid = Grid(("term", "first", "second", "difference", "in std.error"), ("difference",))
    columns = ((number(value, 8) for value in item.claimed) for item in (one, other))
    for row in islice(zip(labels, *columns, map(small, comparison.difference), in_errors, strict=True), MOST_TERMS):
        grid.add(*row)
    yield Section("One against the other", (), grid)
    yield Section("What links them", links or ["no map between units, orders, signs or codings that is known here"])
    for which, item in both:
        lines = [line for cause in item.causes[:1] for line in (cause.says, *cause.evidence)]
        lines = [*verdict_lines(item)[1:], *lines]
        mend = next((mend_table(cause) for cause in item.causes[:1] if cause.mend), None)
        if lines:
            yield Section(which, lines, mend)
