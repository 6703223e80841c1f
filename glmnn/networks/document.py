"""A network for programs: versioned JSON, the weights as CSV, the path of the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from glmnn.fitting.schema import Data
from glmnn.fitting.solver_schema import Trajectory
from glmnn.networks import schema
from glmnn.networks.compare import ModelScore, NetworkComparison
from glmnn.networks.crossvalidation import CrossValidation, Rival
from glmnn.networks.schema import NetworkDocument
from glmnn.networks.verdict import verdict_lines
from glmnn.report.csv import csv_text
from glmnn.report.json import Versions, versions


def to_network_document(comparison: NetworkComparison) -> NetworkDocument:
    """Return the comparison as the values of its JSON document."""
    design, table, options = comparison.design, comparison.table, comparison.blueprint.options
    return NetworkDocument(
        versions=Versions(**versions()),
        data=Data(source=table.source, sha256=table.digest, rows=table.rows, rows_used=design.data.rows),
        model=schema.Model(
            formula=design.formula,
            target=design.target,
            family=comparison.model.family_name,
            link=comparison.model.link_name,
            classes=design.classes,
            levels=design.levels,
            loss=comparison.blueprint.loss.name,
        ),
        options=options,
        seed=options.seed,
        exit=int(comparison.exit),
        verdict=verdict_lines(comparison),
        notes=comparison.notes,
        layers=_layers(comparison),
        training=_training(comparison),
        fits=schema.Fits(glm=_fitted(comparison.glm), network=_fitted(comparison.network)),
        glm=schema.Glm(
            status=comparison.reference.status.value,
            coefficients=dict(zip(_terms(comparison), comparison.reference.coef.tolist(), strict=True)),
        ),
        cross_validation=_cross_validation(comparison, comparison.cross_validation),
        trajectory=None if comparison.trajectory is None else Trajectory(**asdict(comparison.trajectory)),
    )


def parameter_rows(comparison: NetworkComparison) -> Iterator[Sequence[object]]:
    """Yield a row for each parameter, for the data's own units."""
    yield "parameter", "value"
    yield from zip(comparison.trained.network.names, comparison.trained.coef.tolist(), strict=True)


def to_network_trace(comparison: NetworkComparison) -> str:
    """Return the loss at every look as CSV: update, on the rows trained on, on the rows held out."""
    looks = comparison.trained.looks
    rows = ((look.update, look.loss, "" if np.isnan(look.held_out) else look.held_out) for look in looks)
    return csv_text([("update", "loss", "held_out"), *rows])


def _layers(comparison: NetworkComparison) -> list[schema.Layer]:
    network = comparison.trained.network
    kinds = [*(layer.activation.name for layer in network.hidden), "head"]
    return [
        schema.Layer(
            name=title,
            activation=kind,
            weights=np.atleast_2d(dense.weights).tolist(),
            bias=None if dense.bias is None else dense.bias.tolist(),
        )
        for title, kind, dense in zip(network.titles, kinds, network.unpack(comparison.trained.coef), strict=True)
    ]


def _training(comparison: NetworkComparison) -> schema.Training:
    run, asked = comparison.trained, comparison.blueprint.training
    return schema.Training(
        rule=asked.rule,
        standardized=asked.standardize,
        learning_rate=run.lr,
        schedule=run.schedule,
        batch_size=run.batch,
        ending=run.ending,
        updates=run.updates,
        kept=run.kept,
        passes=run.passes,
        seconds=run.seconds,
        held_out=np.flatnonzero(comparison.design.rows)[run.held].tolist(),
        looks=run.looks,
    )


def _terms(comparison: NetworkComparison) -> tuple[str, ...]:
    return comparison.model.terms(comparison.design.data.names)


def _fitted(score: ModelScore) -> schema.Fitted:
    return schema.Fitted(parameters=score.parameters, measures=schema.Measures(**score.fitted))


def _cross_validation(
    comparison: NetworkComparison, validation: CrossValidation | None
) -> schema.CrossValidation | None:
    if validation is None:
        return None
    rows, (low, high) = np.flatnonzero(comparison.design.rows), validation.interval
    return schema.CrossValidation(
        folds=[rows[fold].tolist() for fold in validation.folds],
        gain=validation.gain,
        std_error=validation.std_error,
        conf_low=low,
        conf_high=high,
        level=validation.level,
        p_value=validation.p_value,
        answer=validation.answer,
        glm=_rival(validation.glm, comparison.glm),
        network=_rival(validation.network, comparison.network),
    )


def _rival(rival: Rival, score: ModelScore) -> schema.Rival:
    return schema.Rival(
        deviance_per_row=rival.deviance,
        per_fold=rival.per_fold.tolist(),
        failed=rival.failed,
        measures=schema.Measures(**score.held_out),
    )
