"""The beginning of a proof: the data and the model."""

from __future__ import annotations

import numpy as np

from glmnn.data.design import Design
from glmnn.data.table import Table
from glmnn.data.variables import Roles
from glmnn.errors import UsageError, option
from glmnn.fitting.build import make_roles
from glmnn.options.model import ModelOptions
from glmnn.problem.penalty import Ridge
from glmnn.problem.problem import is_glm
from glmnn.proving import verify
from glmnn.proving.document import DataFile, ProofDocument
from glmnn.proving.lookups import with_lookups
from glmnn.proving.recipes import column_or_one, offset_of, response_of, terms_of
from glmnn.proving.task import Task


def statement(task: Task, design: Design) -> ProofDocument:
    """Return a proof of nothing yet: the data and the model.

    Raises
    ------
    UsageError, DataError
        If the model has no proof, or the data are no plain text file.
    """
    model, problem = task.estimate.model, task.estimate.problem
    family, alpha = model.family_name, None
    if is_glm(problem):
        family, alpha = problem.glm.family.kind, problem.glm.family.parameter
    if f"{family} {model.link_name}" not in verify.KINDS:
        why = "its curvature has no interval in the verifier" if model.concave else "its log-likelihood is not concave"
        raise UsageError(f"{family} with the {model.link_name} link cannot be proved: {why}")
    penalty = task.estimate.penalty
    if penalty is not None and not isinstance(penalty, Ridge):
        raise UsageError(
            f"{option('penalty', 'firth')}: Firth's penalty is not known to be concave, so nothing is proved"
        )
    roles, kept = make_roles(task.options), design.data.names
    if penalty is not None and task.estimate.aliases:
        raise UsageError("a penalised estimate with collinear columns: name the columns that are to be kept")
    free = {} if penalty is None else dict(zip(kept, penalty.free, strict=False))
    document = ProofDocument(
        schema="glmnn.proof/1",
        data=_data_file(task, design, roles),
        family=family,
        link=model.link_name,
        alpha="0" if alpha is None else repr(alpha),
        classes=len(design.classes),
        response=response_of(design),
        trials=column_or_one(roles.trials),
        weights=column_or_one(roles.weights),
        offset=offset_of(roles),
        terms=terms_of(design, task.table),
        penalty="0" if penalty is None else repr(penalty.strength),
        penalized=[] if penalty is None else [term for term in kept if not free.get(term, False)],
    )
    return with_lookups(task, document)


def _data_file(task: Task, design: Design, roles: Roles) -> DataFile:
    table = task.table
    taken = (roles.weights, roles.offset, roles.exposure, roles.trials, roles.cluster)
    columns = list(dict.fromkeys([design.target, *filter(None, taken), *design.recipe.columns]))
    complete = np.ones(table.rows, dtype=bool)
    for column in columns:
        complete &= ~table.column(column).missing
    return DataFile(
        sha256=table.digest,
        rows=int(complete.sum()),
        dropped=int((~complete).sum()),
        decimal=_decimal_sign(task.options, table),
        missing="drop" if roles.drop_missing else "refuse",
        columns=columns,
    )


def _decimal_sign(options: ModelOptions, table: Table) -> str:
    if options.thousands is not None:  # then every number is looked up
        return "."
    by_itself = any(note.startswith("numbers are read with a decimal comma") for note in table.notes)
    return options.decimal or ("," if by_itself else ".")
