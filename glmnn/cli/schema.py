"""`glmnn schema`: the JSON Schema of a document that glmnn writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def schema(
    name: Annotated[
        str, typer.Argument(help="Which document: audit, check, fit, model, network, predict or replay.")
    ] = "fit",
) -> None:
    """Print the JSON Schema of a document that glmnn writes.

    Example: glmnn schema fit
    """
    from glmnn.errors import UsageError, unknown

    folder = Path(__file__).parents[1] / "report" / "schemas"
    known = sorted(path.name.partition("-")[0] for path in folder.glob("*.json"))
    if name not in known:
        raise UsageError(unknown("schema", name, known))
    sys.stdout.write(next(folder.glob(f"{name}-*.json")).read_text(encoding="utf-8"))
