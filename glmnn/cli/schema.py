"""`glmnn schema`: the JSON Schema of a document that glmnn writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

DOCUMENTS = {  # which command writes it, and its type
    "anova": ("glmnn anova", "glmnn.analysing.schema:AnovaDocument"),
    "audit": ("glmnn audit", "glmnn.auditing.schema:AuditDocument"),
    "check": ("glmnn check", "glmnn.locking.schema:CheckDocument"),
    "fit": ("glmnn fit", "glmnn.fitting.schema:FitDocument"),
    "network": ("glmnn fit --hidden", "glmnn.networks.schema:NetworkDocument"),
    "predict": ("glmnn predict", "glmnn.predicting.document:PredictDocument"),
    "replay": ("glmnn replay", "glmnn.replaying.document:ReplayDocument"),
}


def schema(
    name: Annotated[
        str, typer.Argument(help="Which document: anova, audit, check, fit, model, network, predict or replay.")
    ] = "fit",
) -> None:
    """Print the JSON Schema of a document that glmnn writes.

    Example: glmnn schema fit
    """
    import json

    from glmnn.errors import UsageError, unknown

    folder = Path(__file__).parents[1] / "report" / "schemas"
    known = sorted([*DOCUMENTS, *(path.name.partition("-")[0] for path in folder.glob("*.json"))])
    if name not in known:
        raise UsageError(unknown("schema", name, known))
    if name in DOCUMENTS:
        sys.stdout.write(json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(next(folder.glob(f"{name}-*.json")).read_text(encoding="utf-8"))


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a document."""
    from importlib import import_module

    from glmnn.report.schema import json_schema

    command, place = DOCUMENTS[name]
    module, _, kind = place.partition(":")
    return json_schema(getattr(import_module(module), kind), command)
