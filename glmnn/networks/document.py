"""A network for programs: versioned JSON, the weights as CSV, the path of the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from glmnn.networks.compare import NetworkComparison
from glmnn.networks.crossvalidation import CrossValidation
from glmnn.networks.verdict import verdict_lines
from glmnn.report.csv import csv_text
from glmnn.report.json import versions

NETWORK_SCHEMA = "glmnn.network/1"


def to_network_document(comparison: NetworkComparison) -> dict[str, Any]:
    """Return the comparison as plain values for JSON, described by schemas/network-1.json."""
    design, table, run, options = comparison.design, comparison.table, comparison.trained, comparison.blueprint.options
    return {
        "schema": NETWORK_SCHEMA,
        "versions": versions(),
        "data": {"source": table.source, "sha256": table.digest, "rows": table.rows, "rows_used": design.data.rows},
        "model": {
            "formula": design.formula,
            "target": design.target,
            "family": comparison.model.family_name,
            "link": comparison.model.link_name,
            "classes": list(design.classes),
            "levels": {name: list(levels) for name, levels in design.levels.items()},
            "loss": comparison.blueprint.loss.name,
        },
        "options": asdict(options),
        "seed": options.seed,
        "exit": int(comparison.exit),
        "verdict": verdict_lines(comparison),
        "notes": list(comparison.notes),
        "layers": _layers(comparison),
        "training": {
            "rule": comparison.blueprint.training.rule,
            "standardized": comparison.blueprint.training.standardize,
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
            name: {"parameters": side.parameters, **_measures(side.fitted)}
            for name, side in (("glm", comparison.glm), ("network", comparison.network))
        },
        "glm": {
            "status": comparison.reference.status.value,
            "coefficients": dict(zip(_terms(comparison), comparison.reference.coef.tolist(), strict=True)),
        },
        "cross_validation": _cross_validation(comparison, comparison.cross_validation),
    }


def parameter_rows(comparison: NetworkComparison) -> Iterator[Sequence[object]]:
    """Yield a row for each parameter, for the data's own units."""
    yield "parameter", "value"
    yield from zip(comparison.trained.network.names, comparison.trained.coef.tolist(), strict=True)


def to_network_trace(comparison: NetworkComparison) -> str:
    """Return the loss at every look as CSV: update, on the rows trained on, on the rows held out."""
    looks = comparison.trained.looks
    rows = ((look.update, look.loss, "" if np.isnan(look.held_out) else look.held_out) for look in looks)
    return csv_text([("update", "loss", "held_out"), *rows])


def _layers(comparison: NetworkComparison) -> list[dict[str, Any]]:
    network = comparison.trained.network
    kinds = [*(layer.activation.name for layer in network.hidden), "head"]
    return [
        {"name": title, "activation": kind, "weights": np.atleast_2d(dense.weights), "bias": dense.bias}
        for title, kind, dense in zip(network.titles, kinds, network.unpack(comparison.trained.coef), strict=True)
    ]


def _terms(comparison: NetworkComparison) -> tuple[str, ...]:
    return comparison.model.terms(comparison.design.data.names)


def _measures(found: dict[str, float]) -> dict[str, float | None]:
    names = ("deviance", "mean_loss", "accuracy", "auc", "brier", "calibration_intercept", "calibration_slope",
             "rmse", "mae")  # fmt: skip
    return {name: found.get(name) for name in names}


def _cross_validation(comparison: NetworkComparison, found: CrossValidation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rows, low, high = np.flatnonzero(comparison.design.rows), *found.interval
    sides = {"glm": (found.glm, comparison.glm), "network": (found.network, comparison.network)}
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
                **_measures(side.held_out),
            }
            for name, (rival, side) in sides.items()
        },
    }
