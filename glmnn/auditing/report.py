"""The report of an audit: what was claimed, term by term, the tests, the causes, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.document import audit_rows, to_document
from glmnn.auditing.result import AtMaximum, Audit, Comparison, Linked, NoMaximum, NotMaximum, Undecided
from glmnn.auditing.verdict import verdict_lines
from glmnn.fitting.report import heading, lost_sections
from glmnn.fitting.tables import MOST_TERMS
from glmnn.report.numbers import count, number, small
from glmnn.report.sections import Report, Section
from glmnn.report.tables import Grid

MOST_CAUSES = 3


def audit_report(found: Audit | Comparison, notes: bool = True) -> Report:
    """Return the report of an audit, or of two claims against each other."""
    parts = _comparison_sections(found, notes) if isinstance(found, Comparison) else _audit_sections(found, notes)
    return Report("glmnn audit", list(parts), lambda: to_document(found), lambda: audit_rows(found))


def _audit_sections(found: Audit, notes: bool) -> Iterator[Section]:
    """Yield the parts of the report: what was claimed, term by term, the tests, the causes, the verdict."""
    yield Section("", [*heading(found.estimate, notes), claim_line(found), *_notes(found, notes)])
    if found.estimate.aliases or found.estimate.lost:
        yield from lost_sections(found.estimate)
    match found.finding:
        case AtMaximum(certificate) | NotMaximum(certificate):
            yield Section("Claim against maximum", _hidden(found), claim_table(found, certificate))
            yield Section("Tests", (), test_table(found, certificate))
            yield Section("", proof_lines(found, certificate))
        case NoMaximum() | Undecided():
            yield Section("Claimed", (), _claimed_alone(found))
    if found.causes:
        yield Section("Why", why_lines(found))
    yield Section("", verdict_lines(found), strong=True)


def claim_line(found: Audit) -> str:
    """Return what was read, and how precisely."""
    claim = found.claim
    size = "1 coefficient" if claim.values.size == 1 else f"{count(claim.values.size)} coefficients"
    return f"claim: {size}, {claim.digits}, read as {claim.kind} from {claim.source}"


def _notes(found: Audit, wanted: bool) -> list[str]:
    return [f"note: {note}" for note in found.notes] if wanted else []


def _claimed_alone(found: Audit) -> Grid:
    grid = Grid(("term", "claimed"))
    for name, value in zip(found.estimate.design.data.names, found.claimed.tolist(), strict=True):
        grid.add(name, number(value, 8))
    return grid


def claim_table(found: Audit, certificate: Certificate) -> Grid:
    """Return the claim term by term; of many terms those that are furthest off."""
    goal = "MLE" if found.estimate.penalty is None else "optimum"
    grid = Grid(("term", "claimed", goal, "difference", "in std.error", "digits"), ("difference",))
    for j in _shown(certificate):
        grid.add(
            found.estimate.design.data.names[j],
            number(certificate.claimed[j], 8),
            number(certificate.maximum[j], 8),
            small(certificate.difference[j]),
            small(certificate.in_std_errors[j]),
            f"{certificate.digits[j]:.1f}",
        )
    return grid


def _shown(certificate: Certificate) -> list[int]:
    worst = np.argsort(-np.abs(certificate.in_std_errors), kind="stable")[:MOST_TERMS]
    return sorted(worst.tolist())


def _hidden(found: Audit) -> list[str]:
    hidden = len(found.estimate.design.data.names) - MOST_TERMS
    return [f"({hidden} more terms differ less)"] if hidden > 0 else []


def test_table(found: Audit, certificate: Certificate) -> Grid:
    """Return each measure with the limit that the digits claimed allow."""
    grid = Grid(("test", "value", "limit", "result"))
    for check in certificate.checks:
        grid.add(check.name, small(check.value), small(check.limit), "ok" if check.passed else "FAIL")
    exists = "no" if found.estimate.lost else "proved" if certificate.enclosure else "yes"
    grid.add("the maximum exists", exists, "-", "ok" if not found.estimate.lost else "FAIL")
    return grid


def proof_lines(found: Audit, certificate: Certificate) -> list[str]:
    """Return where the limits come from, and what is proved."""
    claim = found.claim
    allowed = (
        f"limits: what rounding to {claim.digits} allows"
        if claim.printed
        else f"limits: what {certificate.tolerance:g} standard errors allow, for the claim is given in {claim.digits}"
    )
    enclosure = certificate.enclosure
    if enclosure is not None:
        where = f"proved: there is exactly one maximum, within {small(enclosure.in_std_errors)} standard errors of the "
        return [allowed, where + "values above (rounding errors included)"]
    why = "this family and link have no proof here" if found.estimate.penalty is None else "penalised"
    return [allowed, f"not proved: {why}; the maximum is where Newton's method ended, and may be a local one"]


def why_lines(found: Audit) -> list[str]:
    """Return the likeliest cause with its evidence, the others in a line each."""
    first, *others = found.causes[:MOST_CAUSES]
    rivals = [f"or: {cause.says} ({small(cause.left)} standard errors remain)" for cause in others]
    return [*cause_lines(first), *rivals]


def cause_lines(cause: Cause) -> list[str]:
    """Return a cause with its evidence and what mends it."""
    lines = [f"{cause.says}"]
    lines += [f"  {line}" for line in cause.evidence]
    lines += [f"  {tool}: {call}" for tool, call in cause.mend]
    return lines


def _comparison_sections(found: Comparison, notes: bool) -> Iterator[Section]:
    one, other = found.one, found.other
    yield Section("", [*heading(one.estimate, notes), claim_line(one), f"against {claim_line(other)}"])
    names, links = one.estimate.design.data.names, []
    in_errors = ["-"] * len(names)
    match found.relation:
        case Linked(in_std_errors, there, back):
            in_errors = [small(value) for value in in_std_errors]
            links = [f"from the first to the second: {link.says}" for link in there]
            links += [f"from the second to the first: {link.says}" for link in back]
    grid = Grid(("term", "claim", "other", "difference", "in std.error"), ("difference",))
    columns = ((number(value, 8) for value in item.claimed) for item in (one, other))
    for row in islice(zip(names, *columns, map(small, found.difference), in_errors, strict=True), MOST_TERMS):
        grid.add(*row)
    yield Section("One against the other", (), grid)
    yield Section("What links them", links or ["no map between units, orders, signs or codings that is known here"])
    for name, item in (("The first", one), ("The second", other)):
        lines = [*verdict_lines(item), *(line for cause in item.causes[:1] for line in cause_lines(cause))]
        yield Section(name, lines)
