"""The JSON document of an analysis of deviance as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.analysing.result import Kind
from glmnn.fitting.subject_schema import FittedData, FittedModel
from glmnn.report.json import Versions
from glmnn.report.schema import SOME, Count, Key, Text, one_of


@dataclass(frozen=True, kw_only=True)
class TestedRow:
    """A model, and its test against another."""

    term: Annotated[Text, "The term added or left out, or the formula; NULL and <none> as in R."]
    df: Annotated[Count | None, "Coefficients that are tested; null in the first row."]
    deviance: Annotated[float | None, "How much higher the deviance of the smaller of the two models is."]
    df_residual: Annotated[int, "Residual degrees of freedom of the model of the row.", Key("df.residual")]
    residual_deviance: Annotated[float | None, "Its deviance.", Key("residual.deviance")]
    statistic: Annotated[float | None, "Chi-squared or F; null where there is no test."]
    p_value: Annotated[float | None, "P value.", Key("p.value")]
    aic: Annotated[float | None, "Akaike's criterion of the model of the row.", Key("AIC")]
    bic: Annotated[float | None, "Schwarz's criterion of the model of the row.", Key("BIC")]


@dataclass(frozen=True, kw_only=True)
class AnovaDocument:
    """What `glmnn anova --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    schema: Annotated[Literal["glmnn.anova/1"], "Name and version of this schema."]
    versions: Versions
    data: FittedData
    model: FittedModel
    kind: Annotated[Kind, "What the rows are: a type of test for each term, single terms dropped, or nested models."]
    test: Annotated[str, "chi-squared, or F where the dispersion is estimated.", one_of("chi-squared", "F")]
    dispersion: Annotated[float | None, "1 when known, else Pearson chi-squared / df.residual of the largest model."]
    rows: Annotated[
        Sequence[TestedRow],
        "The models: type I and nested models grow row by row, else each is the first without the term.",
        SOME,
    ]
    notes: Annotated[Sequence[Text], "What the reader should know of data and model."]
