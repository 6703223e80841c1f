"""What is raced: the maximum as the referee found it, how distances from it are told, and the levels."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import Dataset
from glmnn.data.table import Table
from glmnn.errors import OptionError
from glmnn.fitting.agreement import std_error_units
from glmnn.fitting.build import check_model, check_tolerances
from glmnn.fitting.estimate import Estimate, Maximum, find_estimate
from glmnn.fitting.libraries import most_updates
from glmnn.fitting.plan import make_solvers, starting_point
from glmnn.pictures.run_schema import LEVELS
from glmnn.problem.problem import Problem
from glmnn.racing.options import RaceOptions
from glmnn.solvers.external.library import Library
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import Watch
from glmnn.solvers.steps import Solver, goal_of
from glmnn.solvers.stopping import Status
from glmnn.solvers.stopping.standard_errors import StandardErrors

CELLS = 200_000_000  # of the design that are read for the deviances of a path


@dataclass(frozen=True)
class Track:
    """A model on data, and how the way of a solver is measured.

    Attributes
    ----------
    options : RaceOptions
    estimate : Estimate
        The referee's.
    solvers : tuple of Solver
    absent : tuple of Library
        Left out of `--solver all`, because they are not installed.
    start : ndarray of shape (p,) or None
        Where all start; None for each solver's own.
    scale : float
        The null deviance, by which deviances are divided where there are no standard errors.
    """

    options: RaceOptions
    estimate: Estimate
    solvers: tuple[Solver, ...]
    absent: tuple[Library, ...]
    start: Array | None
    scale: float

    @property
    def in_std_errors(self) -> bool:
        """Whether distances are standard errors from a maximum; else deviances as parts of the null deviance."""
        return isinstance(self.estimate.outcome, Maximum) and self.estimate.maximum.has_errors

    @property
    def unit(self) -> str:
        """What a distance is told in."""
        return "SE" if self.in_std_errors else "null deviance"

    @property
    def levels(self) -> tuple[float, ...]:
        """Where cost is told, from far to near, the last one being that of `--to`."""
        return (*(level for level in LEVELS if level > self.options.to), self.options.to)

    def problem(self, solver: Solver) -> Problem:
        """Return what a solver solves: the same arrays, and nothing that an earlier run left behind."""
        problem = replace(self.estimate.problem, data=unread(self.estimate.problem.data))
        return solver.own(problem) if isinstance(solver, Gradient) else problem

    def rule(self, solver: Solver) -> StandardErrors:
        """Return when a solver stops, as in `glmnn fit --tol` with the tolerance of `--to`."""
        limit = self.options.max_iter
        if self.estimate.lost and limit is None and not goal_of(solver):
            limit = most_updates(solver)
        return StandardErrors(self.options.to, limit)

    def distances(self, path: Array) -> Array:
        """Return how far each state is: its worst coefficient in standard errors, or its deviance; shape (k,)."""
        with np.errstate(all="ignore"):
            if self.in_std_errors:
                maximum = self.estimate.maximum
                away: Array = np.abs(path - maximum.coef) / std_error_units(maximum.coef, maximum.std_error)
                return np.asarray(away.max(axis=1))
            return self._deviances(path) / self.scale

    def _deviances(self, path: Array) -> Array:
        """Return deviances; of a long path on large data those in between are taken from the state before."""
        problem = self.estimate.problem.fresh()
        most = max(200, CELLS // (problem.rows * len(problem.names)))
        places = np.arange(len(path))
        if len(path) > most:
            places = np.unique(np.r_[0, np.geomspace(1, len(path), most).round().astype(int) - 1])
        known = np.array([problem.first_order(path[place]).deviance for place in places])
        return np.asarray(known[np.searchsorted(places, np.arange(len(path)), side="right") - 1])


def unread(data: Dataset) -> Dataset:
    """Return the same rows without what was worked out from them on an earlier run."""
    again = copy(data)
    for name in [name for name in vars(again) if isinstance(getattr(type(again), name, None), cached_property)]:
        del vars(again)[name]
    return again


def make_track(options: RaceOptions, table: Table, watch: Watch | None = None) -> Track:
    """Check the options, and let the referee look for the maximum.

    Raises
    ------
    GlmnnError
        If options and data do not fit.
    KeyboardInterrupt
        If the user asked for an end.
    """
    solvers, absent = checked(options)
    estimate = find_estimate(options, table, watch, lambda terms: starting_point(options, terms))
    if estimate.reference.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    start = starting_point(options, estimate.terms)
    if start is not None and estimate.aliases:
        start = start[[name in estimate.design.data.names for name in estimate.terms]]
    problem = estimate.problem.fresh()
    with np.errstate(all="ignore"):
        null = problem.first_order(problem.constant_start()).deviance
    return Track(options, estimate, solvers, absent, start, null if np.isfinite(null) and null > 0.0 else 1.0)


def checked(options: RaceOptions) -> tuple[tuple[Solver, ...], tuple[Library, ...]]:
    """Check every option that can be checked without the data; return the solvers, and the libraries that are absent.

    Raises
    ------
    UsageError
        If one is out of range or unknown.
    """
    check_model(options)
    check_tolerances(("to", options.to))
    for name, least in (("repeat", 1), ("seeds", 1), ("threads", 1)):
        if getattr(options, name) < least:
            raise OptionError(name, f"must be {least} or more", getattr(options, name))
    if not (np.isfinite(options.budget) and options.budget > 0.0):
        raise OptionError("budget", "must be a positive number of seconds", options.budget)
    return make_solvers(options)
