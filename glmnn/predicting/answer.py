"""What a saved model says of rows: means, linear predictors or classes, and how well they fit the response."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Block, Mask
from glmnn.data.formula.state import codes_of
from glmnn.data.response import response_of, weights_of_classes
from glmnn.data.table import Table
from glmnn.data.variables import Roles
from glmnn.diagnostics import metrics
from glmnn.diagnostics.goodness import goodness
from glmnn.errors import DataError, UsageError, listed, quoted
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import Head
from glmnn.models.softmax import softmax
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import Answer, Predictor


def answer_of(predictor: Predictor, X: Array, offset: Array, options: PredictOptions) -> Answer:
    """Return what is asked for, of rows of the design.

    Parameters
    ----------
    predictor : Predictor
    X : ndarray of shape (rows, terms)
    offset : ndarray of shape (rows,)
    options : PredictOptions

    Raises
    ------
    UsageError
        If this kind of model does not have what is asked for.
    """
    able = predictor.capabilities
    for asked, reason in ((options.interval, able.interval), (options.type == "class", able.label)):
        if asked and reason:
            raise UsageError(reason)
    head = predictor.distribution
    with np.errstate(all="ignore"):
        eta = predictor.eta(X, offset)
        answer = _means(head, eta, options) if has_one_output(head) else _probabilities(head.labels, eta, options)
        if not options.interval or predictor.interval is None:
            return answer
        ends, notes = predictor.interval(X, eta, options)
    return answer._replace(columns={**answer.columns, **ends}, notes=answer.notes + notes)


def responses_of(head: Head, table: Table, rows: Mask, roles: Roles) -> Block:
    """Return responses and prior weights of rows, none of which is without them.

    Raises
    ------
    GlmnnError
        If a response does not fit the model.
    """
    assert roles.target is not None
    if has_one_output(head):
        y, prior_weight = response_of(table, roles.target, rows, roles, head.family)
    else:
        y, prior_weight = _codes_of(head, table, rows, roles.target), weights_of_classes(table, rows, roles)
    return Block(np.zeros((y.size, 0)), y, prior_weight, np.zeros(y.size))


def measure(
    head: Head, table: Table, rows: Mask, roles: Roles, eta: Array, options: PredictOptions
) -> dict[str, float]:
    """Return how well the rows are predicted, by name, the deviance first.

    Parameters
    ----------
    head : Head
    table : Table
    rows : ndarray of bool, shape (table.rows,)
        Rows to measure, none without a response.
    roles : Roles
        Where the target stands, the trials and the prior weights.
    eta : ndarray
        Of these rows.
    options : PredictOptions

    Raises
    ------
    GlmnnError
        If a response does not fit the model.
    """
    block = responses_of(head, table, rows, roles)
    if not block.prior_weight.any():
        raise DataError(f"{table.source}: every weight is 0")
    return _of_means(head, block, eta, options) if has_one_output(head) else goodness(head, eta, block)


def _means(model: GLM, eta: Array, options: PredictOptions) -> Answer:
    """Return mean, linear predictor or class of each row."""
    low, high = model.etas
    legal = (eta > low) & (eta < high)
    mean = np.where(legal, model.link.inverse(eta), np.nan)
    notes: tuple[str, ...] = ()
    if not legal.all():
        note = f"no mean in {int((~legal).sum())} rows: their linear predictor is outside of {low:g} to {high:g}"
        notes = (f"{note}, the domain of {model.family.name}, {model.link.name} link",)
    classes = None
    if options.type == "class":
        classes = tuple(None if np.isnan(mu) else int(mu >= options.threshold) for mu in mean)
    return Answer(eta, {"link": eta} if options.type == "link" else {"mean": mean}, classes, notes)


def _probabilities(labels: tuple[str, ...], eta: Array, options: PredictOptions) -> Answer:
    """Return a column for each class, of probabilities or of linear predictors, and the likeliest class if asked."""
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


def _of_means(model: GLM, block: Block, eta: Array, options: PredictOptions) -> dict[str, float]:
    """Return deviance and mean loss, and what else goes with the family."""
    y, prior_weight = block.y, block.prior_weight
    with np.errstate(all="ignore"):
        mu, complement = model.link.inverse(eta), model.link.complement(eta)
        deviance = float(prior_weight @ model.pointwise.evaluate(eta, y)[0]) if model.inside(eta) else np.nan
        if not model.family.trials:
            return metrics.of_means(y, mu, prior_weight, deviance)
        logit = np.log(mu) - np.log(complement)
    return metrics.of_probabilities(y, mu, logit, prior_weight, deviance, options.threshold)


def _codes_of(head: Head, table: Table, rows: Mask, target: str) -> Array:
    """Return the number of the class of each row; a class that the model does not know is refused."""
    codes = codes_of(table, target, head.labels)
    strange = np.flatnonzero(rows & (codes < 0))
    if strange.size:
        row = int(strange[0])
        label, known = quoted(table.column(target).coded[row]), listed(head.labels)
        raise DataError(f"{table.where(row, target)}: the model does not know the class {label}; it knows {known}")
    return codes[rows].astype(float)
