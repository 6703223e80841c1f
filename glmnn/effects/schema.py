"""The JSON document of marginal effects as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.fitting.subject_schema import FittedData, FittedModel
from glmnn.report.json import Versions
from glmnn.report.schema import SHARE, Key, Size, Text, one_of


@dataclass(frozen=True, kw_only=True)
class Averaged:
    """One average, with its inference by the delta method."""

    term: Annotated[Text, "The column."]
    contrast: Annotated[Text, "dY/dX for a number, the two levels for a factor; of a marginal mean its level."]
    group: Annotated[Text | None, "The class whose probability it is; null where the response is a number."]
    estimate: Annotated[float | None, "The average; null where the model has no mean in some row."]
    std_error: Annotated[float | None, "Standard error.", Key("std.error")]
    statistic: Annotated[float | None, "Estimate / standard error."]
    p_value: Annotated[float | None, "Two-sided p value.", Key("p.value")]
    conf_low: Annotated[float | None, "Lower end of the interval.", Key("conf.low")]
    conf_high: Annotated[float | None, "Upper end of the interval.", Key("conf.high")]


@dataclass(frozen=True, kw_only=True)
class EffectsDocument:
    """What `glmnn effects --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    schema: Annotated[Literal["glmnn.effects/1"], "Name and version of this schema."]
    versions: Versions
    data: FittedData
    model: FittedModel
    at: Annotated[str, "What is averaged over: the rows of the data, or the reference grid.", one_of("data", "grid")]
    rows: Annotated[Size, "How many rows that has."]
    type: Annotated[str, "What the effects are on: the mean, or the linear predictor.", one_of("mean", "link")]
    weighted: Annotated[bool, "Whether rows weigh as the prior weights do, which are frequencies or sampling weights."]
    std_error: Annotated[Text, "Kind of the covariance: model, or a robust one."]
    statistic: Annotated[str, "Distribution of the statistics: z, or t on df.residual.", one_of("z", "t")]
    level: Annotated[float, "Coverage of the intervals.", SHARE]
    effects: Annotated[Sequence[Averaged], "Average marginal effects: slopes of numbers, contrasts of factors."]
    means: Annotated[Sequence[Averaged], "Marginal means of factors."]
    notes: Annotated[Sequence[Text], "What the reader should know of data and model."]
