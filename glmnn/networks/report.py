"""A network for people: what was trained, how well it fits beside the GLM, and if it improves held-out deviance."""

from __future__ import annotations

from math import isnan

import numpy as np

from glmnn.fitting.trajectory_table import trajectory_grid
from glmnn.models.model import Head
from glmnn.networks.compare import NetworkComparison
from glmnn.networks.crossvalidation import CrossValidation
from glmnn.networks.document import parameter_rows, to_network_document
from glmnn.networks.plan import FRAMEWORKS
from glmnn.networks.verdict import tone_of, verdict_lines
from glmnn.report.numbers import count, number, p_value, seconds
from glmnn.report.sections import Report, Section
from glmnn.report.tables import Grid

MEASURES = {
    "deviance": "deviance", "mean_loss": "mean loss", "accuracy": "accuracy", "auc": "AUC", "brier": "Brier",
    "calibration_intercept": "calib. at 0", "calibration_slope": "calib. slope", "rmse": "RMSE", "mae": "MAE",
}  # fmt: skip
DIGITS = 4
MOST_WEIGHTS = 1_000  # of a page
MOST_LOOKS = 10  # at the loss, in the table
MOST_FOLDS = 20  # shown unasked
FARTHEST = 1e6  # a calibration beyond says nothing


def network_report(comparison: NetworkComparison, notes: bool = True, verbose: bool = False) -> Report:
    """Return the report of a network; on a screen `verbose` shows its folds and its weights too."""
    parts = [
        Section("", verdict_lines(comparison), strong=True, tone=tone_of(comparison)),
        Section("", heading(comparison, notes)),
        _fit_section(comparison),
    ]
    if comparison.trajectory is not None:
        grid = trajectory_grid([comparison.trajectory])
        parts.append(Section("Step by step beside glmnn's own network", ("in the units of the training",), grid))
    if comparison.cross_validation is not None:
        parts += _held_out_sections(comparison, comparison.cross_validation)
    parts.append(Section("Training", training_lines(comparison), loss_table(comparison)))
    if verbose or comparison.trained.network.size <= MOST_WEIGHTS:
        parts.append(Section("Weights", grid=weights(comparison), folded="Weights"))
    return Report(
        "glmnn fit --hidden",
        parts,
        lambda: to_network_document(comparison),
        lambda: parameter_rows(comparison),
        verbose=verbose,
    )


def heading(comparison: NetworkComparison, notes: bool = True) -> list[str]:
    """Return what was fitted to what."""
    design, network = comparison.design, comparison.trained.network
    sizes = "-".join(map(str, (len(network.inputs), *(layer.units for layer in network.hidden), network.head.outputs)))
    kinds = ", ".join(layer.activation.name for layer in network.hidden)
    biases = "biases" if network.bias else "no biases"
    lines = [
        design.formula,
        f"{network.head.name}, {count(design.data.rows)} rows, {comparison.table.source}",
        f"network {sizes}: {kinds}; {biases}; {count(network.size)} parameters (the GLM has "
        f"{count(comparison.glm.parameters)})",
    ]
    return lines + [f"note: {note}" for note in comparison.notes if notes]


def training_lines(comparison: NetworkComparison) -> list[str]:
    """Return how the network was trained and how that ended."""
    run, training = comparison.trained, comparison.blueprint.training
    where = f" in {FRAMEWORKS[training.framework].title}" if training.framework else ""
    features = "standardised features" if training.standardize else "features as they are"
    batches = "all rows" if run.batch is None else f"batches of {count(run.batch)} rows"
    falling = {"constant": "constant", "cosine to the end": "falling to 0 at the last update"}
    lines = [
        f"{training.rule}{where} on {features}, {batches}; learning rate {number(run.lr, 3)}, "
        f"{falling.get(run.schedule, run.schedule)}; seed {training.seed}",
        f"{run.ending.value}: {count(run.updates)} updates, {count(run.passes)} passes, {seconds(run.seconds)}",
    ]
    loss = comparison.blueprint.loss.name
    if run.looks:
        first, last = run.looks[0], min(run.looks, key=lambda look: abs(look.update - run.kept))
        line = f"{loss} per row: {number(first.loss)} at the start, {number(last.loss)} at the end"
        if run.held.size:
            line = (
                f"{loss} per row: {number(last.loss)} on the rows trained on, {number(last.held_out)} on the "
                f"{count(run.held.size)} held out, where it was lowest: after {count(run.kept)} updates"
            )
        lines.append(line)
    return lines


def loss_table(comparison: NetworkComparison) -> Grid | None:
    """Return the loss by epoch, spread over the logarithm of the epoch, with the lowest one on rows held out."""
    run = comparison.trained
    if len(run.looks) < 2:
        return None
    last = len(run.looks) - 1
    places = set(np.geomspace(1, last + 1, MOST_LOOKS).round().astype(int).tolist())
    kept = min(range(last + 1), key=lambda place: abs(run.looks[place].update - run.kept))
    held = bool(run.held.size)
    batches = run.epoch > 1
    grid = Grid(("epoch", *(["updates"] if batches else []), "loss", *(["held out", ""] if held else [])), ("updates",))
    for place in sorted({*(place - 1 for place in places), *([kept] if held else [])}):
        look = run.looks[place]
        out = [number(look.held_out), "lowest, kept" if place == kept else ""] if held else []
        updates = [count(look.update)] if batches else []
        grid.add(count(look.update / run.epoch), *updates, number(look.loss), *out)
    return grid


def weights(comparison: NetworkComparison) -> Grid:
    """Return every parameter, for the data's own units."""
    grid = Grid(("parameter", "value"))
    for name, value in zip(comparison.trained.network.names, comparison.trained.coef.tolist(), strict=True):
        grid.add(name, number(value, 8))
    return grid


def _fit_section(comparison: NetworkComparison) -> Section:
    lines = ["more parameters fit the rows they were trained on better, whether or not they mean anything"]
    head = comparison.trained.network.head
    if head.outputs == 1 and np.max(comparison.design.data.in_memory("--hidden").whole.y) > 1 and _reaches_one(head):
        lines.append("responses lie outside the range of the head, whose means stay between 0 and 1")
    if not comparison.reference.converged:
        lines.append(f"the GLM: {comparison.reference.status.value}")
    lines.append(
        "no standard errors: hidden units can be swapped or turned without a change, so the weights are not identified"
    )
    return Section("Fit to all rows", (), _measures(comparison.glm.fitted, comparison.network.fitted), lines)


def _reaches_one(head: Head) -> bool:
    return bool(head.mean(np.array([700.0]))[0] <= 1.0)


def _measures(glm: dict[str, float], network: dict[str, float]) -> Grid:
    names = [name for name in MEASURES if name in glm or name in network]
    grid = Grid(("model", *(MEASURES[name] for name in names)), ("mean loss", "calib. at 0", "MAE"))
    for label, measured in (("GLM", glm), ("network", network)):
        grid.add(label, *(_cell(name, measured.get(name, np.nan)) for name in names))
    return grid


def _cell(name: str, value: float) -> str:
    if name.startswith("calibration"):
        return "-" if isnan(value) or abs(value) > FARTHEST else f"{value:z.3f}"
    return number(value, DIGITS)


def _held_out_sections(comparison: NetworkComparison, validation: CrossValidation) -> list[Section]:
    glm, network = validation.glm, validation.network
    k, low, high = len(validation.folds), *validation.interval
    lines = [
        f"mean deviance per row over the folds: GLM {number(glm.deviance)}, network {number(network.deviance)}",
        f"difference {number(validation.gain, 4)}, standard error {number(validation.std_error, 3)} (folds share rows: "
        f"Nadeau & Bengio, 2003), {100 * validation.level:g} % interval {number(low, 4)} to {number(high, 4)}, "
        f"p {p_value(validation.p_value)}",
    ]
    if glm.failed:
        lines.append(
            f"in {glm.failed} of {k} folds Fisher scoring found no finite maximum: the GLM's deviance there is that of "
            "where it stopped"
        )
    if network.failed:
        lines.append(f"in {network.failed} of {k} folds training diverged")
    title = f"Rows held out, {k} folds"
    parts = [Section(title, lines, _measures(comparison.glm.held_out, comparison.network.held_out))]
    grid = Grid(("fold", "rows", "GLM", "network", "difference"))
    for place, fold in enumerate(validation.folds):
        one, other = float(glm.per_fold[place]), float(network.per_fold[place])
        grid.add(f"{place + 1}", count(fold.size), number(one), number(other), number(one - other, 4))
    many = "Deviance per row held out" if k > MOST_FOLDS else ""
    parts.append(Section("Deviance per row held out", grid=grid, folded=many))
    return parts
