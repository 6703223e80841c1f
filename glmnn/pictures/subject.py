"""What pictures are made of: a wing says what it found, and `compose.py` makes the document of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from glmnn.arrays import Array
from glmnn.diagnostics.inference import Inference
from glmnn.diagnostics.separation.verdict import Separation
from glmnn.pictures.course import Course
from glmnn.pictures.pace import Descent
from glmnn.pictures.picture_schema import MOST_ROWS, Machine, Test, Training
from glmnn.pictures.run_schema import LEVELS
from glmnn.problem.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What a document says of itself.

    Attributes
    ----------
    kind : str
        fit, race or audit.
    source : str
        Name of the data, whose folder is left out.
    sha256 : callable
        Returns the hash of their bytes, which takes a moment.
    command : str
        The command line; empty in Python.
    verdict, notes : sequence of str
    tone : str
        good, careful or bad.
    exit, seed : int
    formula, target : str
    goal : str
        What distances are measured from.
    """

    kind: str
    source: str
    sha256: Callable[[], str]
    verdict: Sequence[str]
    tone: str
    exit: int
    formula: str
    target: str
    goal: str = "maximum likelihood estimate"
    command: str = ""
    notes: Sequence[str] = ()
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Coefficients that somebody claims.

    Attributes
    ----------
    coef : ndarray of shape (p,)
    source : str
    is_maximum : bool
    distance : float
        Standard errors of the furthest coefficient; nan without a maximum.
    tests : sequence of Test
    causes : sequence of str
    """

    coef: Array
    source: str
    is_maximum: bool
    distance: float
    tests: Sequence[Test] = ()
    causes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What was found, as pictures need it.

    Attributes
    ----------
    heading : Heading
    problem : Problem
    labels : sequence of str
        The coefficients for people.
    inference : Inference or None
        At the maximum; None where there is none.
    units : ndarray of shape (p,) or None
        In which distances from the maximum are told: standard errors.
    courses : sequence of Course
    pair : tuple of int or None
        The coefficients that span the plane; None for the two leading directions, or the two that there are.
    separation : Separation or None
    drifts : mapping of str to float
        Cosines of solvers with the direction of the widest margin.
    descent : Descent or None
        The gradient run whose pace is explained.
    claimed : Claimed or None
    machine : Machine or None
    training : Training or None
        Of a network.
    levels : sequence of float
        At which runs are compared, from far to near.
    rows : int
        Rows of the data to show at most; 0 for none.
    """

    heading: Heading
    problem: Problem
    labels: Sequence[str]
    inference: Inference | None
    units: Array | None
    courses: Sequence[Course] = ()
    pair: tuple[int, int] | None = None
    separation: Separation | None = None
    drifts: Mapping[str, float] = field(default_factory=dict)
    descent: Descent | None = None
    claimed: Claimed | None = None
    machine: Machine | None = None
    training: Training | None = None
    levels: Sequence[float] = LEVELS
    rows: int = MOST_ROWS
