"""The options of a run: one dataclass field each, from which command line, TOML files and help are made.

Nothing heavy is imported here, so that `glmnn --help` answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import MODEL, ROWS, decimal_sign, option, thousands_sign, unpacking


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What is fitted."""

    target: str | None = option(None, "Response column; without it the column called y.", panel=MODEL)
    event: str | None = option(
        None, "Level of the target that counts as 1, all others as 0; without it the second of two.", panel=MODEL
    )
    features: list[str] = option(
        [], "Columns of the design, as a,b or repeated; without it every other column.", panel=MODEL
    )
    formula: str | None = option(
        None, 'Instead of target and features: "y ~ x + C(g)". No code in it ever runs.', panel=MODEL
    )
    intercept: bool = option(
        True, "Whether the model has an intercept.", panel=MODEL, flags=("--intercept/--no-intercept",)
    )
    family: str | None = option(
        None,
        "gaussian, binomial, poisson, gamma, inverse_gaussian, negative_binomial, tweedie or multinomial; binomial is "
        "understood for a 0/1 target.",
        panel=MODEL,
    )
    link: str | None = option(
        None,
        "identity, log, logit, probit, cloglog, loglog, cauchit, inverse, inverse_squared, sqrt or power(EXPONENT); "
        "without it the family's own.",
        panel=MODEL,
    )
    weights: str | None = option(None, "Column of prior weights.", panel=MODEL)
    offset: str | None = option(None, "Column added to the linear predictor.", panel=MODEL)
    exposure: str | None = option(None, "Column whose logarithm is added to the linear predictor.", panel=MODEL)
    trials: str | None = option(None, "Column of trials; the target then counts successes.", panel=MODEL)
    alpha: float | None = option(
        None, "Negative binomial: variance is mu + alpha mu^2; without it alpha is estimated.", panel=MODEL
    )
    power: float | None = option(None, "Tweedie: variance is mu^power.", panel=MODEL)
    dispersion: str | None = option(
        None,
        "pearson: estimate it, as quasi-binomial and quasi-Poisson do; standard errors, t and F allow for it.",
        panel=MODEL,
    )
    ref: list[str] = option([], "Base level of a factor, as var=level; repeatable.", panel=MODEL)
    na: str = option("fail", "Missing cells: fail, or drop the row.", panel=MODEL)
    weights_type: str | None = option(
        None,
        "What the weights are: var (inverse variances), freq (a row stands for so many equal ones) or prob (inverse "
        "sampling probabilities).",
        panel=MODEL,
    )
    cov: str = option("model", "Covariance: model, HC0, HC1, HC2, HC3, or cluster:COLUMN.", panel=MODEL)
    ci: str = option("wald", "Intervals: wald, or profile for the profile likelihood.", panel=MODEL)
    penalty: str | None = option(
        None, "firth for Jeffreys' prior (binomial and poisson): finite also on separated data.", panel=MODEL
    )
    l2: float | None = option(
        None, "L2 penalty lambda / 2 sum b^2 (lambda = 1 / C of scikit-learn); not on the intercept.", panel=MODEL
    )
    penalize_intercept: bool = option(
        False,
        "Let the L2 penalty hold the intercept too.",
        panel=MODEL,
        flags=("--penalize-intercept/--free-intercept",),
    )
    level: float = option(0.95, "Coverage of the intervals.", panel=MODEL)
    engine: str = option(
        "auto",
        "Where sums over rows are taken: memory, stream (rows stay on disk), processes (so, on several cores) or dask; "
        "auto goes by size.",
        panel=ROWS,
    )
    memory: str | None = option(None, "Memory that rows may take, as 8GB; without it half of what is free.", panel=ROWS)
    spill: str | None = option(
        None, "Folder for the file that keeps streamed rows, or none to read the data again on each pass.", panel=ROWS
    )
    workers: int | None = option(None, "Processes that read the rows; without it one for each core.", panel=ROWS)
    scheduler: str | None = option(None, "Address of a Dask scheduler, as tcp://10.0.0.1:8786.", panel=ROWS)
    kernels: str = option(
        "auto",
        "What computes sums: numpy, compiled (by numba) or auto, compiled where more than a second of work lies ahead.",
        panel=ROWS,
    )
    threads: int | None = option(
        None, "Threads of compiled kernels; without it one for each core. Any number gives the same bits.", panel=ROWS
    )
    sample: int | None = option(
        None, "Fit every k-th row alone, about so many, for what needs all rows in memory.", panel=ROWS
    )
    max_unpacked: float | None = unpacking()
    decimal: str | None = decimal_sign()
    thousands: str | None = thousands_sign()
