"""What is said of a row with one linear predictor for each class: probabilities, the likeliest class, and how good."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Block, Mask
from glmnn.data.design import Roles, weights_of_classes
from glmnn.data.formula.state import codes_of
from glmnn.data.table import Table
from glmnn.diagnostics.goodness import goodness
from glmnn.errors import DataError, UsageError, listed, quoted
from glmnn.models.multinomial import Multinomial
from glmnn.models.softmax import softmax
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import Answer

PARTS = {"offset": False, "exposure": False, "trials": False, "weights": True}
FEWEST = 2


def check_classes(labels: tuple[str, ...], place: str) -> None:
    """Refuse labels that no response has.

    Raises
    ------
    UsageError
        Naming the place in the file.
    """
    if len(labels) < FEWEST or len(set(labels)) < len(labels) or "" in labels:
        raise UsageError(f"{place} must be {FEWEST} or more names, each once")


def answer_of_classes(labels: tuple[str, ...], eta: Array, options: PredictOptions) -> Answer:
    """Return a column for each class, of probabilities or of linear predictors, and the likeliest class if asked for.

    Parameters
    ----------
    labels : tuple of str
    eta : ndarray of shape (rows, classes)
    options : PredictOptions
    """
    p = softmax(eta)
    known = np.all(np.isfinite(p), axis=1)
    p[~known] = np.nan
    what, shown = ("link", eta) if options.type == "link" else ("p", p)
    columns = {f"{what}({label})": np.ascontiguousarray(shown[:, k]) for k, label in enumerate(labels)}
    lost = int((~known).sum())
    notes = (f"no probabilities in {lost} rows: their linear predictors are too large",) if lost else ()
    classes = None
    if options.type == "class":
        chosen = zip(p.argmax(axis=1).tolist(), known.tolist(), strict=True)
        classes = tuple(labels[place] if finite else None for place, finite in chosen)
    return Answer(eta, columns, classes, notes)


def measure_classes(labels: tuple[str, ...], table: Table, rows: Mask, roles: Roles, eta: Array) -> dict[str, float]:
    """Return deviance, mean loss, accuracy and Brier's score.

    Raises
    ------
    DataError
        If a row has a class that the model does not know.
    """
    assert roles.target is not None
    codes = codes_of(table, roles.target, labels)
    strange = np.flatnonzero(rows & (codes < 0))
    if strange.size:
        row = int(strange[0])
        label = quoted(table.column(roles.target).labels[row])
        raise DataError(
            f"{table.where(row, roles.target)}: the model does not know the class {label}; it knows {listed(labels)}"
        )
    prior_weight = weights_of_classes(table, rows, roles)
    if not prior_weight.any():
        raise DataError(f"{table.source}: every weight is 0")
    y = codes[rows].astype(float)
    block = Block(np.zeros((y.size, 0)), y, prior_weight, np.zeros(y.size))
    return goodness(Multinomial(labels), eta, block)
