"""The pictures of an audit: where the claim sits beside the maximum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glmnn.auditing.result import AtMaximum, Audit, NotMaximum
from glmnn.auditing.verdict import tone_of, verdict_lines
from glmnn.fitting.estimate_pictures import course_of_fit, estimate_heading, estimate_subject
from glmnn.pictures.compose import picture_document
from glmnn.pictures.digits import one
from glmnn.pictures.document import PictureDocument
from glmnn.pictures.picture_schema import MOST_ROWS, Test
from glmnn.pictures.subject import Claimed, Subject
from glmnn.solvers.stopping import Status


def to_pictures(audit: Audit, plane: str | None = None, command: str = "", rows: int = MOST_ROWS) -> PictureDocument:
    """Return the picture document of an audit: the claim in the plane and in the forest, the tests, the causes.

    The other parameters are those of `fitting.pictures.to_pictures`.
    """
    return picture_document(subject_of(audit, plane, command, rows))


def subject_of(audit: Audit, plane: str | None = None, command: str = "", rows: int = MOST_ROWS) -> Subject:
    """Return what pictures of an audit are made of; the parameters are those of `to_pictures`."""
    estimate = audit.estimate
    reference = estimate.reference
    heading = estimate_heading(
        estimate,
        "audit",
        verdict=verdict_lines(audit),
        tone=tone_of(audit.verdict),
        code=audit.exit,
        command=command,
        notes=audit.notes,
    )
    return replace(
        estimate_subject(estimate, heading, plane, rows),
        courses=[] if reference.status is Status.DECLINED else [course_of_fit(reference)],
        claimed=_claimed(audit),
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
