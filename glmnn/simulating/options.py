"""The options of `glmnn simulate`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import MODEL, option


@dataclass(frozen=True, kw_only=True)
class SimulateOptions:
    """Data with known truth; the defaults are the video's design."""

    n: int = option(1000, "Rows.", panel=MODEL, flags=("--n", "-n"))
    beta: str = option("0.3,-1,2", "True coefficients, the intercept first.", panel=MODEL)
    design: str = option(
        "uniform:-3:3",
        "Features: uniform:LOW:HIGH, normal, correlated:RHO, or conditioned:NUMBER for a condition number.",
        panel=MODEL,
    )
    family: str = option("binomial", "As for glmnn fit.", panel=MODEL)
    link: str | None = option(None, "As for glmnn fit.", panel=MODEL)
    dispersion: float = option(1.0, "Of the families that have one.", panel=MODEL)
    trials: int | None = option(None, "Binomial: trials in each row.", panel=MODEL)
    alpha: float | None = option(None, "Negative binomial: variance is mu + alpha mu^2.", panel=MODEL)
    power: float | None = option(None, "Tweedie: variance is mu^power.", panel=MODEL)
    seed: int = option(0, "Same seed, same rows.", panel=MODEL)
