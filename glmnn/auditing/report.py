"""What an audit found, as text, JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from math import ceil, floor
from typing import Any

import numpy as np
from rich.console import Console

from glmnn.auditing.audit import Audit, Comparison, Verdict
from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.claims.nested import OtherModel
from glmnn.fitting.report import heading, lost_lines
from glmnn.fitting.tables import MOST_TERMS
from glmnn.report.json import plain_values, versions
from glmnn.report.numbers import count, number, small
from glmnn.report.sections import Section, markdown_sections, print_sections
from glmnn.report.tables import Grid

AUDIT_SCHEMA = "glmnn.audit/1"
MOST_CAUSES = 3
MOST_SKIPPED = 3
TOWARDS = 0.95  # cosine with the widest margin from which a claim is on its way to infinity


def print_audit(found: Audit | Comparison, console: Console, notes: bool = True) -> None:
    """Print an audit, or two claims against each other."""
    print_sections(list(audit_sections(found, notes)), console)


def audit_markdown(found: Audit | Comparison) -> str:
    """Return an audit in Markdown."""
    return markdown_sections("glmnn audit", list(audit_sections(found)))


def audit_sections(found: Audit | Comparison, notes: bool = True) -> Iterator[Section]:
    """Yield the parts of the report: what was claimed, term by term, the tests, the causes, the verdict."""
    if isinstance(found, Comparison):
        yield from _comparison_sections(found, notes)
        return
    yield Section("", [*heading(found.estimate, notes), claim_line(found), *_notes(found, notes)])
    if found.estimate.aliases or found.estimate.lost:
        lines = lost_lines(found.estimate)
        yield Section(lines[0], lines[1:])
    certificate = found.certificate
    if certificate is None:
        yield Section("Claimed", (), _claimed_alone(found))
    else:
        yield Section("Claim against maximum", _hidden(found), claim_table(found, certificate))
        yield Section("Tests", (), test_table(found, certificate))
        yield Section("", proof_lines(found, certificate))
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


def verdict_lines(found: Audit) -> list[str]:
    """Return the verdict, and how sure it is."""
    certificate = found.certificate
    verdict = found.verdict.value
    if found.estimate.penalty is not None:
        verdict = verdict.replace("maximum likelihood estimate", "penalised estimate asked for")
    if found.other_model is not None:
        verdict = _of_model(found.other_model, verdict)
    lines = [f"VERDICT  {verdict[0].upper()}{verdict[1:]}{_how(found, certificate)}."]
    if found.verdict is Verdict.NO_MAXIMUM and found.drift is not None and found.drift > TOWARDS:
        lines.append(
            f"The claim lies on the way to infinity (cosine with the widest margin {found.drift:.4f}): it is where a "
            "solver happened to stop."
        )
    if found.verdict is Verdict.NOT_MAXIMUM and not found.causes:
        lines += _no_cause(found)
    return lines


def _no_cause(found: Audit) -> list[str]:
    """Return what can be said where no cause is named."""
    if found.estimate.penalty is not None:
        return ["Causes are sought only against the maximum likelihood estimate: leave the penalty out."]
    if found.few_digits:
        told = "; or ".join(cause.says for cause in found.possible)
        which = f"They do not exclude: {told}." if told else "None of the causes known here gives these digits."
        return [f"Too few digits to tell: many causes would move the coefficients by so little. {which}"]
    lines = [
        "No cause that is known here explains it: no penalty, early stop, weighting, scaling, coding, other "
        "link or left-out rows. A stochastic run that never settled, other data or another response would "
        "look like this."
    ]
    if found.skipped:
        more = len(found.skipped) - MOST_SKIPPED
        told = "; ".join(found.skipped[:MOST_SKIPPED]) + (f"; {more} more" if more > 0 else "")
        lines.append(f"Not searched to the end, for want of time: {told}.")
    return lines


def _of_model(other: OtherModel, verdict: str) -> str:
    """Return a verdict on the model that the claim is about, which is not the one asked for."""
    if "estimate" not in verdict or verdict.startswith("there is"):
        return f"{other.says}; in the model {other.which} {verdict}"
    before, comma, after = verdict.partition(", in another")
    return f"{other.says}: it is {before} of the model {other.which}{comma}{after}"


def _how(found: Audit, certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    sure = " (proved)" if certificate.proved else ""
    worst = int(np.argmax(np.abs(certificate.in_std_errors)))
    name = found.estimate.design.data.names[worst]
    if certificate.rounded:
        full = (
            "as near as its numbers can be" if not found.claim.printed else f"correctly rounded to {found.claim.digits}"
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


def _comparison_sections(found: Comparison, notes: bool) -> Iterator[Section]:
    one, other = found.one, found.other
    yield Section("", [*heading(one.estimate, notes), claim_line(one), f"against {claim_line(other)}"])
    grid = Grid(("term", "claim", "other", "difference", "in std.error"), ("difference",))
    for j, name in enumerate(one.estimate.design.data.names[:MOST_TERMS]):
        in_errors = "-" if found.in_std_errors is None else small(found.in_std_errors[j])
        grid.add(
            name, number(one.claimed[j], 8), number(other.claimed[j], 8), small(found.difference[j]), in_errors
        )  # fmt: skip
    yield Section("One against the other", (), grid)
    links = [f"from the first to the second: {link.says}" for link in found.links]
    links += [f"from the second to the first: {link.says}" for link in found.links_back]
    yield Section("What links them", links or ["no map between units, orders, signs or codings that is known here"])
    for name, item in (("The first", one), ("The second", other)):
        lines = [*verdict_lines(item), *(line for cause in item.causes[:1] for line in cause_lines(cause))]
        yield Section(name, lines)


def audit_document(found: Audit) -> dict[str, Any]:
    """Return an audit as plain values for JSON, described by schemas/audit-1.json."""
    estimate, certificate = found.estimate, found.certificate
    names = estimate.design.data.names
    document: dict[str, Any] = {
        "schema": AUDIT_SCHEMA,
        "versions": versions(),
        "data": {
            "source": estimate.table.source, "sha256": estimate.table.digest, "rows": estimate.table.rows,
            "rows_used": estimate.design.data.rows,
        },
        "model": {
            "formula": estimate.design.formula, "family": estimate.model.family_name, "link": estimate.model.link_name,
            "terms": list(names),
        },
        "options": asdict(found.options),
        "claim": {
            "source": found.claim.source, "kind": found.claim.kind, "digits": found.claim.digits,
            "coefficients": dict(zip(names, found.claimed.tolist(), strict=True)),
        },
        "exit": int(found.exit),
        "verdict": found.verdict.name.lower(),
        "said": verdict_lines(found),
        "notes": list(found.notes),
        "aliased": [str(alias) for alias in estimate.aliases],
        "separation": None if estimate.separation is None else estimate.separation.line(),
        "certificate": None if certificate is None else _certificate(found, certificate),
        "causes": [
            {
                "cause": cause.key, "says": cause.says, "strength": cause.strength, "left": cause.left, "of": cause.of,
                "parameters": cause.parameters, "evidence": list(cause.evidence),
                "mend": [{"tool": tool, "call": call} for tool, call in cause.mend],
            }
            for cause in found.causes
        ],
    }  # fmt: skip
    return document


def _certificate(found: Audit, certificate: Certificate) -> dict[str, Any]:
    rows = zip(
        found.estimate.design.data.names, certificate.claimed, certificate.maximum, certificate.std_error,
        certificate.difference, certificate.in_std_errors, certificate.digits, strict=True,
    )  # fmt: skip
    keys = ("term", "claimed", "maximum", "std.error", "difference", "in_std_errors", "digits")
    return {
        "coefficients": [dict(zip(keys, row, strict=True)) for row in rows],
        "distance": certificate.distance,
        "tolerance": certificate.tolerance,
        "is_maximum": certificate.is_maximum,
        "correctly_rounded": certificate.rounded,
        "proved": certificate.proved,
        "enclosure": None
        if certificate.enclosure is None
        else {"radius": certificate.enclosure.radius, "in_std_errors": certificate.enclosure.in_std_errors},
        "tests": [
            {"name": check.name, "value": check.value, "limit": check.limit, "passed": check.passed}
            for check in certificate.checks
        ],
    }


def audit_json(found: Audit | Comparison) -> str:
    """Return an audit as JSON; of two claims both audits and what links them."""
    if isinstance(found, Comparison):
        document: dict[str, Any] = {
            **audit_document(found.one),
            "against": {
                "audit": audit_document(found.other),
                "difference": found.difference,
                "in_std_errors": found.in_std_errors,
                "links": [{"cause": link.key, "says": link.says} for link in found.links],
                "links_back": [{"cause": link.key, "says": link.says} for link in found.links_back],
            },
        }
    else:
        document = {**audit_document(found), "against": None}
    return json.dumps(plain_values(document), indent=2, allow_nan=False) + "\n"


def audit_csv(found: Audit | Comparison) -> str:
    """Return one row for each term: claimed, maximum and how far apart they are."""
    audit = found.one if isinstance(found, Comparison) else found
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    other = found.other.claimed if isinstance(found, Comparison) else None
    against = [] if other is None else ["against"]
    writer.writerow(["term", "claimed", "maximum", "std.error", "difference", "in_std_errors", "digits", *against])
    certificate = audit.certificate
    for j, name in enumerate(audit.estimate.design.data.names):
        values: list[str] = [repr(float(audit.claimed[j])), "", "", "", "", ""]
        if certificate is not None:
            columns = (
                certificate.claimed, certificate.maximum, certificate.std_error, certificate.difference,
                certificate.in_std_errors, certificate.digits,
            )  # fmt: skip
            values = [repr(float(column[j])) for column in columns]
        writer.writerow([name, *values, *([] if other is None else [repr(float(other[j]))])])
    return text.getvalue()
