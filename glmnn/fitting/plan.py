"""Options and TOML to a validated run: strings stop here, beyond it only objects travel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from glmnn.arrays import Array
from glmnn.data.cells import parse_number
from glmnn.errors import OptionError, UsageError, listed, option, quoted, reading, unknown
from glmnn.fitting.build import check_model, check_tolerances
from glmnn.fitting.options import FitOptions, SolverOptions
from glmnn.options.remember import remembered
from glmnn.solvers.external.framework import FrameworkTwin
from glmnn.solvers.external.library import Library, require
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.registry import GROUPS, SOLVERS, Request, find_solver
from glmnn.solvers.rule_options import RATE, WEIGHT_DECAY, check_options, read_name, split_names
from glmnn.solvers.steps import Solver
from glmnn.solvers.stopping.standard_errors import StandardErrors
from glmnn.solvers.updates import SCHEDULES, UPDATES


@dataclass(frozen=True)
class Spec:
    """One validated run.

    Attributes
    ----------
    options : FitOptions
        As asked for, for the record.
    solvers : tuple of Solver
    stopping : StandardErrors
    absent : tuple of Library
        Left out of `--solver all`, because they are not installed.
    """

    options: FitOptions
    solvers: tuple[Solver, ...]
    stopping: StandardErrors
    absent: tuple[Library, ...] = ()


def make_spec(options: FitOptions) -> Spec:
    """Check every option that can be checked without the data.

    Raises
    ------
    UsageError
        If one is out of range or unknown.
    """
    return _own_spec(options) if _is_ours(options) else _make_spec(options)


@remembered
def _is_ours(options: FitOptions) -> bool:
    """Say whether no library of others is asked for, which may be there the next time."""
    return all(name in SOLVERS and SOLVERS[name].library is None for name in options.solver)


def _make_spec(options: FitOptions) -> Spec:
    _refuse_hidden(options)
    check_model(options)
    check_tolerances(("tol", options.tol), ("tol_agree", options.tol_agree))
    solvers, absent = make_solvers(options)
    if options.trajectory and not any(isinstance(solver, FrameworkTwin) for solver in solvers):
        raise OptionError(
            "trajectory",
            f"compares torch, lightning or keras with glmnn's own neuron: add one of them to {option('solver')}",
        )
    return Spec(options, solvers, StandardErrors(options.tol, options.max_iter), absent)


_own_spec = remembered(_make_spec)


def make_solvers(options: SolverOptions) -> tuple[tuple[Solver, ...], tuple[Library, ...]]:
    """Return the solvers asked for, and the libraries that `all` has to do without.

    Raises
    ------
    UsageError
        If an option is out of range, or there is no such solver.
    """
    if options.max_iter is not None and options.max_iter < 1:
        raise OptionError("max_iter", "must be 1 or more", options.max_iter)
    if options.seed < 0:
        raise OptionError("seed", "must be 0 or more", options.seed)
    names, absent = _solver_names(options.solver)
    if not names:
        raise OptionError("solver", "is empty: name one or more, or leave it out for fisher and gd")
    solvers = tuple(_solver(name, options) for name in names)
    _plan("gd", options)  # a wrong rate or schedule is an error whichever solver runs
    return solvers, absent


def _refuse_hidden(options: FitOptions) -> None:
    if options.hidden is not None:
        raise OptionError("hidden", "makes a network, which has no maximum to find: `glmnn fit` alone trains it")
    for flag, value in (("loss", options.loss), ("cv", options.cv), ("holdout", options.holdout)):
        if value is not None:
            raise OptionError(flag, f"is for networks: give {option('hidden')} as well")


def starting_point(options: SolverOptions, names: tuple[str, ...]) -> Array | None:
    """Return the starting coefficients, or None for each solver's own.

    Raises
    ------
    UsageError
        If `--init` is neither a word nor as many numbers as there are coefficients.
    """
    p = len(names)
    match options.init:
        case "auto":
            return None
        case "zeros":
            return np.zeros(p)
        case "ones":
            return np.ones(p)
        case "random":
            return np.random.default_rng(options.seed).standard_normal(p)
    values = np.array([np.nan if value is None else value for value in map(parse_number, options.init.split(","))])
    if np.any(np.isnan(values)):
        raise OptionError("init", f"{quoted(options.init)}: use zeros, ones, random, or finite numbers as 0.1,-2")
    if values.size != p:
        raise OptionError("init", f"has {values.size} numbers; the model has {p} coefficients: {listed(names)}")
    return values


def _solver_names(given: list[str]) -> tuple[list[str], tuple[Library, ...]]:
    """Return the solvers' names, each once, and the libraries that `all` has to do without.

    Raises
    ------
    UsageError
        If there is no such solver, or its library is not installed.
    """
    names: dict[str, None] = {}
    absent: dict[str, Library] = {}
    for text in given:
        for part in split_names(text):
            name = part.lower()
            for member in GROUPS.get(name, (name,)):
                library = SOLVERS[member].library if member in SOLVERS else None
                if name == "all" and library is not None and not library.installed:
                    absent[member] = library
                    continue
                names[_full_name(member, part)] = None
    return list(names), tuple(absent.values())


@reading("solver")
def _full_name(name: str, written: str) -> str:
    """Return the one name of a solver: torch:gd is torch."""
    plain, own = read_name(name)
    entry, rule = find_solver(plain, written.partition("[")[0])
    if own and (entry.library is not None or plain not in UPDATES):
        raise UsageError(
            f"{quoted(written)}: options in brackets are those of glmnn's own update rules ({listed(UPDATES)})"
        )
    if entry.library is None:
        if own:
            check_options(plain, own)
        return name.replace(" ", "")
    require(entry.library)
    return entry.library.name if rule in entry.library.rules[:1] else name


def _solver(name: str, options: SolverOptions) -> Solver:
    entry, rule = find_solver(read_name(name)[0])
    solver = entry.make(Request(name, rule, options.seed, partial(_plan, options=options)))
    if entry.library is None or options.max_iter is None:
        return solver
    return replace(solver, max_iter=options.max_iter)  # type: ignore[type-var]


@reading("schedule")
def _plan(name: str, options: SolverOptions) -> Gradient:
    """Return the hand-written neuron with an update rule, which is also what a framework is to do."""
    plain, own = read_name(name)
    lr = own.get(RATE, _learning_rate(options.lr))
    if own.get(WEIGHT_DECAY) and (options.penalty is not None or options.l2 is not None):
        raise UsageError(f"{name}: a weight decay is an L2 penalty: not with {option('l2')} or {option('penalty')}")
    if options.batch_size is not None and options.batch_size < 1:
        raise OptionError("batch_size", "must be 1 or more", options.batch_size)
    batch = options.batch_size or UPDATES[plain].batch_size
    noisy = batch is not None and lr is None
    schedule = options.schedule
    if schedule == "auto":
        schedule = "sqrt" if noisy else "constant"
    if schedule not in SCHEDULES:
        raise UsageError(unknown("schedule", schedule, ["auto", *SCHEDULES]))
    return Gradient(
        name,
        lr,
        batch,
        schedule,
        average=noisy if options.average is None else options.average,
        standardize=lr is None if options.standardize is None else options.standardize,
        seed=options.seed,
        weight_decay=own.get(WEIGHT_DECAY, 0.0),
    )


def _learning_rate(text: str) -> float | None:
    if text == "auto":
        return None
    lr = parse_number(text)
    if lr is None:
        raise OptionError("lr", f"{quoted(text)}: give auto or a positive number")
    if lr <= 0:
        raise OptionError("lr", "must be positive", text)
    return lr
