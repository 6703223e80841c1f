"""The options of `glmnn predict`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import PREDICTION, decimal_sign, option, thousands_sign, unpacking


@dataclass(frozen=True, kw_only=True)
class PredictOptions:
    """What is asked of a saved model."""

    type: str = option(
        "mean",
        "mean, link for the linear predictor, or class: 0 or 1 of a binomial model, else the likeliest label.",
        panel=PREDICTION,
    )
    interval: bool = option(
        False,
        "Add a confidence interval of the mean: Wald's on the link scale.",
        panel=PREDICTION,
        flags=("--interval",),
    )
    level: float = option(0.95, "Coverage of the intervals.", panel=PREDICTION)
    threshold: float = option(0.5, "Class 1 from this mean on.", panel=PREDICTION)
    na: str = option("fail", "Missing cells: fail, drop the row, or keep it without a prediction.", panel=PREDICTION)
    new_levels: str = option(
        "fail",
        "Levels of a factor that were not fitted: fail, or missing to treat them as missing cells.",
        panel=PREDICTION,
    )
    grid: list[str] = option(
        [],
        "Instead of DATA: rows with every combination of values, as x=0:13:0.2 or g=a,b; repeatable.",
        panel=PREDICTION,
    )
    max_unpacked: float | None = unpacking()
    decimal: str | None = decimal_sign()
    thousands: str | None = thousands_sign()
