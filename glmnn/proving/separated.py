"""A proof that there is no finite maximum, and of where the coefficients lie that stay finite."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from glmnn.arrays import Mask
from glmnn.data.dataset import InMemory
from glmnn.data.design import Design
from glmnn.diagnostics.rank import aliased_columns
from glmnn.diagnostics.separation.verdict import Separation
from glmnn.models.limits import sides
from glmnn.problem.problem import Problem, is_glm
from glmnn.proving import verify
from glmnn.proving.ball import ball_proof
from glmnn.proving.center import ball_of
from glmnn.proving.directions import decimal, exact_separation, relation_of
from glmnn.proving.document import ProofDocument
from glmnn.proving.task import Proof, Task, Unproved, accepted, to_text
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status


def separated(task: Task, document: ProofDocument, design: Design, separation: Separation) -> Proof | Unproved:
    """Prove a separation, with the coefficients that stay finite where they can be proved too."""
    terms = design.data.names
    values = dict(zip(separation.names, map(decimal, separation.direction), strict=True))
    if is_glm(task.estimate.problem):
        direction = [values.get(term, "0") for term in terms]
        return separated_in_decimals(task, document, design) or _along(
            task, document, design, direction, separation.moves
        )
    lines = [[values.get(f"{label}: {term}", "0") for term in terms] for label in design.classes[1:]]
    return accepted(task, replace(document, separation=lines))


def separated_in_decimals(task: Task, document: ProofDocument, design: Design) -> Proof | None:
    """Prove a separation of the decimals of the data, which those of float64 nearest to them may not have."""
    problem = task.estimate.problem
    if not is_glm(problem) or problem.penalty is not None:
        return None
    found = _in_decimals(task, document, design, problem)
    result = None if found is None else _along(task, document, design, *found)
    return result if isinstance(result, Proof) else None


def _along(task: Task, document: ProofDocument, design: Design, direction: list[str], moves: Mask) -> Proof | Unproved:
    stated = replace(document, separation=[direction])
    finite = None if moves.all() else _finite_part(task, stated, design, moves)
    relations = [relation_of(alias, design.data.names) for alias in task.estimate.aliases]
    return finite or accepted(task, replace(stated, relations=relations))


def _in_decimals(
    task: Task, document: ProofDocument, design: Design, problem: Problem[Any]
) -> tuple[list[str], Mask] | None:
    made = verify.parsed(to_text(document).encode())
    try:
        rows = dict(verify.table(task.raw, made.data))
        used = (np.flatnonzero(design.rows) + 1).tolist()
        cells = [[verify.evaluate(term["recipe"], rows[row]) for term in made.terms] for row in used]
    except (verify.NotProved, verify.Unreadable, KeyError):
        return None
    whole = problem.all_rows("an exact direction of separation")
    return exact_separation(design.data.names, cells, sides(problem.glm, whole.y))


def _finite_part(task: Task, document: ProofDocument, design: Design, moves: Mask) -> Proof | None:
    """Prove where the coefficients that stay finite lie: at the maximum of the rows that do not move."""
    held = InMemory(design.data.names, design.data.in_memory("the finite coefficients").whole.rows(~moves))
    aliases = aliased_columns(held)
    reduced = held.without({alias.name for alias in aliases})
    if not reduced.names:
        return None
    problem = Problem(task.estimate.problem.glm, reduced)
    run = fit(problem, Fisher())
    if run.status is not Status.CONVERGED:
        return None
    result = ball_proof(task, document, ball_of(problem, run.coef), aliases, design)
    return result if isinstance(result, Proof) else None
