"""The picture document as a type, from which its schema is made. Painters draw it and compute nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.pictures import picture_schema as pictures
from glmnn.pictures.run_schema import Run
from glmnn.report.json import Versions
from glmnn.report.schema import ABOVE_ZERO, NOT_NEGATIVE, SOME, Count, Number, Sha256, Size, Text, one_of, where


@dataclass(frozen=True, kw_only=True)
class PictureData:
    """The data; never a path of the machine."""

    name: Annotated[Text, "Name of the file, without its folder; in Python, data frame, columns or array."]
    sha256: Annotated[Sha256, "SHA-256 of the bytes read; in Python, of names and values."]


@dataclass(frozen=True, kw_only=True)
class PictureModel:
    """The model that was fitted."""

    formula: Annotated[Text, "The model as a formula."]
    family: Annotated[Text, "Response distribution, with its parameter in brackets."]
    link: Annotated[Text, "Link function."]
    rows: Annotated[Size, "Rows in the fit."]
    names: Annotated[Sequence[Text], "Coefficients, as files have them.", SOME]
    shown: Annotated[Sequence[Text], "Coefficients, for people.", SOME]
    target: Annotated[Text, "Response column."]
    classes: Annotated[Sequence[Text], "Labels of the classes, the base first; empty: the response is a number."]
    binary: Annotated[bool, "Whether every response is 0 or 1: filled and hollow marks."]
    goal: Annotated[
        Text, "What distances are measured from: maximum likelihood estimate, or penalised estimate, which is none."
    ]
    maximum: Annotated[bool, "Whether there is one; else pictures show length and deviance, never distances."]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate between the ends of its interval."""

    estimate: Annotated[Number, "Estimate."]
    low: Annotated[Number, "Lower end."]
    high: Annotated[Number, "Upper end."]


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient at the maximum."""

    term: Annotated[Text, "As in model.names."]
    label: Annotated[Text, "As in model.shown."]
    estimate: Annotated[float, "Estimate."]
    std_error: Annotated[Number, "Standard error."]
    statistic: Annotated[Number, "Estimate / standard error."]
    p_value: Annotated[Number, "Two-sided p value."]
    low: Annotated[Number, "Lower end of the interval."]
    high: Annotated[Number, "Upper end of the interval."]
    scale: Annotated[float, "Standard deviation of the column; 0: it is constant.", NOT_NEGATIVE]
    scaled: Annotated[Interval | None, "Effect of one standard deviation on the linear predictor; null: constant."]
    scaled_wald: Annotated[
        Interval | None, "The same with the Wald interval, where the interval is another; else null."
    ]
    ratio: Annotated[Interval | None, "Exponentials; null: they mean nothing under this link."]
    claimed: Annotated[Number, "As claimed; null: nothing is claimed."]
    scaled_claimed: Annotated[Number, "The same times the standard deviation."]


@dataclass(frozen=True, kw_only=True)
class Coefficients:
    """All coefficients at the maximum."""

    level: Annotated[float, "Coverage of the intervals.", where(exclusiveMinimum=0, exclusiveMaximum=1)]
    interval: Annotated[str, "Kind of the intervals.", one_of("wald", "profile")]
    statistic: Annotated[str, "z when the dispersion is known, else t.", one_of("z", "t")]
    ratios: Annotated[Text | None, "What the exponentials are: odds ratios and the like; null: nothing."]
    terms: Annotated[Sequence[Coefficient], "One entry for each.", SOME]


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The levels at which runs are compared."""

    unit: Annotated[str, "standard errors, or parts of the null deviance.", one_of("SE", "null deviance")]
    values: Annotated[Sequence[float], "From far to near.", SOME]
    same: Annotated[float, "Distance below which the answer is the same for any purpose.", ABOVE_ZERO]


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One way to tell cost: v = c (exp(u ln(1 + most / c)) - 1) for a slider at u from 0 to 1."""

    c: Annotated[float, "Where the scale turns from linear to logarithmic.", ABOVE_ZERO]
    most: Annotated[float, "Of all runs.", NOT_NEGATIVE]


@dataclass(frozen=True, kw_only=True)
class ClockUnits:
    """The one value that moves every picture, in each unit; null: not known."""

    iterations: Annotated[Unit | None, "Updates."]
    passes: Annotated[Unit | None, "Passes over the data."]
    seconds: Annotated[Unit | None, "Seconds of the solver alone."]


@dataclass(frozen=True, kw_only=True)
class PictureDocument:
    """What the pictures of a fit, a race or an audit show.

    Numbers have the digits that a picture needs, final coefficients all; null stands for what does not exist or is not
    finite. `absent` says why a picture is not there.
    """

    schema: Annotated[Literal["glmnn.pictures/1"], "Name and version of this schema."] = "glmnn.pictures/1"
    kind: Annotated[str, "Which command it is of.", one_of("fit", "race", "audit")]
    versions: Versions
    created: Annotated[Text, "When, as 2026-11-27T17:00:00+00:00."]
    seed: Annotated[Count, "Seed of whatever is drawn by chance."]
    command: Annotated[str, "The command line without folders; empty in Python."]
    data: PictureData
    verdict: Annotated[Sequence[Text], "The verdict, in sentences that refer to no place on a page.", SOME]
    tone: Annotated[str, "How it is meant.", one_of("good", "careful", "bad")]
    exit: Annotated[int, "Exit code of the command.", one_of(0, 1, 3, 130)]
    notes: Annotated[Sequence[Text], "What the reader should know of data and model."]
    model: PictureModel
    coefficients: Annotated[Coefficients | None, "Inference at the maximum; null: there is none."]
    levels: Levels
    clock: ClockUnits
    runs: Annotated[Sequence[Run], "One entry for each solver."]
    plane: Annotated[pictures.Plane | None, "Paths over the log-likelihood."]
    activation: Annotated[pictures.Activation | None, "Inside the neuron; null: several outputs."]
    rows: Annotated[pictures.Rows | None, "Rows shown; null: none are to be."]
    in_data: Annotated[pictures.InData | None, "In the data."]
    means: Annotated[Sequence[pictures.RunMeans], "Means on the way, of a model of classes; else empty."]
    pace: Annotated[pictures.Pace | None, "Learning rate and limit, steps per digit by direction."]
    separation: Annotated[
        pictures.Separation | None, "Why there is no maximum; null: there is, or it is not known why."
    ]
    calibration: Annotated[Sequence[pictures.Group], "Observed shares against fitted; empty: not a share."]
    roc: Annotated[pictures.Roc | None, "ROC curve; null: not two classes."]
    residuals: Annotated[pictures.Residuals | None, "Residuals and responses against fitted means; null: no maximum."]
    claim: Annotated[pictures.Claim | None, "Of an audit: where the claim sits; else null."]
    training: Annotated[pictures.Training | None, "Of a network; else null."]
    machine: Annotated[pictures.Machine | None, "Of a race; else null."]
    absent: Annotated[Mapping[str, Text], "Why a picture is not there, by its name in this document."]
