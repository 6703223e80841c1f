"""The JSON document of predictions: as a type, and of one prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from glmnn.predicting.predict import TYPES, Prediction
from glmnn.report.json import Versions, versions
from glmnn.report.schema import SHARE, Number, Sha256, Size, Text, one_of, where

ROW = {"description": "Number of the row in the data, counted from 1.", "type": "integer", "minimum": 1}
CLASS = {"description": "The class, where that was asked for.", "type": ["integer", "string", "null"]}
RECORD = where(required=["row"], properties={"row": ROW, "class": CLASS})
MEASURED = where(
    required=["rows", "deviance", "mean_loss"],
    properties={"rows": {"description": "Rows with a response.", "type": "integer", "minimum": 1}},
)


@dataclass(frozen=True, kw_only=True)
class Model:
    """The model that was read."""

    kind: Annotated[Text, "Kind of model."]
    formula: Annotated[str, "The model as a formula."]
    label: Annotated[Text, "What it is, in a few words."]
    sha256: Annotated[Sha256, "Of the data that were fitted."]


@dataclass(frozen=True, kw_only=True)
class Data:
    """The data that were predicted."""

    source: Annotated[str, "The file as named, or <stdin>; in Python, data frame, columns or array."]
    sha256: Annotated[Sha256, "SHA-256 of the bytes read; in Python, of names and values."]
    rows: Annotated[Size, "Rows in the file."]


@dataclass(frozen=True, kw_only=True)
class PredictDocument:
    """What `glmnn predict --format json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    schema: Annotated[Literal["glmnn.predict/1"], "Name and version of this schema."] = "glmnn.predict/1"
    versions: Versions
    model: Model
    data: Data
    type: Annotated[str, "What was asked for.", one_of(*TYPES)]
    level: Annotated[Number, "Coverage of low to high; null without intervals.", SHARE]
    threshold: Annotated[float, "Class 1 from this mean on.", where(minimum=0, maximum=1)]
    predictions: Annotated[Sequence[Annotated[Mapping[str, Number], RECORD]], "One entry for each row."]
    metrics: Annotated[
        Mapping[str, Number] | None,
        "How well the rows with a response are predicted; null where there are none.",
        MEASURED,
    ]
    notes: Annotated[Sequence[Text], "What the reader should know of how the predictions came about."]


def to_prediction_document(prediction: Prediction) -> PredictDocument:
    """Return the predictions as the values of their JSON document."""
    head, options, table = prediction.model.head, prediction.options, prediction.table
    return PredictDocument(
        versions=Versions(**versions()),
        model=Model(
            kind=head.kind,
            formula=head.design.formula,
            label=prediction.model.predictor.label,
            sha256=head.data.sha256,
        ),
        data=Data(source=table.source, sha256=table.digest, rows=table.rows),
        type=options.type,
        level=options.level if options.interval else None,
        threshold=options.threshold,
        predictions=_records(prediction),
        metrics={"rows": prediction.measured, **prediction.metrics} if prediction.metrics else None,
        notes=prediction.notes,
    )


def _records(prediction: Prediction) -> list[dict[str, Any]]:
    columns = {"row": prediction.rows + 1, **prediction.columns}
    lists: dict[str, Sequence[Any]] = {name: column.tolist() for name, column in columns.items()}
    if prediction.classes is not None:
        lists["class"] = prediction.classes
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
