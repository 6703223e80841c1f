"""From options and a table to model, design and penalty."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from glmnn.arrays import Index
from glmnn.data.design import Design, make_design
from glmnn.data.formula.names import event_of, is_intercept
from glmnn.data.outcomes import BOTH, find_outcomes, outcome_note, refuse_words, two_values
from glmnn.data.stream import streamed
from glmnn.data.table import Table
from glmnn.data.variables import Roles, find_target, is_zero_one
from glmnn.diagnostics.robust import KINDS
from glmnn.diagnostics.settings import InferenceSettings
from glmnn.errors import DataError, OptionError, UsageError, listed, option, printable, quoted, reading, unknown
from glmnn.models.capabilities import Capabilities
from glmnn.models.families import FAMILY_NAMES, find_family, start_of
from glmnn.models.glm import GLM
from glmnn.models.links import find_link
from glmnn.models.model import SecondOrderModel
from glmnn.models.multinomial import Multinomial
from glmnn.options.model import ModelOptions
from glmnn.options.remember import remembered
from glmnn.problem.penalty import Firth, Penalty, Ridge

MULTINOMIAL = "multinomial"


@remembered
def check_model(options: ModelOptions) -> None:
    """Check what can be checked of a model without the data.

    Raises
    ------
    UsageError
        If an option is out of range or unknown.
    """
    if not 0 < options.level < 1:
        raise OptionError("level", "must lie between 0 and 1", options.level)
    if estimates_alpha(options):
        if options.penalty is not None or options.l2 is not None:
            raise OptionError("alpha", "is not estimated together with a penalty: give it")
    elif options.family is not None and not is_multinomial(options.family):
        with reading("family"):
            find_family(options.family, options.alpha, options.power)
    if options.link is not None:
        with reading("link"):
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
            raise OptionError(flag, "must be a positive number of standard errors", value)


@remembered
def make_roles(options: ModelOptions) -> Roles:
    """Return which column plays which part.

    Raises
    ------
    UsageError
        If `--na` or `--ref` cannot be read.
    """
    if options.na not in ("fail", "drop"):
        raise UsageError(unknown(f"choice for {option('na')}", options.na, ("fail", "drop")))
    references = {}
    for text in options.ref:
        name, equals, level = text.partition("=")
        if not equals or not name:
            raise OptionError("ref", f"{quoted(text)}: write it as var=level")
        if name.strip() in references:
            raise OptionError("ref", f"{quoted(name)} is given twice")
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
        _event(options),
    )


def _event(options: ModelOptions) -> str | None:
    """Return the level that counts as 1, as the option or the left side of the formula names it."""
    event = event_of((options.formula or "").partition("~")[0])
    if event is not None and options.event not in (None, event[1]):
        raise OptionError("event", f"{printable(options.event)} is not the level in the formula, {printable(event[1])}")
    return options.event if event is None else event[1]


@reading("cov")
def _cluster_column(cov: str) -> str | None:
    kind, colon, name = cov.partition(":")
    if kind == "cluster" and colon and name:
        return name
    if cov not in ("model", *KINDS):
        raise UsageError(unknown("covariance", cov, ["model", *KINDS, "cluster:COLUMN"]))
    return None


def make_manner(options: ModelOptions, model: SecondOrderModel, clusters: Index | None) -> InferenceSettings:
    """Return which covariance and which intervals are asked for.

    Raises
    ------
    UsageError
        If a choice is unknown, or the kind of the weights matters and is not said.
    """
    if options.ci not in ("wald", "profile"):
        raise UsageError(unknown(f"choice for {option('ci')}", options.ci, ("wald", "profile")))
    kind = options.weights_type
    if kind is not None and kind not in ("var", "freq", "prob"):
        raise UsageError(unknown(f"choice for {option('weights_type')}", kind, ("var", "freq", "prob")))
    if kind is not None and options.weights is None:
        raise OptionError("weights_type", f"says what {option('weights')} are: give both")
    known = model.dispersion_known and options.dispersion is None
    if options.weights is not None and kind is None and not known:
        raise OptionError(
            "weights",
            f"with the {model.family_name} family needs {option('weights_type')}, because the standard errors depend "
            "on it: var (inverse variances), freq (a row stands for so many equal rows) or prob (inverse sampling "
            "probabilities, robust errors)",
        )
    if options.dispersion not in (None, "pearson"):
        raise UsageError(unknown(f"choice for {option('dispersion')}", options.dispersion, ("pearson",)))
    quasi = options.dispersion is not None
    if quasi and (options.penalty or options.l2):
        raise OptionError("dispersion", "cannot be combined with a penalty, whose standard errors rest on the family")
    covariance = "HC0" if kind == "prob" and options.cov == "model" else options.cov
    if options.ci == "profile" and (covariance != "model" or options.penalty or options.l2):
        raise UsageError(
            f"{option('ci', 'profile')} rests on the likelihood: it cannot be combined with a robust "
            f"{option('cov')} or a penalty"
        )
    profile, parameters = options.ci == "profile", int(estimates_alpha(options))
    return InferenceSettings(options.level, covariance, clusters, profile, kind or "var", quasi, parameters)


def split_features(options: ModelOptions, table: Table) -> tuple[str, ...]:
    """Return the features with comma lists taken apart, unless a column is called so."""
    names: list[str] = []
    if options.features and not any(part.strip() for text in options.features for part in text.split(",")):
        raise OptionError("features", "names no column; leave it out for every column without another role")
    for text in options.features:
        parts = [text] if text in table.columns else [part.strip() for part in text.split(",")]
        names.extend(part for part in parts if part)
    return tuple(names)


def make_model(
    options: ModelOptions, table: Table, target: str, outcomes: tuple[str, ...] = ()
) -> tuple[GLM | None, str]:
    """Return the model and, when its family was understood from the data, a sentence that says so.

    None stands for a response that is a class, whose model needs the labels.

    Raises
    ------
    DataError
        If no family is given and the target is not 0/1.
    """
    note = ""
    name = options.family
    if name is not None and is_multinomial(name):
        parts = ("alpha", "power", "link", "event")
        for flag, value in ((part, getattr(options, part)) for part in parts):
            if value is not None:
                raise OptionError(flag, "cannot be combined with the multinomial family")
        return None, note
    if name is None:
        if options.trials is None and not outcomes and not is_zero_one(table, target):
            refuse_words(table, target)
            two = two_values(table, target)
            raise DataError(
                f"{table.source}: target {quoted(target)} is not 0/1: {two}{', or ' if two else ''}say which "
                f"{option('family')} it is ({listed(FAMILY_NAMES)})"
            )
        name = "binomial"
        why = "--trials is given" if options.trials is not None else f"{printable(target)} is 0/1"
        if outcomes:
            event = f"is {quoted(outcomes[-1])} or not" if len(outcomes) > BOTH else "has two outcomes"
            why = f"{printable(target)} {event}"
        note = f"binomial family, because {why}"
    alpha = options.alpha if options.alpha is not None else start_of(name, options.alpha, options.power)
    return make_glm(name, options.link, alpha, options.power), note


@cache  # a small fit takes not much longer than what is known of a pair
def make_glm(name: str, link: str | None, alpha: float | None, power: float | None) -> GLM:
    """Return the model of a family's name, with the link that is asked for or its own."""
    with reading("family"):
        family = find_family(name, alpha, power)
    with reading("link"):
        return GLM(family, find_link(link) if link else family.default_link)


@remembered
def estimates_alpha(options: ModelOptions) -> bool:
    """Say whether the negative binomial's alpha is to be estimated, because none is given."""
    return start_of(options.family or "", options.alpha, options.power) is not None


def is_multinomial(name: str) -> bool:
    """Say whether a family's name is that of the classes."""
    return name.strip().lower() == MULTINOMIAL


def make_run(options: ModelOptions, table: Table) -> tuple[SecondOrderModel, Design, tuple[str, ...]]:
    """Return model, design and notes of a run on this table."""
    roles = make_roles(options)
    target = find_target(table, roles)
    in_words = options.trials is None
    outcomes = find_outcomes(table, target, roles.event) if in_words and options.family is None else ()
    model, note = make_model(options, table, target, outcomes)
    if in_words and options.family is not None and model is not None and model.family.trials:
        outcomes = find_outcomes(table, target, roles.event)
    if roles.event is not None and not outcomes:
        raise OptionError("event", "is for the binomial family, without trials")
    if model is not None and options.exposure is not None and model.capabilities.exposure:
        raise UsageError(model.capabilities.exposure)
    if options.features or outcomes:
        roles = replace(roles, features=split_features(options, table), outcomes=outcomes)
    design = make_design(table, roles, target, None if model is None else model.family)
    if table.stream is not None:
        design = streamed(design, table, roles, None if model is None else model.family)
    notes = (note, outcome_note(target, outcomes) if outcomes else "")
    return model or Multinomial(design.classes), design, tuple(note for note in notes if note)


@reading("penalty")
def make_penalty(options: ModelOptions, capabilities: Capabilities, names: tuple[str, ...]) -> Penalty | None:
    """Return the penalty asked for, or None.

    Raises
    ------
    UsageError
        If it is unknown, out of range or not meant for the family.
    """
    if options.penalty is not None:
        if options.penalty != "firth":
            raise UsageError(unknown("penalty", options.penalty, ["firth"]) + f"; for L2 give {option('l2')} LAMBDA")
        if options.l2 is not None:
            raise UsageError(f"give {option('penalty', 'firth')} or {option('l2')}, not both")
        if capabilities.firth:
            raise UsageError(capabilities.firth)
        return Firth()
    if options.l2 is None:
        return None
    if not (np.isfinite(options.l2) and options.l2 > 0):
        raise OptionError("l2", "must be positive", options.l2)
    return Ridge(options.l2, tuple(is_intercept(name) and not options.penalize_intercept for name in names))
