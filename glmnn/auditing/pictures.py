"""The pictures of an audit: where the claim sits beside the maximum."""

from __future__ import annotations

import numpy as np

from glmnn.auditing.result import AtMaximum, Audit, NotMaximum
from glmnn.auditing.verdict import tone_of, verdict_lines
from glmnn.fitting.estimate import Maximum, Separated
from glmnn.fitting.pictures import course_of_fit, pair_of, units_of
from glmnn.fitting.tables import labels_of
from glmnn.pictures.compose import picture_document
from glmnn.pictures.digits import one
from glmnn.pictures.document import PictureDocument
from glmnn.pictures.picture_schema import MOST_ROWS, Test
from glmnn.pictures.subject import Claimed, Heading, Subject
from glmnn.solvers.stopping import Status


def to_pictures(audit: Audit, plane: str | None = None, command: str = "", rows: int = MOST_ROWS) -> PictureDocument:
    """Return the picture document of an audit: the claim in the plane and in the forest, the tests, the causes.

    Parameters
    ----------
    audit : Audit
    plane : str, optional
        Two coefficients, as ``x1,x2``.
    command : str
        The command line, without folders.
    rows : int
        Rows of the data to show at most.

    Raises
    ------
    UsageError
        If there are no such coefficients.
    """
    return picture_document(subject_of(audit, plane, command, rows))


def subject_of(audit: Audit, plane: str | None = None, command: str = "", rows: int = MOST_ROWS) -> Subject:
    """Return what pictures of an audit are made of; the parameters are those of `to_pictures`."""
    estimate = audit.estimate
    reference = estimate.reference
    return Subject(
        heading=Heading(
            kind="audit",
            source=estimate.table.source,
            sha256=lambda: estimate.table.digest,
            verdict=verdict_lines(audit),
            tone=tone_of(audit.verdict).name.lower(),
            exit=int(audit.exit),
            formula=estimate.design.formula,
            target=estimate.design.target,
            goal=estimate.goal,
            command=command,
            notes=audit.notes,
        ),
        problem=estimate.problem,
        labels=labels_of(estimate),
        inference=estimate.maximum if isinstance(estimate.outcome, Maximum) else None,
        units=units_of(estimate),
        courses=[] if reference.status is Status.DECLINED else [course_of_fit(reference)],
        pair=None if plane is None else pair_of(estimate, plane),
        separation=estimate.outcome.separation if isinstance(estimate.outcome, Separated) else None,
        claimed=_claimed(audit),
        rows=rows,
    )


def _claimed(audit: Audit) -> Claimed:
    distance, tests = np.nan, list[Test]()
    match audit.finding:
        case AtMaximum(certificate) | NotMaximum(certificate):
            distance = certificate.distance
            tests = [
                Test(name=check.name, value=one(check.value), limit=one(check.limit), passed=check.passed)
                for check in certificate.checks
            ]
    return Claimed(
        coef=audit.claimed,
        source=audit.claim.source,
        is_maximum=int(audit.exit) == 0,
        distance=distance,
        tests=tests,
        causes=[cause.says for cause in audit.causes],
    )
