"""What a wing found, made into the picture document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.dataset import CONSTANT
from glmnn.diagnostics.inference import Inference
from glmnn.diagnostics.statistics import null_deviance_of
from glmnn.models.glm import has_one_output
from glmnn.pictures import fit_of_means, neuron
from glmnn.pictures import picture_schema as schema
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.document import PictureData, PictureDocument, PictureModel
from glmnn.pictures.forest import forest
from glmnn.pictures.frames import basis_of, frames_of, plane_of
from glmnn.pictures.pace import pace_of
from glmnn.pictures.plane import Basis
from glmnn.pictures.runs import clock, kept_states, levels, runs
from glmnn.pictures.subject import Subject
from glmnn.problem.problem import Problem, is_glm
from glmnn.report.json import Versions, versions

HIDDEN = "no rows of the data are to be shown"
MOST_OF_ALL = 5_000_000  # rows, beyond which calibration and ROC curve are of some of them


def picture_document(subject: Subject) -> PictureDocument:
    """Return everything that pictures of a result show, as numbers."""
    with np.errstate(all="ignore"):
        return _document(subject)


def _document(subject: Subject) -> PictureDocument:
    heading, problem, inference = subject.heading, subject.problem, subject.inference
    absent: dict[str, str] = {}
    found = basis_of(subject)
    basis = None if isinstance(found, str) else found
    if isinstance(found, str):
        absent["plane"] = found
    frames = None if basis is None else frames_of(subject, basis)
    kept = [kept_states(course, basis, None if frames is None else frames[0]) for course in subject.courses]
    block = neuron.some_rows(problem.data, neuron.room_for_rows(problem, subject.rows), heading.seed)
    if block is None:
        absent["rows"] = HIDDEN
    shares, roc = _shares(problem, inference, absent)
    return PictureDocument(
        kind=heading.kind,
        versions=Versions(**versions()),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=heading.seed,
        command=heading.command,
        data=PictureData(name=_without_folder(heading.source), sha256=heading.sha256()),
        verdict=list(heading.verdict),
        tone=heading.tone,
        exit=heading.exit,
        notes=list(heading.notes),
        model=_model(subject),
        coefficients=None if inference is None else forest(subject, inference),
        levels=levels(subject),
        clock=clock(subject.courses),
        runs=runs(subject, basis, kept, _null_deviance(problem, inference)),
        plane=None
        if basis is None or frames is None or inference is None
        else plane_of(subject, inference, basis, frames),
        activation=_activation(subject, block, absent),
        rows=None if block is None else _rows(subject, block),
        in_data=None if block is None else neuron.in_data(problem.model, problem.names, block),
        means=_means(subject, block, kept),
        pace=_pace(subject, inference, absent),
        separation=_separation(subject),
        calibration=shares,
        roc=roc,
        residuals=_residuals(subject, absent),
        claim=_claim(subject, basis),
        training=subject.training,
        machine=subject.machine,
        absent=absent,
    )


def _model(subject: Subject) -> PictureModel:
    heading, problem, model = subject.heading, subject.problem, subject.problem.model
    return PictureModel(
        formula=heading.formula,
        family=model.family_name,
        link=model.link_name,
        rows=problem.rows,
        names=list(problem.names),
        shown=list(subject.labels),
        target=heading.target,
        classes=list(getattr(model, "labels", ())),
        binary=has_one_output(model) and bool(problem.data.sum(_zeros_and_ones)),
        goal=heading.goal,
        maximum=subject.inference is not None,
    )


class _All(int):
    """1 where something is true of all rows; two of them multiply."""

    def __add__(self, other: object) -> _All:
        return _All(bool(self) and bool(other))


def _zeros_and_ones(block: Block) -> _All:
    return _All(np.all((block.y == 0.0) | (block.y == 1.0)))


def _null_deviance(problem: Problem, inference: Inference | None) -> float:
    if inference is not None:
        return inference.null_deviance
    return float(null_deviance_of(problem.fresh(), CONSTANT in problem.data.names))


def _activation(subject: Subject, block: Block | None, absent: dict[str, str]) -> schema.Activation | None:
    model = subject.problem.model
    if not has_one_output(model):
        absent["activation"] = "a model of classes has several linear predictors for each row"
        return None
    if block is None:
        return None
    return neuron.activation(model, block, _ends(subject))


def _ends(subject: Subject) -> list[Array]:
    """Return the maximum; without one where each run ended."""
    if subject.inference is not None:
        return [subject.inference.coef]
    ends = [course.coef[course.finite][-1] for course in subject.courses if course.finite.any()]
    return ends or [np.zeros(len(subject.problem.names))]


def _rows(subject: Subject, block: Block) -> schema.Rows:
    best = None if subject.inference is None else subject.inference.coef
    direction = None if subject.separation is None else subject.separation.direction
    problem = subject.problem
    if not is_glm(problem):
        direction = None
    return neuron.shown_rows(problem.model, block, best, direction, problem.rows)


def _means(subject: Subject, block: Block | None, kept: Sequence[Index]) -> list[schema.RunMeans]:
    model = subject.problem.model
    if block is None or has_one_output(model):
        return []
    return neuron.means_of_classes(model, block, subject.courses, kept)


def _pace(subject: Subject, inference: Inference | None, absent: dict[str, str]) -> schema.Pace | None:
    if inference is None:
        absent["pace"] = "there is no maximum, at which curvature could be told"
        return None
    if subject.descent is None:
        absent["pace"] = "no full-batch gradient run"
        return None
    second = inference.second_order
    information = second.information
    if second.to_data is not None:  # that of other coordinates
        back = np.linalg.solve(second.to_data, np.eye(len(second.to_data)))
        information = back.T @ information @ back
    return pace_of(subject.descent, information, subject.problem.rows)


def _separation(subject: Subject) -> schema.Separation | None:
    found = subject.separation
    if found is None:
        return None
    return schema.Separation(
        direction=rounded(found.direction),
        line=found.line(),
        complete=found.complete,
        moves=found.separated,
        drifts=dict(subject.drifts),
    )


def _shares(
    problem: Problem, inference: Inference | None, absent: dict[str, str]
) -> tuple[list[schema.Group], schema.Roc | None]:
    """Return calibration and ROC curve of a model of shares."""
    why = ""
    if inference is None:
        why = "there is no maximum"
    elif not (is_glm(problem) and problem.glm.family.trials):
        why = "responses are no noughts and ones"
    if why or inference is None:
        absent["calibration"] = absent["roc"] = why
        return [], None
    part = problem if problem.rows <= MOST_OF_ALL else problem.subsample(problem.rows // MOST_OF_ALL + 1)
    mean, y, trials = fit_of_means.shares_of(part, inference.coef)
    whole = bool(np.all(np.abs(trials * y - np.round(trials * y)) < 1e-6) and np.all(trials == np.round(trials)))
    groups = []
    if not whole:
        absent["calibration"] = "prior weights are no numbers of trials"
    elif trials.sum() < fit_of_means.LEAST_TRIALS:
        absent["calibration"] = f"fewer than {fit_of_means.LEAST_TRIALS} responses"
    else:
        groups = fit_of_means.calibration(mean, y, trials)
    found = fit_of_means.roc(mean, y, trials)
    if found is None:
        absent["roc"] = "all responses are the same"
    return groups, found


def _residuals(subject: Subject, absent: dict[str, str]) -> schema.Residuals | None:
    problem, inference, seed = subject.problem, subject.inference, subject.heading.seed
    if inference is None or not is_glm(problem):
        absent["residuals"] = "there is no maximum" if inference is None else "classes have no residuals"
        return None
    if not subject.rows:  # they come with responses
        absent["residuals"] = HIDDEN
        return None
    block = fit_of_means.rows_of_residuals(problem, seed)
    return fit_of_means.residuals(problem.glm, inference, block, problem.rows, seed)


def _claim(subject: Subject, basis: Basis | None) -> schema.Claim | None:
    claimed = subject.claimed
    if claimed is None:
        return None
    coef = claimed.coef[None, :]
    return schema.Claim(
        source=_without_folder(claimed.source),
        is_maximum=claimed.is_maximum,
        distance=one(claimed.distance),
        xy=None if basis is None else rounded(basis.place(coef)[0]),
        outside=None if basis is None else one(float(basis.outside(coef)[0]), 4),
        tests=list(claimed.tests),
        causes=list(claimed.causes),
    )


def _without_folder(source: str) -> str:
    return re.split(r"[/\\]", source)[-1] or source
