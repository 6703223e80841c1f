"""What a model file says, as a type, from which its schema is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any

from glmnn.data.formula.levels import MOST_LEVELS
from glmnn.data.formula.recipe import Recipe
from glmnn.data.formula.state import STATES
from glmnn.data.variables import Roles
from glmnn.predicting.glm import SavedGLM
from glmnn.predicting.multinomial import SavedMultinomial
from glmnn.predicting.network import SavedNetwork
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import Predictor, Saved
from glmnn.report.schema import FLAT, Narrowed, Sha256, Size, Tagged, Text, one_of, where

FORMAT = "glmnn.model/1"
# a kind of model is a frozen dataclass in predicting/, with its name in the file
KINDS: dict[str, type[Any]] = {"glm": SavedGLM, "multinomial": SavedMultinomial, "network": SavedNetwork}
LEVELS = {"type": "array", "minItems": 1, "maxItems": MOST_LEVELS, "uniqueItems": True}
DESIGN = {
    "formula": where(description="What was fitted, with columns in the place of a lone dot."),
    "features": where(description="Columns of the design as they are; null where the formula makes them."),
    "intercept": where(description="Whether there is a constant column."),
    "levels": where(
        description="Levels of each factor, the base first.",
        additionalProperties={**LEVELS, "items": {"type": "string", "minLength": 1}},
    ),
    "states": where(
        description="What poly, bs, center and scale remember of the fitted rows, by call: numbers by name.",
        additionalProperties={
            "type": "object",
            "propertyNames": {"enum": STATES},
            "additionalProperties": {"type": "array", "items": {"type": "number"}},
        },
    ),
    "categories": where(
        description="Values of C(...) where its argument is not a factor itself.",
        additionalProperties={"type": "array", "minItems": 1, "items": {"type": ["number", "boolean"]}},
    ),
}


@dataclass(frozen=True)
class DataFingerprint:
    """The data that were fitted."""

    source: Annotated[str, "Name of the file, without its folder."]
    sha256: Annotated[Sha256, "SHA-256 of the bytes read."]
    rows: Annotated[Size, "Rows in the file."]
    rows_used: Annotated[Size, "Rows of the design."]


@dataclass(frozen=True)
class ColumnRoles:
    """Columns that are no features; null where there is none."""

    offset: Annotated[str | None, "Added to the linear predictor."]
    exposure: Annotated[str | None, "Its logarithm is added to the linear predictor."]
    trials: Annotated[str | None, "Number of trials of each row."]
    weights: Annotated[str | None, "Prior weights."]


@dataclass(frozen=True)
class Head:
    """What a model file says whatever the kind of model."""

    schema: Annotated[str, "Name and version of this schema.", where(const=FORMAT)]
    kind: Annotated[str, "Kind of model; its numbers stand under this name.", one_of(*KINDS)]
    versions: Annotated[dict[str, Text], "Versions with which the model was fitted."]
    data: DataFingerprint
    target: Annotated[str, "The response column."]
    design: Annotated[Recipe, "How rows of a table become rows of the design.", Narrowed(DESIGN)]
    parts: ColumnRoles
    outcomes: Annotated[tuple[str, ...], "Levels of a response in words: the last counts as 1, the others as 0."] = ()
    decimal: Annotated[str | None, "Sign before the decimals in text files, where it was asked for."] = None
    thousands: Annotated[str | None, "Sign between thousands in text files, where it was asked for."] = None


@dataclass(frozen=True)
class Model:
    """What `glmnn fit --save` writes and `glmnn predict` reads: numbers and names, nothing that is run.

    Numbers have as many digits as they need to be read back exactly.
    """

    head: Annotated[Head, FLAT]
    saved: Annotated[Saved, Tagged("kind", KINDS)]

    @cached_property
    def predictor(self) -> Predictor:
        """What it says of rows."""
        return self.saved.predictor()

    def reading(self, options: PredictOptions) -> PredictOptions:
        """Return options that read numbers as those of the fit were read, unless they say how."""
        if (options.decimal, options.thousands) != (None, None):
            return options
        return replace(options, decimal=self.head.decimal, thousands=self.head.thousands)

    @property
    def roles(self) -> Roles:
        """Which column plays which part."""
        parts = self.head.parts
        return Roles(
            self.head.target,
            offset=parts.offset,
            exposure=parts.exposure,
            trials=parts.trials,
            weights=parts.weights,
            rates=parts.weights is not None,
            outcomes=self.head.outcomes,
        )
