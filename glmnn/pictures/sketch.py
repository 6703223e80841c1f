"""What a notebook shows below the tables: paths and intervals, without the log-likelihood, which takes longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.kernels.gram import gram
from glmnn.pictures.course import Course, spread
from glmnn.pictures.digits import rounded
from glmnn.pictures.forest import column_scales
from glmnn.pictures.frames import basis_of, frames_of, some_of
from glmnn.pictures.plane import Basis, axis_labels, joint_region
from glmnn.pictures.subject import Subject

MOST_POINTS = 60  # of a path
MOST_TERMS = 12
AROUND = 49  # points of the region


def sketch(subject: Subject) -> dict[str, Any] | None:
    """Return paths, the joint region by the information (Wald's), and scaled intervals; None without a maximum.

    Returns
    -------
    dict or None
        ``paths`` (label and points of each run), ``region`` (points), ``best``, ``claim``, ``frame`` (ends of both
        axes), ``axes`` (what they show), ``terms`` (label, low, estimate and high in standard deviations of the
        column), ``more`` (terms left out) and ``level``; paths are empty where there is no plane.
    """
    inference = subject.inference
    if inference is None:
        return None
    with np.errstate(all="ignore"):
        subject = replace(subject, courses=[_fewer(course) for course in subject.courses])
        found = basis_of(subject)
        shown: dict[str, Any] = {"paths": [], "region": [], "best": None, "claim": None, "frame": None, "axes": []}
        if not isinstance(found, str):
            shown = _paths(subject, found, joint_region(inference))
        scale = column_scales(subject.problem)
        columns = np.column_stack([inference.low, inference.coef, inference.high]) * scale[:, None]
    rows = [place for place in np.flatnonzero(scale > 0).tolist() if np.all(np.isfinite(columns[place]))]
    terms = [(subject.labels[place], *rounded(columns[place], 5)) for place in rows[:MOST_TERMS]]
    return {**shown, "terms": terms, "more": len(rows) - len(terms), "level": inference.level}


def _paths(subject: Subject, basis: Basis, region: float) -> dict[str, Any]:
    paths = []
    for course in subject.courses:
        places = basis.place(course.coef[course.finite])
        if course.goal or not len(places):
            continue
        paths.append((course.label or course.solver, rounded(places[spread(len(places), MOST_POINTS)], 5)))
    claimed = subject.claimed
    return {
        "paths": paths,
        "region": rounded(_around(basis, region), 5),
        "best": rounded(basis.best),
        "claim": None if claimed is None else rounded(basis.place(claimed.coef[None, :])[0]),
        "frame": rounded(frames_of(subject, basis)[0]),
        "axes": axis_labels(basis, subject.labels),
    }


def _fewer(course: Course) -> Course:
    """Return a run with some of its states, in which only they are looked at."""
    return replace(course, coef=some_of(course.coef[course.finite]))


def _around(basis: Basis, radius: float) -> Array:
    """Return the ellipse of the places that are so many joint standard errors from the maximum."""
    angle = np.linspace(0.0, 2.0 * np.pi, AROUND)
    lengths = basis.metric.root @ basis.columns
    root = np.linalg.cholesky(np.linalg.inv(gram(lengths)))
    return np.asarray(basis.best + radius * np.column_stack([np.cos(angle), np.sin(angle)]) @ root.T)
