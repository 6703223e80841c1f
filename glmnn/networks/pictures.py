"""The pictures of a network: its loss on the way, its folds, and its means beside those of the GLM."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.diagnostics.inference import infer
from glmnn.fitting.agreement import std_error_units
from glmnn.fitting.estimate_pictures import course_of_fit, pair_among
from glmnn.fitting.labels import term_labels
from glmnn.networks.compare import NetworkComparison
from glmnn.networks.verdict import tone_of, verdict_lines
from glmnn.pictures.compose import picture_document
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.document import PictureDocument
from glmnn.pictures.neuron import observed_mean, room_for_rows, some_rows
from glmnn.pictures.picture_schema import MOST_ROWS, Fold, Look, Training
from glmnn.pictures.subject import Heading, Subject
from glmnn.problem.problem import Problem

MOST_LOOKS = 400


def to_pictures(
    comparison: NetworkComparison, plane: str | None = None, command: str = "", rows: int = MOST_ROWS
) -> PictureDocument:
    """Return the picture document of a network: that of the GLM that it contains, and how it was trained.

    The other parameters are those of `fitting.pictures.to_pictures`.
    """
    problem, reference, options = _problem(comparison), comparison.reference, comparison.blueprint.options
    design, table = comparison.design, comparison.table
    labels = term_labels(problem.names, design.levels)
    with np.errstate(all="ignore"):
        inference = infer(problem, reference.coef, rest=reference.rest) if reference.converged else None
    if inference is not None and not (inference.has_errors and np.all(inference.std_error > 0)):
        inference = None  # the classes may be separated, which nobody decides for a network
    return picture_document(
        Subject(
            heading=Heading(
                kind="fit",
                source=table.source,
                sha256=lambda: table.digest,
                verdict=verdict_lines(comparison),
                tone=tone_of(comparison).name.lower(),
                exit=int(comparison.exit),
                formula=design.formula,
                target=design.target,
                command=command,
                notes=comparison.notes,
                seed=options.seed,
            ),
            problem=problem,
            labels=labels,
            inference=inference,
            units=None if inference is None else std_error_units(inference.coef, inference.std_error),
            courses=[course_of_fit(reference)],
            pair=None if plane is None else pair_of(comparison, plane),
            training=_training(comparison, problem, rows),
            rows=rows,
        )
    )


def pair_of(comparison: NetworkComparison, plane: str) -> tuple[int, int]:
    """Return the places of two coefficients of the GLM.

    Raises
    ------
    UsageError
        If there are none of these names, or not two.
    """
    names = comparison.model.terms(comparison.design.data.names)
    return pair_among(names, term_labels(names, comparison.design.levels), plane)


def _problem(comparison: NetworkComparison) -> Problem:
    data = comparison.design.data
    return Problem(comparison.model, data.renamed(comparison.model.terms(data.names)))


def _training(comparison: NetworkComparison, problem: Problem, rows: int) -> Training:
    trained, cross = comparison.trained, comparison.cross_validation
    looks = trained.looks
    if len(looks) > MOST_LOOKS:
        looks = tuple(looks[place] for place in np.linspace(0, len(looks) - 1, MOST_LOOKS).astype(int).tolist())
    means = _means(comparison, problem, rows)
    return Training(
        rule=comparison.blueprint.training.rule,
        lr=trained.lr,
        ending=trained.ending.value,
        epoch=trained.epoch,
        updates=trained.updates,
        kept=trained.kept,
        glm_loss=one(comparison.glm.fitted.get("mean_loss")),
        loss=[Look(update=look.update, loss=one(look.loss), held_out=one(look.held_out)) for look in looks],
        folds=[]
        if cross is None
        else [
            Fold(glm=one(glm), network=one(network))
            for glm, network in zip(cross.glm.per_fold.tolist(), cross.network.per_fold.tolist(), strict=True)
        ],
        mean=[] if means is None else rounded(means[0], 5),
        glm_mean=[] if means is None else rounded(means[1], 5),
    )


def _means(comparison: NetworkComparison, problem: Problem, rows: int) -> tuple[Array, Array] | None:
    """Return the means of network and GLM for the rows shown."""
    most, seed = room_for_rows(problem, rows), comparison.blueprint.options.seed
    block, inputs = some_rows(problem.data, most, seed), some_rows(comparison.inputs, most, seed)
    if block is None or inputs is None:
        return None
    network = comparison.trained.network
    with np.errstate(all="ignore"):
        mean = network.head.mean(network.eta(comparison.trained.coef, inputs))
    return _of_observed(mean, inputs), observed_mean(comparison.model, comparison.reference.coef, block)


def _of_observed(mean: Array, block: Block) -> Array:
    if mean.ndim == 1:
        return mean
    return np.asarray(mean[np.arange(block.y.size), block.y.astype(np.intp)])
