"""What the picture document says beside the runs, picture by picture, as types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from glmnn.pictures.run_schema import Numbers, Point
from glmnn.report.schema import ABOVE_ZERO, SOME, Count, Number, Size, Text, one_of, where

GRID = 61  # points of the plane each way
MOST_ROWS = 300  # of the data that are shown
MOST_RESIDUALS = 1000
Pair = Annotated[Sequence[Text], where(minItems=2, maxItems=2)]
SHARE = where(minimum=0, maximum=1)


@dataclass(frozen=True, kw_only=True)
class View:
    """The log-likelihood over a part of the plane."""

    name: Annotated[str, "What it shows.", one_of("whole path", "near the maximum")]
    x: Annotated[Point, "Ends of the frame."]
    y: Annotated[Point, "Ends of the frame."]
    gx: Annotated[Sequence[float], "The grid, 5 % beyond the frame.", where(minItems=GRID, maxItems=GRID)]
    gy: Annotated[Sequence[float], "The grid, 5 % beyond the frame.", where(minItems=GRID, maxItems=GRID)]
    rise: Annotated[
        Numbers,
        "sqrt((deviance - minimum) / dispersion) in standard errors, row by row of gy; null outside the model.",
        where(minItems=GRID**2, maxItems=GRID**2),
    ]


@dataclass(frozen=True, kw_only=True)
class Plane:
    """A plane through the coefficients, in the metric of the information at the maximum.

    For a pair of coefficients the others follow as they would in a profile, so that the contours are those of the
    profile likelihood to second order.
    """

    kind: Annotated[
        str, "A pair of coefficients, or the directions in which the paths moved.", one_of("pair", "directions")
    ]
    labels: Annotated[Pair, "What the axes show."]
    words: Annotated[Sequence[Text], "What the directions move most, a sentence each; empty for a pair."]
    loadings: Annotated[
        Sequence[Annotated[Numbers, SOME]],
        "By axis, the change of each coefficient along it, in its standard errors per unit of the axis.",
        where(minItems=2, maxItems=2),
    ]
    best: Annotated[Point, "The maximum."]
    level: Annotated[float, "Coverage of the joint region.", where(exclusiveMinimum=0, exclusiveMaximum=1)]
    region: Annotated[float, "The rise at which the joint region of the two ends.", ABOVE_ZERO]
    levels: Annotated[Sequence[float], "Contours: the rises to draw.", SOME]
    n: Annotated[int, "Points of the grid each way.", where(const=GRID)]
    rows_used: Annotated[
        Size, "Rows whose deviances were summed; fewer than model.rows: their curvature is that of all."
    ]
    views: Annotated[
        Sequence[View], "The whole path, and 4 standard errors about the maximum.", where(minItems=2, maxItems=2)
    ]


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The mean of a row by its linear predictor, as a table."""

    name: Annotated[Text, "The link whose inverse it is."]
    z: Annotated[Numbers, "Linear predictor, evenly spaced.", SOME]
    mean: Annotated[Numbers, "Mean there; null: outside the model.", SOME]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Some rows of the data, drawn by chance, each column of the same length."""

    X: Annotated[
        Sequence[Annotated[Numbers, SOME]], "Rows of the design, in the order of model.names; empty for classes."
    ]
    offset: Annotated[Numbers | None, "Added to the linear predictor; null: nothing is."]
    y: Annotated[Numbers, "Response; of trials the share, of classes the number in model.classes."]
    weight: Annotated[Numbers | None, "Prior weight, of trials their number; null: 1."]
    mean: Annotated[
        Numbers | None, "Fitted mean at the maximum, of classes that of the one observed; null: no maximum."
    ]
    margin: Annotated[Numbers | None, "Place along the separating direction, in its root mean square; null: none."]
    shown: Annotated[Count, "How many."]
    all: Annotated[Size, "Of how many."]


@dataclass(frozen=True, kw_only=True)
class InData:
    """How to draw the model in the data."""

    kind: Annotated[
        str,
        "curve: fitted means over the one feature; line: where the mean of two features is one half; means: fitted "
        "means against those at the maximum.",
        one_of("curve", "line", "means"),
    ]
    intercept: Annotated[Count | None, "Place of the constant column in model.names; null: none."]
    columns: Annotated[Sequence[Count], "Places of the features; empty for means.", where(maxItems=2)]
    eta: Annotated[Number, "Linear predictor of the line; null: no line."]


@dataclass(frozen=True, kw_only=True)
class RunMeans:
    """Fitted means of the rows shown on the way of one solver, for a model of classes."""

    solver: Annotated[Text, "Which."]
    state: Annotated[Sequence[Count], "Places in the states of the run.", SOME]
    mean: Annotated[Sequence[Numbers], "For each of them the mean of the observed class, row by row."]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What set the pace of the first full-batch gradient run."""

    solver: Annotated[Text, "Which."]
    lr: Annotated[Number, "Learning rate used."]
    limit: Annotated[Number, "2 / largest curvature: beyond it plain gradient descent diverges."]
    best: Annotated[Number, "2 / (largest + smallest curvature): the best constant rate."]
    shrinks: Annotated[Number, "1 / largest curvature: up to here every direction shrinks without changing its side."]
    curvature: Annotated[Numbers, "Of the mean loss at the maximum, the largest first."]
    steps: Annotated[Numbers, "For each of them, the steps for one more digit at this rate; null: never."]
    predicted: Annotated[Number, "Steps that theory expects; null: that theory does not apply, or never."]
    actual: Annotated[Count, "Steps taken."]
    converged: Annotated[bool, "Whether they led to the maximum."]
    standardized: Annotated[bool, "Whether the rule ran on standardised columns."]
    plain: Annotated[bool, "Whether it is gradient descent without memory, of which the steps above are true."]
    condition: Annotated[Number, "Largest / smallest curvature, as the run saw it."]
    raw_condition: Annotated[Number, "The same in the data's own columns."]


@dataclass(frozen=True, kw_only=True)
class Separation:
    """Why there is no maximum."""

    direction: Annotated[Numbers, "In which the likelihood rises without end, in the order of model.names."]
    line: Annotated[Text, "The same in words."]
    complete: Annotated[bool, "Whether every row lies strictly on its own side."]
    moves: Annotated[Size, "Rows that do."]
    drifts: Annotated[Mapping[str, float], "Cosine of a solver's coefficients with the direction of the widest margin."]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows of about the same fitted mean."""

    mean: Annotated[float, "Mean of the fitted means.", SHARE]
    share: Annotated[float, "Share of ones.", SHARE]
    low: Annotated[float, "Lower end of the exact interval (Clopper & Pearson, 1934).", SHARE]
    high: Annotated[float, "Upper end.", SHARE]
    trials: Annotated[Size, "Trials, or rows."]


@dataclass(frozen=True, kw_only=True)
class Roc:
    """The receiver operating characteristic."""

    auc: Annotated[float, "Area under it, of all rows.", SHARE]
    false_positive: Annotated[Numbers, "Share of the noughts above a threshold.", where(minItems=2, maxItems=200)]
    true_positive: Annotated[Numbers, "Share of the ones above it.", where(minItems=2, maxItems=200)]


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """Residuals of rows: columns of the same length."""

    kind: Annotated[
        str,
        "quantile (Dunn & Smyth, 1996), or deviance where they have no closed form.",
        one_of("quantile", "deviance"),
    ]
    fitted: Annotated[Numbers, "Fitted means.", where(maxItems=MOST_RESIDUALS)]
    observed: Annotated[Numbers, "Responses."]
    residual: Annotated[Numbers, "Residuals."]
    shown: Annotated[Count, "How many."]
    all: Annotated[Size, "Of how many."]


@dataclass(frozen=True, kw_only=True)
class Test:
    """One measure of how far a claim is from the maximum."""

    name: Annotated[Text, "What is measured."]
    value: Annotated[Number, "At the claim."]
    limit: Annotated[Number, "The most that right digits allow; null: no limit."]
    passed: Annotated[bool, "Whether it is within."]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Where a claim sits."""

    source: Annotated[Text, "Where it was read."]
    is_maximum: Annotated[bool, "Whether it is the maximum."]
    distance: Annotated[Number, "Standard errors of the furthest coefficient; null: no maximum."]
    xy: Annotated[Point | None, "Place in the plane; null: no plane."]
    outside: Annotated[Number, "Standard errors that the plane does not show; null: no plane."]
    tests: Annotated[Sequence[Test], "Measures with their limits."]
    causes: Annotated[Sequence[Text], "Why it is not the maximum, the likeliest first."]


@dataclass(frozen=True, kw_only=True)
class Look:
    """The mean loss of a network after some updates."""

    update: Annotated[Count, "Updates so far."]
    loss: Annotated[Number, "On the rows trained on."]
    held_out: Annotated[Number, "On the rows held out; null: none."]


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Deviance per row of one part of the data that was held out."""

    glm: Annotated[Number, "Of the GLM."]
    network: Annotated[Number, "Of the network."]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network was trained."""

    rule: Annotated[Text, "Update rule."]
    lr: Annotated[float, "Learning rate at the start.", ABOVE_ZERO]
    ending: Annotated[Text, "How it ended."]
    epoch: Annotated[Size, "Updates in one pass over the rows."]
    updates: Annotated[Count, "Updates in all."]
    kept: Annotated[Count, "Updates after which the parameters were kept."]
    glm_loss: Annotated[Number, "Mean loss of the GLM on all rows."]
    loss: Annotated[Sequence[Look], "Loss on the way.", SOME]
    folds: Annotated[Sequence[Fold], "Folds of the cross-validation; empty: not asked for."]
    mean: Annotated[Numbers, "Fitted means of the network for the rows shown, of classes that of the one observed."]
    glm_mean: Annotated[Numbers, "Those of the GLM."]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where it was timed."""

    cpu: Annotated[Text, "Processor."]
    cores: Annotated[Size, "Cores."]
    threads: Annotated[Mapping[str, int], "Threads in force, by library."]
    load_before: Annotated[Number, "Load of the machine before; null: not known."]
    load_after: Annotated[Number, "Load after."]
    kernel_spread: Annotated[Number, "Slowest over fastest of one pass over the data between the runs."]
    pass_seconds: Annotated[Number, "Seconds of that pass, median."]
    rounds: Annotated[Count, "Rounds in which every solver ran."]
    python: Annotated[Text, "Python."]
    blas: Annotated[Text, "BLAS."]
