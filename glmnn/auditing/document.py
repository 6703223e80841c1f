"""An audit for programs: versioned JSON, and CSV term by term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from glmnn.auditing.certificate import Certificate
from glmnn.auditing.result import Audit, Comparison
from glmnn.auditing.verdict import verdict_lines
from glmnn.fitting.estimate import Separated
from glmnn.report.json import versions

AUDIT_SCHEMA = "glmnn.audit/1"


def audit_document(found: Audit) -> dict[str, Any]:
    """Return an audit as plain values for JSON, described by schemas/audit-1.json."""
    estimate, certificate = found.estimate, found.certificate
    names, outcome = estimate.design.data.names, estimate.outcome
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
        "separation": outcome.separation.line() if isinstance(outcome, Separated) else None,
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


def whole_document(found: Audit | Comparison) -> dict[str, Any]:
    """Return the document of an audit; of two claims both audits and what links them."""
    if not isinstance(found, Comparison):
        return {**audit_document(found), "against": None}
    return {
        **audit_document(found.one),
        "against": {
            "audit": audit_document(found.other),
            "difference": found.difference,
            "in_std_errors": found.in_std_errors,
            "links": [{"cause": link.key, "says": link.says} for link in found.links],
            "links_back": [{"cause": link.key, "says": link.says} for link in found.links_back],
        },
    }


def audit_rows(found: Audit | Comparison) -> Iterator[Sequence[object]]:
    """Yield a row for each term: claimed, maximum and how far apart they are."""
    audit = found.one if isinstance(found, Comparison) else found
    other = found.other.claimed.tolist() if isinstance(found, Comparison) else None
    against = [] if other is None else ["against"]
    yield "term", "claimed", "maximum", "std.error", "difference", "in_std_errors", "digits", *against
    certificate = audit.certificate
    for j, name in enumerate(audit.estimate.design.data.names):
        values: list[object] = [float(audit.claimed[j]), "", "", "", "", ""]
        if certificate is not None:
            columns = (
                certificate.claimed, certificate.maximum, certificate.std_error, certificate.difference,
                certificate.in_std_errors, certificate.digits,
            )  # fmt: skip
            values = [float(column[j]) for column in columns]
        yield name, *values, *([] if other is None else [other[j]])
