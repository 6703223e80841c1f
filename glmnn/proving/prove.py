"""Prove what was found: the maximum, or why there is none; only what the verifier accepts is handed out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glmnn.arrays import Array
from glmnn.data.design import Design
from glmnn.fitting.build import make_run
from glmnn.fitting.estimate import Maximum, OnBoundary, Rising, Separated
from glmnn.problem.problem import is_glm
from glmnn.proving.ball import ball_proof, with_ball
from glmnn.proving.center import ball_of
from glmnn.proving.claim import Claimed
from glmnn.proving.document import ProofDocument
from glmnn.proving.edge import edge_ball
from glmnn.proving.separated import separated, separated_in_decimals
from glmnn.proving.statement import statement
from glmnn.proving.task import Proof, Task, Unproved, accepted


def prove(task: Task, claim: Claimed | None = None) -> Proof | Unproved:
    """Prove what was found of the maximum.

    Parameters
    ----------
    task : Task
    claim : Claimed, optional
        Coefficients of somebody else: that they are the maximum, rounded, or how far it is at most or at least.

    Raises
    ------
    GlmnnError
        If the data, the model or a column is none that a proof can be about.
    """
    estimate = task.estimate
    with np.errstate(all="ignore"):
        _, design, _ = make_run(task.options, task.table)
        document = statement(task, design)
        match estimate.outcome:
            case Maximum(inference):
                if claim is not None:
                    return _of_claim(task, document, inference.coef, claim, design)
                ball = ball_of(estimate.problem, inference.coef)
                result = ball_proof(task, document, ball, estimate.aliases, design)
                return result if isinstance(result, Proof) else separated_in_decimals(task, document, design) or result
            case Separated(separation):
                return separated(task, document, design, separation)
            case OnBoundary(boundary) if is_glm(estimate.problem) and boundary.rows.size:
                ball = edge_ball(estimate.problem, boundary.coef, boundary.rows, design.rows)
                return ball_proof(task, document, ball, estimate.aliases, design)
            case OnBoundary():
                return Unproved(
                    "the maximum lies at the edge of a parameter of the family, which no proof here is about"
                )
            case Rising():
                return Unproved(
                    "there is no finite maximum, but no direction was found along which that could be proved"
                )
    return separated_in_decimals(task, document, design) or Unproved("no maximum was found")


def _of_claim(task: Task, document: ProofDocument, coef: Array, claim: Claimed, design: Design) -> Proof | Unproved:
    """Prove what can be said of a claim: rounded, it is the maximum; it is as near as this; it is as far as that."""
    problem = task.estimate.problem
    found = ball_of(problem, coef)
    off = np.abs(claim.values - coef)
    if claim.printed and np.all(off <= claim.half_units * (1 + 1e-9)):
        return ball_proof(task, replace(document, claim=claim.rounded()), found, (), design)
    if not claim.printed:
        ball = ball_of(problem, claim.values)
        result = None if ball is None else accepted(task, with_ball(document, ball, (), design))
        if isinstance(result, Proof):
            return result
    if not off.any():
        return Unproved("the claim is the maximum to all digits, but no ball around it could be proved")
    away = claim.away(coef, problem.observed_information(coef))
    return ball_proof(task, replace(document, claim=away), found, (), design)
