"""One fit with hidden layers, from table to verdict: the GLM, the network on top of it, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from glmnn.data.dataset import InMemory
from glmnn.data.design import Design
from glmnn.data.table import Table
from glmnn.diagnostics.existence import separation_of
from glmnn.diagnostics.goodness import goodness
from glmnn.diagnostics.rank import aliased_columns
from glmnn.diagnostics.separation.verdict import Separation
from glmnn.errors import Exit, OptionError, listed, option
from glmnn.fitting.arithmetic import arithmetic
from glmnn.fitting.build import make_run
from glmnn.fitting.trajectory import Trajectory
from glmnn.models.model import SecondOrderModel
from glmnn.models.network import Network
from glmnn.networks.crossvalidation import CrossValidation, cross_validate
from glmnn.networks.plan import FRAMEWORKS, Blueprint, make_head, make_network, resolve
from glmnn.networks.training import Ending, Loss, Trained, train
from glmnn.networks.trajectory import follow
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.stopping import Status


class Progress(Protocol):
    """Told how far a training has come."""

    def looked(self, loss: Loss, limit: int, epoch: int) -> None:
        """Take note of a look at the loss, of the updates to make and of those in an epoch."""
        ...

    def tested(self, fold: int, folds: int, glm: float, network: float) -> None:
        """Take note of a fold, of how many, and of the deviance per row held out of the GLM and of the network."""
        ...


@dataclass(frozen=True)
class ModelScore:
    """How well the GLM or the network does.

    Attributes
    ----------
    parameters : int
    fitted : dict of str to float
        On all rows, by measure.
    held_out : dict of str to float
        On the rows held out in cross-validation; empty without.
    """

    parameters: int
    fitted: dict[str, float]
    held_out: dict[str, float]


@dataclass(frozen=True)
class NetworkComparison:
    """Everything that one `glmnn fit --hidden` found.

    Attributes
    ----------
    blueprint : Blueprint
    table : Table
    model : SecondOrderModel
        What the network is compared with; its head is the same, but for a link that does not take every number.
    design : Design
        Of the GLM: with the aliased columns taken out, which the network keeps.
    terms : tuple of str
        All columns of the design, the aliased ones too.
    reference : Fit
        Of the GLM to all rows, by Fisher scoring.
    inputs : InMemory
        All rows as the network takes them.
    trained : Trained
        The network, on all rows but those that early stopping looked at.
    glm, network : ModelScore
    cross_validation : CrossValidation or None
    trajectory : Trajectory or None
        Of a framework beside the loop here, when asked for.
    notes : tuple of str
    """

    blueprint: Blueprint
    table: Table
    model: SecondOrderModel
    design: Design
    terms: tuple[str, ...]
    reference: Fit
    inputs: InMemory
    trained: Trained
    glm: ModelScore
    network: ModelScore
    cross_validation: CrossValidation | None
    trajectory: Trajectory | None = None
    notes: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """The verdict as an exit code."""
        if self.trained.ending is Ending.INTERRUPTED:
            return Exit.INTERRUPTED
        return Exit.NO if self.trained.ending is Ending.DIVERGED else Exit.DONE


def run_hidden(blueprint: Blueprint, table: Table, progress: Progress | None = None) -> NetworkComparison:
    """Train a network on a table and compare it with the GLM.

    Raises
    ------
    GlmnnError
        If options and data do not fit.
    """
    # extreme numbers end in a verdict, not in a warning
    with np.errstate(all="ignore"), arithmetic(blueprint.options):
        return _run(blueprint, table, progress)


def _run(blueprint: Blueprint, table: Table, progress: Progress | None) -> NetworkComparison:
    options = resolve(blueprint.options, blueprint.loss, table)
    model, design, notes = make_run(options, table)
    terms, aliases = design.data.names, [alias.name for alias in aliased_columns(design.data)]
    # a hidden layer makes a difference between columns that are combinations of others for a GLM
    every, data = (
        found.in_memory(option("hidden"), "leave it out") for found in (design.data, design.data.without(set(aliases)))
    )
    design = replace(design, data=data)
    head, other_link = make_head(model, options.link is not None)
    notes = (*notes, *design.notes, *((other_link,) if other_link else ()))
    if aliases:
        notes = (*notes, f"left out of the GLM, being combinations of other columns: {listed(aliases)}")
    network, inputs = make_network(head, every, blueprint.layers)
    _check_start(blueprint, network)
    problem = Problem(model, data)
    reference = fit(problem, Fisher())
    if reference.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    if isinstance(separation_of(problem, reference), Separation):
        reference = replace(reference, status=Status.NO_FINITE_MAXIMUM)
    training = blueprint.training
    trained = train(network, inputs, training, None if progress is None else progress.looked)
    if training.framework and (backend := FRAMEWORKS[training.framework].runs_on()):
        notes = (*notes, backend)
    trajectory = follow(network, inputs, training, trained) if blueprint.options.trajectory else None
    compared = None
    if blueprint.options.cv is not None and trained.ending is not Ending.INTERRUPTED:
        compared = cross_validate(
            (model, data),
            (network, inputs),
            training,
            blueprint.options.cv,
            blueprint.options.level,
            None if progress is None else progress.tested,
        )
    block, whole = data.whole, inputs.whole
    etas = model.eta(reference.coef, block), network.eta(trained.coef, whole)
    held = (compared.glm.eta, compared.network.eta) if compared is not None else (None, None)
    glm, other = (
        ModelScore(size, goodness(top, eta, whole), {} if out is None else goodness(top, out, whole))
        for top, size, eta, out in zip(
            (model, head),
            (reference.coef.size, network.size),
            etas,
            held,
            strict=True,
        )
    )
    return NetworkComparison(
        blueprint, table, model, design, terms, reference, inputs, trained, glm, other, compared, trajectory, notes
    )


def _check_start(blueprint: Blueprint, network: Network) -> None:
    start = blueprint.training.start
    if not isinstance(start, str) and start.size != network.size:
        raise OptionError("init", f"has {start.size} numbers; the network has {network.size} parameters")
