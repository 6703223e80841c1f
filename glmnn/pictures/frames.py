"""The plane of the paths as the document has it: axes, frames, and the log-likelihood over both views."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.inference import Inference
from glmnn.pictures.course import spread
from glmnn.pictures.digits import one, rounded
from glmnn.pictures.picture_schema import GRID, Plane, View
from glmnn.pictures.plane import (
    CONTOURS,
    Basis,
    axis_labels,
    followed,
    in_words,
    joint_region,
    leading_basis,
    loadings,
    metric_of,
    pair_basis,
)
from glmnn.pictures.subject import Subject
from glmnn.pictures.surface import NEAR, Surface, grid_of, surface_of

PAD = 0.05  # of the frame about the paths
LEAST = 1.5  # standard errors about the maximum that every frame shows
FIRTH_CELLS = 5_000  # of the design, up to which Jeffreys' prior is summed at every point of the grid


def basis_of(subject: Subject) -> Basis | str:
    """Return the axes of the plane, or why there is none."""
    inference, penalty = subject.inference, subject.problem.penalty
    if inference is None:
        return "there is no maximum"
    if inference.coef.size == 1:
        return "one coefficient makes no plane"
    metric = metric_of(inference)
    if metric is None:
        return "there are no standard errors, or the information is singular"
    cells = subject.problem.rows * inference.coef.size
    if penalty is not None and penalty.needs_information() and cells > FIRTH_CELLS:
        return "Jeffreys' prior takes too long at every point of a plane"
    if subject.pair is not None:
        return pair_basis(metric, subject.pair)
    if inference.coef.size == 2:
        return pair_basis(metric, (0, 1))
    states = [course.coef[course.finite] for course in subject.courses if not course.goal]
    return leading_basis(metric, followed(metric, [some_of(run) for run in states if len(run)]))


def frames_of(subject: Subject, basis: Basis) -> Array:
    """Return the ends of both axes, of the whole path and near the maximum: shape (2 views, 2 axes, 2 ends)."""
    states = [course.coef[course.finite] for course in subject.courses if not course.goal]
    if subject.claimed is not None:
        states.append(subject.claimed.coef[None, :])
    errors = _axis_errors(basis)
    around = [basis.best - LEAST * errors, basis.best + LEAST * errors]
    places = np.vstack([*around, *(basis.place(run) for run in followed(basis.metric, states) if len(run))])
    low, high = places.min(axis=0), places.max(axis=0)
    pad = PAD * (high - low)
    whole = np.column_stack([low - pad, high + pad])
    near = np.column_stack([basis.best - NEAR * errors, basis.best + NEAR * errors])
    return np.array([whole, near])


def plane_of(subject: Subject, inference: Inference, basis: Basis, frames: Array) -> Plane:
    """Return the plane with the log-likelihood over both views."""
    surface = surface_of(subject.problem, basis, 1.0 if inference.dispersion_known else inference.dispersion)
    views = [
        _view(surface, name, frame) for name, frame in zip(("whole path", "near the maximum"), frames, strict=True)
    ]
    largest = max((value for view in views for value in view.rise if value is not None), default=1.0)
    return Plane(
        kind="directions" if basis.pair is None else "pair",
        labels=axis_labels(basis, subject.labels),
        words=in_words(basis, subject.labels),
        loadings=rounded(loadings(basis).T, 5),
        best=rounded(basis.best, 17),
        level=inference.level,
        region=one(joint_region(inference)) or 1.0,
        levels=[float(level) for level in CONTOURS if level < max(largest, 1.5)],
        n=GRID,
        rows_used=surface.problem.rows,
        views=views,
    )


def _view(surface: Surface, name: str, frame: Array) -> View:
    gx, gy = grid_of(frame[0]), grid_of(frame[1])
    rise = surface.rise(gx, gy)
    return View(
        name=name,
        x=rounded(frame[0]),
        y=rounded(frame[1]),
        gx=rounded(gx),
        gy=rounded(gy),
        rise=rounded(rise.ravel(), 5),
    )


def _axis_errors(basis: Basis) -> Array:
    """Return the standard error of a place along each axis."""
    if basis.pair is None:
        return np.ones(2)
    variances = np.diagonal(basis.metric.covariance)[list(basis.pair)]
    return np.asarray(np.sqrt(variances))


def some_of(states: Array, most: int = 400) -> Array:
    """Return states of a run spread over the logarithm of their number."""
    return np.asarray(states[spread(len(states), most)])
