"""A network for machines: versioned JSON, the weights as CSV, the path of the loss."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

import numpy as np

from glmnn.networks.compare import HiddenExperiment
from glmnn.networks.crossvalidation import CrossValidation
from glmnn.networks.report import sections, sides, verdict_lines
from glmnn.report.json import plain_values, versions
from glmnn.report.sections import markdown_sections

NETWORK_SCHEMA = "glmnn.network/1"


def to_network_document(experiment: HiddenExperiment) -> dict[str, Any]:
    """Return the experiment as plain values for JSON, described by schemas/network-1.json."""
    design, table, run, options = experiment.design, experiment.table, experiment.trained, experiment.blueprint.options
    return {
        "schema": NETWORK_SCHEMA,
        "versions": versions(),
        "data": {"source": table.source, "sha256": table.digest, "rows": table.rows, "rows_used": design.data.rows},
        "model": {
            "formula": design.formula,
            "target": design.target,
            "family": experiment.model.family.name,
            "link": experiment.model.link.name,
            "classes": list(design.classes),
            "levels": {name: list(levels) for name, levels in design.levels.items()},
            "loss": experiment.blueprint.loss.name,
        },
        "options": asdict(options),
        "seed": options.seed,
        "exit": int(experiment.exit),
        "verdict": verdict_lines(experiment),
        "notes": list(experiment.notes),
        "layers": _layers(experiment),
        "training": {
            "rule": experiment.blueprint.training.rule,
            "standardized": experiment.blueprint.training.standardize,
            "learning_rate": run.lr,
            "schedule": run.schedule,
            "batch_size": run.batch,
            "ending": run.ending.value,
            "updates": run.updates,
            "kept": run.kept,
            "passes": run.passes,
            "seconds": run.seconds,
            "held_out": np.flatnonzero(design.rows)[run.held],
            "looks": [[look.update, look.loss, look.held_out] for look in run.looks],
        },
        "fits": {
            name: {"parameters": side.parameters, **_measures(side.fitted)} for name, side in sides(experiment).items()
        },
        "glm": {
            "status": experiment.reference.status.value,
            "coefficients": dict(zip(_terms(experiment), experiment.reference.coef.tolist(), strict=True)),
        },
        "cross_validation": _cross_validation(experiment, experiment.cross_validation),
    }


def to_network_json(experiment: HiddenExperiment) -> str:
    """Return the document as JSON; numbers have as many digits as they need to be read back exactly."""
    return json.dumps(plain_values(to_network_document(experiment)), indent=2, allow_nan=False) + "\n"


def to_network_csv(experiment: HiddenExperiment) -> str:
    """Return one row for each parameter, for the data's own units."""
    return _csv(
        ("parameter", "value"),
        zip(experiment.trained.network.names, map(repr, experiment.trained.coef.tolist()), strict=True),
    )


def to_network_markdown(experiment: HiddenExperiment) -> str:
    """Return the report in Markdown."""
    return markdown_sections("glmnn fit --hidden", sections(experiment))


def to_network_trace(experiment: HiddenExperiment) -> str:
    """Return the loss at every look as CSV: update, on the rows trained on, on the rows held out."""
    rows = (
        (look.update, repr(look.loss), "" if np.isnan(look.held_out) else repr(look.held_out))
        for look in experiment.trained.looks
    )
    return _csv(("update", "loss", "held_out"), rows)


def _layers(experiment: HiddenExperiment) -> list[dict[str, Any]]:
    network = experiment.trained.network
    kinds = [*(layer.activation.name for layer in network.hidden), "head"]
    return [
        {"name": title, "activation": kind, "weights": np.atleast_2d(dense.weights), "bias": dense.bias}
        for title, kind, dense in zip(network.titles, kinds, network.unpack(experiment.trained.coef), strict=True)
    ]


def _terms(experiment: HiddenExperiment) -> tuple[str, ...]:
    return experiment.model.terms(experiment.design.data.names)


def _measures(found: dict[str, float]) -> dict[str, float | None]:
    names = ("deviance", "mean_loss", "accuracy", "auc", "brier", "calibration_intercept", "calibration_slope",
             "rmse", "mae")  # fmt: skip
    return {name: found.get(name) for name in names}


def _cross_validation(experiment: HiddenExperiment, found: CrossValidation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rows, low, high = np.flatnonzero(experiment.design.rows), *found.interval
    both = {"glm": found.glm, "network": found.network}
    return {
        "folds": [rows[fold] for fold in found.folds],
        "gain": found.gain,
        "std.error": found.std_error,
        "conf.low": low,
        "conf.high": high,
        "level": found.level,
        "p.value": found.p_value,
        "answer": found.answer.value,
        **{
            name: {
                "deviance_per_row": rival.deviance,
                "per_fold": rival.per_fold,
                "failed": rival.failed,
                **_measures(sides(experiment)[name].held_out),
            }
            for name, rival in both.items()
        },
    }


def _csv(header: tuple[str, ...], rows: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
