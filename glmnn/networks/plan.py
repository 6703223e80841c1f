"""Options to a network and how it is trained: for `--hidden`, strings stop here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

import numpy as np

from glmnn.arrays import Array
from glmnn.data.cells import parse_number
from glmnn.data.dataset import InMemory
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.outcomes import find_outcomes
from glmnn.data.table import Table
from glmnn.data.variables import find_target, is_zero_one
from glmnn.errors import OptionError, UsageError, listed, option, quoted, reading, unknown
from glmnn.fitting.build import MULTINOMIAL, estimates_alpha, is_multinomial, make_roles
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.families import BINOMIAL, GAUSSIAN, find_family
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.layers import Layer, read_layers
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.models.losses import BCE, CCE, MSE, Loss, find_loss
from glmnn.models.model import Head, SecondOrderModel
from glmnn.models.network import INITS, Network
from glmnn.networks.options import GradcheckOptions
from glmnn.networks.settings import Training
from glmnn.solvers.external.library import KERAS, LIGHTNING, TORCH, require
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.registry import SOLVERS
from glmnn.solvers.rule_options import WEIGHT_DECAY, read_name, split_names
from glmnn.solvers.updates import UPDATES

Base = TypeVar("Base", FitOptions, GradcheckOptions)
FEWEST_FOLDS = 2
FRAMEWORKS = {"torch": TORCH, "lightning": LIGHTNING, "keras": KERAS}  # that can train a network
TRAINERS = f"{listed((*UPDATES, *FRAMEWORKS))}, the last three also with a rule, as torch:adam"


@dataclass(frozen=True)
class Blueprint:
    """A network that is asked for, before the data are seen.

    Attributes
    ----------
    options : FitOptions
        As asked for, for the record.
    layers : tuple of Layer
    loss : Loss
    training : Training
    """

    options: FitOptions
    layers: tuple[Layer, ...]
    loss: Loss
    training: Training


def make_blueprint(options: FitOptions) -> Blueprint:
    """Check every option of a network that can be checked without the data.

    Raises
    ------
    UsageError
        If one is out of range, unknown, or means nothing for a network.
    """
    with reading("hidden"):
        layers = read_layers(options.hidden or "")
    with reading("loss"):
        loss = find_loss(options.loss)
    _refuse_inference(options)
    rule, framework = _rule(options.solver)
    if options.trajectory and not framework:
        raise OptionError(
            "trajectory",
            f"compares torch, lightning or keras with glmnn's own network: choose one of them by {option('solver')}",
        )
    plain = replace(options, solver=[rule], hidden=None, loss=None, cv=None, holdout=None, trajectory=False)
    (gradient,) = make_spec(plain).solvers
    assert isinstance(gradient, Gradient)
    if options.cv is not None and options.cv < FEWEST_FOLDS:
        raise OptionError("cv", f"must be {FEWEST_FOLDS} or more folds", options.cv)
    if options.holdout is not None and not 0.0 <= options.holdout < 1.0:
        raise OptionError("holdout", "must be a part of the rows, 0 to 1", options.holdout)
    if options.patience < 1:
        raise OptionError("patience", "must be 1 or more", options.patience)
    training = Training(
        rule,
        gradient.lr,
        options.batch_size,
        options.schedule,
        gradient.standardize,
        options.max_iter,
        options.holdout or 0.0,
        options.patience,
        options.seed,
        _start(options.init),
        loss.share,
        framework,
    )
    return Blueprint(options, layers, loss, training)


def resolve(options: Base, loss: Loss, table: Table | None) -> Base:
    """Return the options of the GLM that stands on the hidden layers.

    Raises
    ------
    UsageError
        If loss and family contradict each other.
    """
    family = options.family
    if family is not None and is_multinomial(family):
        if loss in (BCE, MSE):
            raise OptionError(
                "loss", f"{options.loss} cannot be combined with the multinomial family, whose loss is cce"
            )
        return options
    if loss is CCE:
        if family is not None:
            raise OptionError("loss", f"cce is for classes: {option('family')} {MULTINOMIAL}", family)
        return replace(options, family=MULTINOMIAL)
    if loss is MSE:
        link = options.link or _own_link(options, table)
        return replace(options, family=GAUSSIAN.kind, link=link, alpha=None, power=None)
    if loss is not BCE:
        return options
    if family is not None and find_family(family, options.alpha, options.power) != BINOMIAL:
        raise OptionError("loss", f"bce is half the deviance of the binomial family, not of {family}")
    return replace(options, family=BINOMIAL.kind)


def make_head(model: SecondOrderModel, link_given: bool) -> tuple[Head, str]:
    """Return the head of a network, and a sentence where it has another link than the GLM.

    Raises
    ------
    UsageError
        If a link that was asked for does not take every number.
    """
    if not has_one_output(model) or model.etas == (-inf, inf):
        return model, ""
    if link_given:
        raise UsageError(
            f"the {model.link.name} link of {model.family.name} takes only numbers between {model.etas[0]:g} and "
            f"{model.etas[1]:g}, and the output of a network can be any: give another {option('link')}"
        )
    return (
        GLM(model.family, LOG),
        f"the network has the log link: {model.link.name}, that of the GLM, does not take every number",
    )


def make_network(head: Head, data: InMemory, layers: tuple[Layer, ...]) -> tuple[Network, InMemory]:
    """Return the network under a head, and the data without the constant column, for which there are biases.

    Raises
    ------
    UsageError
        If there is no feature.
    """
    bias = INTERCEPT in data.names
    kept = [name != INTERCEPT for name in data.names]
    if not any(kept):
        raise OptionError("hidden", "needs a feature: there is nothing but the intercept")
    inputs = tuple(name for name in data.names if name != INTERCEPT)
    block = data.whole._replace(X=np.ascontiguousarray(data.whole.X[:, kept]))
    hidden = tuple(replace(layer, bias=bias) for layer in layers)
    return Network(inputs, hidden, head, bias), InMemory(inputs, block)


@reading("solver")
def _rule(given: list[str]) -> tuple[str, str]:
    """Return the update rule, and the framework that takes its steps, if any."""
    names = [part.lower() for text in given for part in split_names(text)]
    if names == ["both"]:
        return "adam", ""
    framework, _, rule = names[0].partition(":")
    if len(names) == 1 and framework in FRAMEWORKS and (rule or "gd") in UPDATES:
        require(FRAMEWORKS[framework])
        return rule or "gd", framework
    if len(names) != 1:
        raise OptionError("hidden", f"trains by one {option('solver')}: choose from {TRAINERS}")
    plain, own = read_name(names[0])
    if plain in UPDATES:
        if WEIGHT_DECAY in own:
            raise UsageError(f"{names[0]}: there is no weight decay with {option('hidden')}")
        return names[0], ""
    if names[0] in SOLVERS and framework not in FRAMEWORKS:
        raise OptionError(
            "solver",
            f"{names[0]} cannot be combined with {option('hidden')}: the loss of a network is not convex and its "
            f"information is singular; choose from {TRAINERS}",
        )
    if framework in FRAMEWORKS:
        raise UsageError(unknown(f"network rule of {framework}", rule, UPDATES))
    raise UsageError(unknown("solver of a network", names[0], (*UPDATES, *FRAMEWORKS)))


def _refuse_inference(options: FitOptions) -> None:
    if estimates_alpha(options):
        raise OptionError("alpha", f"is not estimated with {option('hidden')}: give it")
    given = (
        ("penalty", options.penalty is not None),
        ("l2", options.l2 is not None),
        ("cov", options.cov != "model"),
        ("ci", options.ci != "wald"),
        ("average", bool(options.average)),
        ("exp", options.exp),
        ("dispersion", options.dispersion is not None),
    )
    for flag, is_given in given:
        if is_given:
            raise OptionError(
                flag,
                f"cannot be combined with {option('hidden')}: what holds for the maximum of a GLM does not hold there",
            )


def _start(init: str) -> str | Array:
    if init in INITS:
        return init
    if init in {"zeros", "ones"}:
        raise OptionError("init", f"{init}: equal units of a layer would stay equal; use {listed(INITS)}, or numbers")
    values = [parse_number(part) for part in init.split(",")]
    if any(value is None for value in values):
        raise OptionError(
            "init", f"{quoted(init)}: with {option('hidden')} use {listed(INITS)}, or finite numbers as 0.1,-2"
        )
    return np.array(values, dtype=float)


def _own_link(options: FitOptions | GradcheckOptions, table: Table | None) -> str:
    """Return the link for squared errors: that of the family, else a sigmoid for 0/1 and the identity otherwise."""
    if options.family is not None:
        family = find_family(options.family, options.alpha, options.power)
        return family.default_link.name if GLM(family, family.default_link).etas == (-inf, inf) else LOG.name
    if table is None:
        return IDENTITY.name
    roles = make_roles(options)
    target = find_target(table, roles)
    return LOGIT.name if is_zero_one(table, target) or find_outcomes(table, target, roles.event) else IDENTITY.name
