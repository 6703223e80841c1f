"""Options and TOML to a validated run: strings stop here, beyond it only objects travel."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.data.design import Design, Roles, find_target, is_zero_one, make_design
from glmnn.data.formula import is_intercept
from glmnn.data.table import Table, parse_number
from glmnn.diagnostics.inference import Manner
from glmnn.diagnostics.robust import KINDS
from glmnn.errors import DataError, UsageError, listed, printable, quoted, unknown, unreadable
from glmnn.fitting import Stopping
from glmnn.models.families import FAMILY_NAMES, find_family
from glmnn.models.glm import GLM
from glmnn.models.links import find_link
from glmnn.models.softmax import Softmax
from glmnn.options import FitOptions, ModelOptions
from glmnn.penalty import Firth, Penalty, Ridge
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.foreign import LIBRARIES, Library, find_library, require
from glmnn.solvers.frameworks import Mirror
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.keras import Keras
from glmnn.solvers.lightning import Lightning
from glmnn.solvers.perceptron import Perceptron
from glmnn.solvers.r import Rscript
from glmnn.solvers.sklearn import Sklearn
from glmnn.solvers.statsmodels import Statsmodels
from glmnn.solvers.steps import Solver
from glmnn.solvers.torch import Torch, TorchLBFGS
from glmnn.solvers.updates import SCHEDULES, UPDATES
from glmnn.strict import decoded

Options = TypeVar("Options", bound=ModelOptions)
SOLVERS = ("fisher", *UPDATES, "perceptron", "statsmodels")
GROUPS = {"both": ("fisher", "gd"), "all": ("fisher", "gd", "statsmodels", *LIBRARIES)}
MULTINOMIAL = "multinomial"
SGD_ROWS = 32  # rows in a mini-batch of sgd unless told otherwise: Keras' default


@dataclass(frozen=True)
class Spec:
    """One validated run.

    Attributes
    ----------
    options : FitOptions
        As asked for, for the record.
    solvers : tuple of Solver
    stopping : Stopping
    absent : tuple of Library
        Left out of `--solver all`, because they are not installed.
    """

    options: FitOptions
    solvers: tuple[Solver, ...]
    stopping: Stopping
    absent: tuple[Library, ...] = ()


def read_config(path: str, kind: type[ModelOptions] = FitOptions) -> dict[str, Any]:
    """Return the options of a TOML file, checked for names and types; a relative `data` is seen from the file.

    Parameters
    ----------
    path : str
    kind : type
        The options that the command takes.

    Raises
    ------
    UsageError
        If the file cannot be read or has an unknown key or a value of the wrong type.
    """
    if not path:
        raise UsageError("--config '' is no file name")
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(path, error, ".toml")) from None
    try:
        content = tomllib.loads(decoded(raw))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{printable(path)}: not valid TOML: {printable(error)[:200]}") from None
    legal = {"data", "title", *(item.name for item in fields(kind))}
    types = get_type_hints(kind)
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = key.replace("-", "_")
        if name in found:
            raise UsageError(f"{path}: {quoted(name)} is given twice, once with a hyphen")
        if name not in legal:
            raise UsageError(f"{path}: {unknown('option', key, sorted(legal))}")
        found[name] = typed(value, types.get(name, str), f"{path}: {key}")
    if "data" in found and found["data"] != "-":
        found["data"] = str(Path(path).parent / found["data"])
    return found


def typed(value: Any, kind: Any, where: str) -> Any:
    """Return a value of TOML or Python as the type of its field; one text may stand for a list, a number for a text.

    Raises
    ------
    UsageError
        If it is of another type.
    """
    if get_origin(kind) is UnionType:
        kind = next(part for part in get_args(kind) if part is not NoneType)
    if get_origin(kind) is list:
        items = value if isinstance(value, list) else [value]
        return [typed(item, str, where) for item in items]
    if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1000:
        return float(value)
    if type(value) is not kind:
        raise UsageError(f"{where} must be {_KINDS[kind]}, not {printable(repr(value))[:60]}")
    return value


_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def make_spec(options: FitOptions) -> Spec:
    """Check every option that can be checked without the data.

    Raises
    ------
    UsageError
        If one is out of range or unknown.
    """
    _refuse_hidden(options)
    check_model(options)
    check_tolerances(("--tol", options.tol), ("--tol-agree", options.tol_agree))
    if options.max_iter is not None and options.max_iter < 1:
        raise UsageError(f"--max-iter must be 1 or more, not {options.max_iter}")
    if options.seed < 0:
        raise UsageError(f"--seed must be 0 or more, not {options.seed}")
    names, absent = _solver_names(options.solver)
    solvers = tuple(_solver(name, options) for name in names)
    _plan("gd", options)  # a wrong rate or schedule is an error whichever solver runs
    if options.trajectory and not any(isinstance(solver, Mirror) for solver in solvers):
        raise UsageError(
            "--trajectory holds torch, lightning or keras against the hand-written neuron: add one of them to --solver"
        )
    return Spec(options, solvers, Stopping(options.tol, options.max_iter), absent)


def _refuse_hidden(options: FitOptions) -> None:
    if options.hidden is not None:
        raise UsageError("--hidden makes a network, which has no maximum to find: `glmnn fit` alone trains it")
    for flag, value in (("--loss", options.loss), ("--cv", options.cv), ("--holdout", options.holdout)):
        if value is not None:
            raise UsageError(f"{flag} is for networks: give --hidden as well")


def check_model(options: ModelOptions) -> None:
    """Check what can be checked of a model without the data.

    Raises
    ------
    UsageError
        If an option is out of range or unknown.
    """
    if not 0 < options.level < 1:
        raise UsageError(f"--level must lie between 0 and 1, not {options.level:g}")
    if options.family is not None and not is_multinomial(options.family):
        find_family(options.family, options.alpha, options.power)
    if options.link is not None:
        find_link(options.link)
    make_roles(options)


def check_tolerances(*given: tuple[str, float]) -> None:
    """Refuse a tolerance in standard errors, given with its flag, that is not positive.

    Raises
    ------
    UsageError
        Naming the flag.
    """
    for flag, value in given:
        if not (np.isfinite(value) and value > 1e-300):
            raise UsageError(f"{flag} must be a positive number of standard errors, not {value:g}")


def make_roles(options: ModelOptions) -> Roles:
    """Return which column plays which part.

    Raises
    ------
    UsageError
        If `--na` or `--ref` cannot be read.
    """
    if options.na not in ("fail", "drop"):
        raise UsageError(unknown("choice for --na", options.na, ("fail", "drop")))
    references = {}
    for text in options.ref:
        name, equals, level = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--ref {quoted(text)}: write it as var=level")
        if name.strip() in references:
            raise UsageError(f"--ref {quoted(name)} is given twice")
        references[name.strip()] = level.strip()
    return Roles(
        options.target,
        tuple(options.features),
        options.formula,
        options.intercept,
        options.weights,
        options.offset,
        options.exposure,
        options.trials,
        _cluster_column(options.cov),
        options.weights_type == "freq",
        references,
        options.na == "drop",
        options.weights is not None and options.weights_type in (None, "var"),
    )


def _cluster_column(cov: str) -> str | None:
    kind, colon, name = cov.partition(":")
    if kind == "cluster" and colon and name:
        return name
    if cov not in ("model", *KINDS):
        raise UsageError(unknown("covariance", cov, ["model", *KINDS, "cluster:COLUMN"]))
    return None


def make_manner(options: ModelOptions, model: GLM | Softmax, clusters: Index | None) -> Manner:
    """Return which covariance and which intervals are asked for.

    Raises
    ------
    UsageError
        If a choice is unknown, or the kind of the weights matters and is not said.
    """
    if options.ci not in ("wald", "profile"):
        raise UsageError(unknown("choice for --ci", options.ci, ("wald", "profile")))
    kind = options.weights_type
    if kind is not None and kind not in ("var", "freq", "prob"):
        raise UsageError(unknown("choice for --weights-type", kind, ("var", "freq", "prob")))
    if kind is not None and options.weights is None:
        raise UsageError("--weights-type says what --weights are: give both")
    if options.weights is not None and kind is None and not model.family.dispersion_known:
        raise UsageError(
            f"--weights with the {model.family.name} family needs --weights-type, for the standard errors depend on "
            "it: var (inverse variances), freq (a row stands for so many equal rows) or prob (inverse sampling "
            "probabilities, robust errors)"
        )
    covariance = "HC0" if kind == "prob" and options.cov == "model" else options.cov
    if options.ci == "profile" and (covariance != "model" or options.penalty or options.l2):
        raise UsageError("--ci profile rests on the likelihood: it goes with neither a robust --cov nor a penalty")
    return Manner(options.level, covariance, clusters, options.ci == "profile", kind or "var")


def split_features(options: ModelOptions, table: Table) -> tuple[str, ...]:
    """Return the features with comma lists taken apart, unless a column is called so."""
    names: list[str] = []
    if options.features and not any(part.strip() for text in options.features for part in text.split(",")):
        raise UsageError("--features names no column; leave it out for every column without another role")
    for text in options.features:
        parts = [text] if text in table.columns else [part.strip() for part in text.split(",")]
        names.extend(part for part in parts if part)
    return tuple(names)


def make_model(options: ModelOptions, table: Table, target: str) -> tuple[GLM | None, str]:
    """Return the model and, when its family was understood from the data, a sentence that says so.

    None stands for a response that is a class, whose model needs the labels.

    Raises
    ------
    DataError
        If no family is given and the target is not 0/1.
    """
    told = ""
    name = options.family
    if name is not None and is_multinomial(name):
        for flag, value in (("--alpha", options.alpha), ("--power", options.power), ("--link", options.link)):
            if value is not None:
                raise UsageError(f"{flag} does not go with the multinomial family")
        return None, told
    if name is None:
        if options.trials is None and not is_zero_one(table, target):
            table.numbers(target, "target")
            raise DataError(
                f"{table.source}: target {quoted(target)} is not 0/1: say which --family it is ({listed(FAMILY_NAMES)})"
            )
        name = "binomial"
        why = "--trials is given" if options.trials is not None else f"{printable(target)} is 0/1"
        told = f"binomial family, because {why}"
    family = find_family(name, options.alpha, options.power)
    return GLM(family, find_link(options.link) if options.link else family.canonical), told


def is_multinomial(name: str) -> bool:
    """Say whether a family's name is that of the classes."""
    return name.strip().lower() == MULTINOMIAL


def make_run(options: ModelOptions, table: Table) -> tuple[GLM | Softmax, Design, tuple[str, ...]]:
    """Return model, design and notes of a run on this table."""
    roles = make_roles(options)
    target = find_target(table, roles)
    model, told = make_model(options, table, target)
    if model is not None and options.exposure is not None and model.link.name != "log":
        raise UsageError(f"--exposure needs the log link, not {model.link.name}; use --offset")
    roles = replace(roles, features=split_features(options, table))
    design = make_design(table, roles, target, None if model is None else model.family)
    return model or Softmax(design.classes), design, (told,) if told else ()


def make_penalty(options: ModelOptions, family: str, names: tuple[str, ...]) -> Penalty | None:
    """Return the penalty asked for, or None.

    Raises
    ------
    UsageError
        If it is unknown, out of range or not meant for the family.
    """
    if options.penalty is not None:
        if options.penalty != "firth":
            raise UsageError(unknown("penalty", options.penalty, ["firth"]) + "; for L2 give --l2 LAMBDA")
        if options.l2 is not None:
            raise UsageError("give --penalty firth or --l2, not both")
        if family not in {"binomial", "poisson"}:
            raise UsageError(f"--penalty firth is for the binomial and poisson families, not for {family}")
        return Firth()
    if options.l2 is None:
        return None
    if not (np.isfinite(options.l2) and options.l2 > 0):
        raise UsageError(f"--l2 must be positive, not {options.l2:g}")
    return Ridge(options.l2, tuple(is_intercept(name) and not options.penalize_intercept for name in names))


def starting_point(options: FitOptions, names: tuple[str, ...]) -> Array | None:
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
        raise UsageError(f"--init {quoted(options.init)}: use zeros, ones, random, or finite numbers as 0.1,-2")
    if values.size != p:
        raise UsageError(f"--init has {values.size} numbers; the model has {p} coefficients: {listed(names)}")
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
        for part in text.split(","):
            name = part.strip().lower()
            for member in GROUPS.get(name, (name,)):
                library = LIBRARIES.get(member)
                if name == "all" and library is not None and not library.installed:
                    absent[member] = library
                    continue
                names[_full_name(member, part.strip())] = None
    return list(names), tuple(absent.values())


def _full_name(name: str, written: str) -> str:
    """Return the one name of a solver: torch:gd is torch."""
    if name in SOLVERS:
        return name
    found = find_library(name)
    if found is None:
        raise UsageError(unknown("solver", written, [*GROUPS, *SOLVERS, *LIBRARIES]))
    library, rule = found
    require(library)
    return library.name if rule in library.rules[:1] else name


def _solver(name: str, options: FitOptions) -> Solver:
    if name == "fisher":
        return Fisher()
    if name == "statsmodels":
        return Statsmodels()
    if name == "perceptron":
        return Perceptron(seed=options.seed)
    found = find_library(name)
    if found is None:
        return _plan(name, options)
    solver = _foreign(name, *found, options)
    return solver if options.max_iter is None else replace(solver, max_iter=options.max_iter)


def _foreign(
    name: str, library: Library, rule: str, options: FitOptions
) -> Sklearn | Rscript | Torch | TorchLBFGS | Lightning | Keras:
    match library.name, rule:
        case "sklearn", _:
            return Sklearn(name, rule, seed=options.seed)
        case "r", _:
            return Rscript(name)
        case "torch", "lbfgs":
            return TorchLBFGS(name, _plan("gd", options))
        case "torch", _:
            return Torch(name, _plan(rule, options))
        case "lightning", _:
            return Lightning(name, _plan(rule, options))
    return Keras(name, _plan(rule, options))


def _plan(name: str, options: FitOptions) -> Gradient:
    """Return the hand-written neuron with an update rule, which is also what a framework is to do."""
    lr = _learning_rate(options.lr)
    if options.batch_size is not None and options.batch_size < 1:
        raise UsageError(f"--batch-size must be 1 or more, not {options.batch_size}")
    batch = options.batch_size or (SGD_ROWS if name == "sgd" else None)
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
    )


def _learning_rate(text: str) -> float | None:
    if text == "auto":
        return None
    lr = parse_number(text)
    if lr is None:
        raise UsageError(f"--lr {quoted(text)}: give auto or a positive number")
    if lr <= 0:
        raise UsageError(f"--lr must be positive, not {text}")
    return lr


def merge(config: Mapping[str, Any], flags: Mapping[str, Any], kind: type[Options]) -> tuple[Options, str | None]:
    """Return the options of a command, flags before the file before the defaults, and the data path of the file."""
    chosen = {**config, **{name: value for name, value in flags.items() if value not in (None, [])}}
    chosen.pop("title", None)
    data = chosen.pop("data", None)
    return kind(**chosen), data
