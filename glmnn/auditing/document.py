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


def to_document(found: Audit | Comparison) -> AuditDocument:
    """Return an audit as the values of its JSON document; of two claims both audits and what links them."""
    if not isinstance(found, Comparison):
        return AuditDocument(audit=_audit(found), against=None)
    return AuditDocument(audit=_audit(found.one), against=_against(found))


def _against(found: Comparison) -> schema.Against:
    linked = found.relation if isinstance(found.relation, Linked) else None
    return schema.Against(
        audit=_audit(found.other),
        difference=found.difference.tolist(),
        in_std_errors=None if linked is None else linked.in_std_errors.tolist(),
        links=[schema.Link(cause=link.key, says=link.says) for link in linked.links] if linked else [],
        links_back=[schema.Link(cause=link.key, says=link.says) for link in linked.links_back] if linked else [],
    )


def _audit(found: Audit) -> schema.Audit:
    estimate, claim = found.estimate, found.claim
    table, design, outcome = estimate.table, estimate.design, estimate.outcome
    names = design.data.names
    certified = found.finding if isinstance(found.finding, AtMaximum | NotMaximum) else None
    return schema.Audit(
        versions=Versions(**versions()),
        data=Data(source=table.source, sha256=table.digest, rows=table.rows, rows_used=design.data.rows),
        model=schema.Model(
            formula=design.formula, family=estimate.model.family_name, link=estimate.model.link_name, terms=names
        ),
        options=found.options,
        claim=schema.Claim(
            source=claim.source,
            kind=claim.kind,
            digits=claim.digits,
            coefficients=dict(zip(names, found.claimed.tolist(), strict=True)),
        ),
        exit=int(found.exit),
        verdict=found.verdict.name.lower(),
        said=verdict_lines(found),
        notes=found.notes,
        aliased=[str(alias) for alias in estimate.aliases],
        separation=outcome.separation.line() if isinstance(outcome, Separated) else None,
        certificate=None if certified is None else _certificate(names, certified.certificate),
        causes=[_cause(cause) for cause in found.causes],
    )


def _certificate(names: Sequence[str], found: Certificate) -> schema.Certificate:
    columns = (found.claimed, found.maximum, found.std_error, found.difference, found.in_std_errors, found.digits)
    keys = ("term", "claimed", "maximum", "std_error", "difference", "in_std_errors", "digits")
    rows = zip(names, *(column.tolist() for column in columns), strict=True)
    return schema.Certificate(
        coefficients=[schema.Coefficient(**dict(zip(keys, row, strict=True))) for row in rows],
        distance=found.distance,
        tolerance=found.tolerance,
        is_maximum=found.is_maximum,
        correctly_rounded=found.rounded,
        proved=found.proved,
        enclosure=found.enclosure,
        tests=[
            schema.Test(name=check.name, value=check.value, limit=check.limit, passed=check.passed)
            for check in found.checks
        ],
    )


def _cause(found: Cause) -> schema.Cause:
    return schema.Cause(
        cause=found.key,
        says=found.says,
        strength=found.strength,
        left=found.left,
        of=found.of,
        parameters=found.parameters,
        evidence=found.evidence,
        mend=[schema.Call(tool=tool, call=call) for tool, call in found.mend],
    )


def audit_rows(found: Audit | Comparison) -> Iterator[Sequence[object]]:
    """Yield a row for each term: claimed, maximum and how far apart they are."""
    audit, against = (found.one, [found.other.claimed.tolist()]) if isinstance(found, Comparison) else (found, [])
    names, claimed = audit.estimate.design.data.names, audit.claimed.tolist()
    columns: list[Sequence[object]] = [names, claimed, *([""] * len(names) for _ in range(5))]
    if isinstance(audit.finding, AtMaximum | NotMaximum):
        sure = audit.finding.certificate
        values = (sure.claimed, sure.maximum, sure.std_error, sure.difference, sure.in_std_errors, sure.digits)
        columns = [names, *(column.tolist() for column in values)]
    titles = ("term", "claimed", "maximum", "std.error", "difference", "in_std_errors", "digits")
    yield (*titles, *(["against"] if against else []))
    yield from zip(*columns, *against, strict=True)
