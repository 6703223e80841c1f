"""An audit for programs: versioned JSON, and CSV term by term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glmnn.auditing import schema
from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.certificate import Certificate
from glmnn.auditing.result import AtMaximum, Audit, Comparison, Linked, NotMaximum
from glmnn.auditing.schema import AuditDocument
from glmnn.auditing.verdict import verdict_lines
from glmnn.fitting.estimate import Separated
from glmnn.fitting.schema import Data
from glmnn.report.json import Versions, versions


def to_document(result: Audit | Comparison) -> AuditDocument:
    """Return an audit as the values of its JSON document; of two claims both audits and what links them."""
    if not isinstance(result, Comparison):
        return AuditDocument(audit=_audit(result), against=None)
    return AuditDocument(audit=_audit(result.one), against=_against(result))


def _against(comparison: Comparison) -> schema.Against:
    linked = comparison.relation if isinstance(comparison.relation, Linked) else None
    return schema.Against(
        audit=_audit(comparison.other),
        difference=comparison.difference.tolist(),
        in_std_errors=None if linked is None else linked.in_std_errors.tolist(),
        links=[schema.Link(cause=link.key, says=link.says) for link in linked.links] if linked else [],
        links_back=[schema.Link(cause=link.key, says=link.says) for link in linked.links_back] if linked else [],
    )


def _audit(audit: Audit) -> schema.Audit:
    estimate, claim = audit.estimate, audit.claim
    table, design, outcome = estimate.table, estimate.design, estimate.outcome
    names = design.data.names
    certified = audit.finding if isinstance(audit.finding, AtMaximum | NotMaximum) else None
    return schema.Audit(
        versions=Versions(**versions()),
        data=Data(source=table.source, sha256=table.digest, rows=table.given, rows_used=design.data.rows),
        model=schema.Model(
            formula=design.formula, family=estimate.model.family_name, link=estimate.model.link_name, terms=names
        ),
        options=audit.options,
        claim=schema.Claim(
            source=claim.source,
            kind=claim.kind,
            digits=claim.digits,
            coefficients=dict(zip(names, audit.claimed.tolist(), strict=True)),
        ),
        exit=int(audit.exit),
        verdict=audit.verdict.name.lower(),
        said=verdict_lines(audit),
        notes=audit.notes,
        aliased=[str(alias) for alias in estimate.aliases],
        separation=outcome.separation.line() if isinstance(outcome, Separated) else None,
        certificate=None if certified is None else _certificate(names, certified.certificate),
        causes=[_cause(cause) for cause in audit.causes],
        proof=audit.proof,
    )


def _certificate(names: Sequence[str], certificate: Certificate) -> schema.Certificate:
    columns = (
        certificate.claimed,
        certificate.maximum,
        certificate.std_error,
        certificate.difference,
        certificate.in_std_errors,
        certificate.digits,
    )
    keys = ("term", "claimed", "maximum", "std_error", "difference", "in_std_errors", "digits")
    rows = zip(names, *(column.tolist() for column in columns), strict=True)
    return schema.Certificate(
        coefficients=[schema.Coefficient(**dict(zip(keys, row, strict=True))) for row in rows],
        distance=certificate.distance,
        tolerance=certificate.tolerance,
        is_maximum=certificate.is_maximum,
        correctly_rounded=certificate.rounded,
        proved=certificate.proved,
        enclosure=certificate.enclosure,
        tests=[
            schema.Test(name=check.name, value=check.value, limit=check.limit, passed=check.passed)
            for check in certificate.checks
        ],
    )


def _cause(cause: Cause) -> schema.Cause:
    return schema.Cause(
        cause=cause.key,
        says=cause.says,
        strength=cause.strength,
        left=cause.left,
        of=cause.of,
        parameters=cause.parameters,
        evidence=cause.evidence,
        mend=[schema.Call(tool=tool, call=call) for tool, call in cause.mend],
    )


def audit_rows(result: Audit | Comparison) -> Iterator[Sequence[object]]:
    """Yield a row for each term: claimed, maximum and how far apart they are."""
    audit, against = (result.one, [result.other.claimed.tolist()]) if isinstance(result, Comparison) else (result, [])
    names, claimed = audit.estimate.design.data.names, audit.claimed.tolist()
    columns: list[Sequence[object]] = [names, claimed, *([""] * len(names) for _ in range(5))]
    if isinstance(audit.finding, AtMaximum | NotMaximum):
        sure = audit.finding.certificate
        values = (sure.claimed, sure.maximum, sure.std_error, sure.difference, sure.in_std_errors, sure.digits)
        columns = [names, *(column.tolist() for column in values)]
    titles = ("term", "claimed", "maximum", "std.error", "difference", "in_std_errors", "digits")
    yield (*titles, *(["against"] if against else []))
    yield from zip(*columns, *against, strict=True)
