"""The file that `glmnn prove` writes: `glmnn schema proof` is its JSON Schema, `verify.py` its only reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from glmnn.report.schema import Count, Sha256, Size, Text, one_of, where

DECIMAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$"
Number = Annotated[str, where(pattern=DECIMAL)]  # exact, therefore not a number of JSON
Step = Annotated[Sequence[str | Mapping[str, Number]], where(minItems=1)]
Recipe = Annotated[
    Sequence[Step],
    "In postfix notation: number COLUMN, value NUMBER, level COLUMN {CELL: NUMBER, ...}, plus, minus, times, over, "
    "exp, ln, sqrt, positive (the number, or 0 where it is below).",
    where(minItems=1),
]
ONE = (("value", "1"),)
NOTHING = (("value", "0"),)


@dataclass(frozen=True)
class Term:
    """A column of the design."""

    name: Annotated[str, "As glmnn calls it."]
    recipe: Recipe


@dataclass(frozen=True)
class DataFile:
    """The data file, and how its rows are read."""

    sha256: Annotated[Sha256, "Of the bytes of the data file."]
    rows: Annotated[Size, "Rows without a missing cell in a column of the model."]
    dropped: Annotated[Count, "Rows with one."]
    decimal: Annotated[str, "Sign before the decimals in the data file.", one_of(".", ",")]
    missing: Annotated[str, "Whether rows with a missing cell are refused or dropped.", one_of("refuse", "drop")]
    columns: Annotated[Sequence[Text], "Columns of the model; a cell that is missing in them is a missing cell."]


@dataclass(frozen=True)
class StatedClaim:
    """What is said of coefficients other than those at which the score was taken."""

    kind: Annotated[
        str,
        "rounded: the maximum, rounded to the digits of the values, is the values. away: they are not the maximum.",
        one_of("rounded", "away"),
    ]
    values: Annotated[Sequence[Number], "One for each term, class by class."]
    by: Annotated[Sequence[Number], "Of away: a vector v; the distance is that of v'beta in its standard errors."]


@dataclass(frozen=True, kw_only=True)
class ProofDocument:
    """A proof about a maximum of likelihood."""

    schema: Annotated[Literal["glmnn.proof/1"], "Name and version."]
    data: Annotated[DataFile, "The data file."]
    family: Annotated[Text, "As glmnn calls it."]
    link: Annotated[Text, "As glmnn calls it."]
    alpha: Annotated[Number, "Of the negative binomial; 0 elsewhere."]
    classes: Annotated[Count, "Of the multinomial family; 0 elsewhere."]
    response: Annotated[Recipe, "Successes where there are trials; the number of the class, from 0, where classes."]
    terms: Annotated[Sequence[Term], "Columns of the design.", where(minItems=1)]
    trials: Annotated[Recipe, "Number of trials; 1 where there are none."] = ONE
    weights: Annotated[Recipe, "Prior weights."] = ONE
    offset: Annotated[Recipe, "Added to the linear predictor."] = NOTHING
    penalty: Annotated[Number, "lambda of the penalty lambda/2 sum b^2; 0 for none."] = "0"
    penalized: Annotated[Sequence[str], "Terms that it holds."] = ()
    separation: Annotated[Sequence[Sequence[Number]], "Direction, one number for each term for each class."] = ()
    relations: Annotated[Sequence[Sequence[Number]], "Sums of terms that are 0, one number for each term."] = ()
    coefficients: Annotated[Sequence[Sequence[Number]], "b, one for each term for each class but the first."] = ()
    scale: Annotated[
        Sequence[Sequence[Number]],
        "T of beta = b + T gamma, a row for each term, class by class; zeros for a term that is left out.",
    ] = ()
    radius: Annotated[Number, "rho: the curvature is bounded where |gamma| <= rho."] = "0"
    multipliers: Annotated[Mapping[str, Number], "Of rows at the edge of the domain, by their number."] = field(
        default_factory=dict
    )
    claim: Annotated[StatedClaim | None, "Of other coefficients; null for none."] = None
