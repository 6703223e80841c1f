"""A proof that the maximum lies in a ball."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glmnn.data.design import Design
from glmnn.diagnostics.rank import Alias
from glmnn.proving import verify
from glmnn.proving.center import Ball, refined
from glmnn.proving.directions import relation_of
from glmnn.proving.document import ProofDocument
from glmnn.proving.task import Proof, Task, Unproved, accepted, to_text

ROUNDS = 6  # of better coordinates, and then of a nearer centre


def ball_proof(
    task: Task,
    document: ProofDocument,
    ball: Ball | None,
    aliases: Sequence[Alias],
    design: Design,
) -> Proof | Unproved:
    """Prove that the maximum lies in a ball; where it fails, in better coordinates, and then around a nearer centre."""
    result: Proof | Unproved = Unproved("the information is singular")
    for attempt in range(ROUNDS):
        if ball is None:
            return result
        stated = with_ball(document, ball, aliases, design)
        result = accepted(task, stated)
        if isinstance(result, Proof):
            return result
        made = verify.parsed(to_text(replace(stated, radius="1e-20", claim=None)).encode())
        try:
            sums = verify.total(made, verify.table(task.raw, made.data), task.jobs, task.tell)
        except (verify.NotProved, ArithmeticError):
            return result
        ball = refined(ball, sums, move=attempt > 0 and not ball.multipliers)
    return result


def with_ball(document: ProofDocument, ball: Ball, aliases: Sequence[Alias], design: Design) -> ProofDocument:
    """Return a proof with a ball; the terms that the aliases leave out get zeros, and a relation each."""
    terms = design.data.names
    outputs = max(1, len(design.classes) - 1)
    kept = [term for term in terms if term not in {alias.name for alias in aliases}]
    places = [a * len(terms) + terms.index(term) for a in range(outputs) for term in kept]
    center, scale = ["0"] * (outputs * len(terms)), [["0"] * len(places) for _ in range(outputs * len(terms))]
    for place, value, line in zip(places, ball.center, ball.scale, strict=True):
        center[place], scale[place] = str(value), [str(number) for number in line]
    return replace(
        document,
        relations=[relation_of(alias, terms) for alias in aliases],
        coefficients=[center[a * len(terms) : (a + 1) * len(terms)] for a in range(outputs)],
        scale=scale,
        multipliers={str(row): str(value) for row, value in ball.multipliers.items()},
    )
