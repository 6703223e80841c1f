"""`glmnn schema`: the JSON Schema of a document that glmnn writes."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

DOCUMENTS = {  # which command writes it, and its type
    "anova": ("glmnn anova", "glmnn.analysing.schema:AnovaDocument"),
    "audit": ("glmnn audit", "glmnn.auditing.schema:AuditDocument"),
    "check": ("glmnn check", "glmnn.locking.schema:CheckDocument"),
    "effects": ("glmnn effects", "glmnn.effects.schema:EffectsDocument"),
    "fit": ("glmnn fit", "glmnn.fitting.schema:FitDocument"),
    "model": ("glmnn model", "glmnn.predicting.model:Model"),
    "network": ("glmnn fit --hidden", "glmnn.networks.schema:NetworkDocument"),
    "pictures": ("glmnn fit --html", "glmnn.pictures.document:PictureDocument"),
    "predict": ("glmnn predict", "glmnn.predicting.document:PredictDocument"),
    "proof": ("glmnn prove", "glmnn.proving.document:ProofDocument"),
    "race": ("glmnn race", "glmnn.racing.schema:RaceDocument"),
    "replay": ("glmnn replay", "glmnn.replaying.document:ReplayDocument"),
}


def schema(
    name: Annotated[str, typer.Argument(help=f"Which document: {', '.join(DOCUMENTS)}.")] = "fit",
) -> None:
    """Print the JSON Schema of a document that glmnn writes.

    Example: glmnn schema fit
    """
    import json

    from glmnn.errors import UsageError, unknown

    if name not in DOCUMENTS:
        raise UsageError(unknown("schema", name, DOCUMENTS))
    sys.stdout.write(json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n")


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a document."""
    from importlib import import_module

    from glmnn.report.schema import json_schema

    command, place = DOCUMENTS[name]
    module, _, kind = place.partition(":")
    return json_schema(getattr(import_module(module), kind), command)
