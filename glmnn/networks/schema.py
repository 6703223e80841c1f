"""The JSON document of a network as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.fitting.options import FitOptions
from glmnn.fitting.schema import FAMILY, LINK, OPTIONS, Data
from glmnn.fitting.solver_schema import Trajectory
from glmnn.models.activations import ACTIVATIONS
from glmnn.networks.crossvalidation import Answer
from glmnn.networks.training import Ending
from glmnn.report.json import Versions
from glmnn.report.schema import (
    ABOVE_ZERO,
    FLAT,
    NOT_NEGATIVE,
    SHARE,
    SOME,
    Count,
    Key,
    Narrowed,
    Number,
    Size,
    Text,
    one_of,
    where,
)
from glmnn.solvers.updates import SCHEDULES, UPDATES

PROBABILITY = where(minimum=0, maximum=1)
OF_NETWORKS = {
    **OPTIONS,
    "hidden": where(type="string", minLength=1),
    "cv": where(minimum=2),
    "holdout": where(minimum=0, exclusiveMaximum=1),
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What stands on the hidden layers."""

    formula: Annotated[Text, "What was fitted."]
    target: Annotated[Text, "Response column."]
    family: Annotated[str, "Family.", where(pattern=FAMILY)]
    link: Annotated[str, "Link.", where(pattern=LINK)]
    classes: Annotated[
        Sequence[Text], "Labels of the classes in the order of the outputs; empty: the response is a number."
    ]
    levels: Annotated[Mapping[str, Sequence[Text]], "Levels of each factor, the base first."]
    loss: Annotated[Text, "The loss in words."]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer."""

    name: Annotated[str, "layer1, layer2, ..., head.", where(pattern="^(layer[0-9]+|head)$")]
    activation: Annotated[
        str, "Activation; head: outputs go to the distribution of the response.", one_of(*ACTIVATIONS, "head")
    ]
    weights: Annotated[Sequence[Sequence[Number]], "A row for each unit, a column for each unit below."]
    bias: Annotated[Sequence[Number] | None, "One for each unit; null: none."]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How the network was trained."""

    rule: Annotated[str, "Update rule.", one_of(*UPDATES)]
    standardized: Annotated[bool, "Whether it was trained on standardised features."]
    learning_rate: Annotated[float, "Learning rate at the start.", ABOVE_ZERO]
    schedule: Annotated[str, "How the rate falls.", one_of(*SCHEDULES, "cosine to the end")]
    batch_size: Annotated[Size | None, "Rows in a mini-batch; null: all."]
    ending: Annotated[Ending, "How training ended."]
    updates: Annotated[Count, "Updates made."]
    kept: Annotated[Count, "Updates after which the parameters were kept."]
    passes: Annotated[float, "Passes over the rows trained on.", NOT_NEGATIVE]
    seconds: Annotated[float, "Time of the training.", NOT_NEGATIVE]
    held_out: Annotated[Sequence[Count], "Rows of the table that early stopping looked at, from 0."]
    looks: Annotated[
        Sequence[tuple[Count, Number, Number]],
        "Updates so far, mean loss on the rows trained on, and on the rows held out (null: none).",
    ]


@dataclass(frozen=True, kw_only=True)
class Measures:
    """How well a model does."""

    deviance: Annotated[Number, "Deviance; null: infinite."]
    mean_loss: Annotated[Number, "Deviance / 2 / (sum of prior weights)."] = None
    accuracy: Annotated[
        Number, "Share of rows (trials) whose class is the likelier one; null: no classes.", PROBABILITY
    ] = None
    auc: Annotated[Number, "Area under the ROC curve; null: not two classes.", PROBABILITY] = None
    brier: Annotated[Number, "Brier's score, over several classes their sum; null: no classes.", NOT_NEGATIVE] = None
    calibration_intercept: Annotated[
        Number, "Of the responses on the logits, the slope held at 1; null: not two classes, or no maximum."
    ] = None
    calibration_slope: Annotated[Number, "Of the responses on the logits; null: not two classes, or no maximum."] = None
    rmse: Annotated[Number, "Root of the mean squared error; null: means are probabilities.", NOT_NEGATIVE] = None
    mae: Annotated[Number, "Mean absolute error; null: means are probabilities.", NOT_NEGATIVE] = None


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """How well one of the two models fits all rows."""

    parameters: Annotated[Size, "Number of parameters."]
    measures: Annotated[Measures, FLAT]


@dataclass(frozen=True, kw_only=True)
class Fits:
    """How well both models fit all rows."""

    glm: Annotated[Fitted, "The GLM."]
    network: Annotated[Fitted, "The network."]


@dataclass(frozen=True, kw_only=True)
class Glm:
    """The GLM by Fisher scoring."""

    status: Annotated[Text, "How Fisher scoring ended."]
    coefficients: Annotated[Mapping[str, Number], "Coefficients by term."]


@dataclass(frozen=True, kw_only=True)
class Rival:
    """How well one of the two models does on the rows held out."""

    deviance_per_row: Annotated[Number, "Mean over the folds; null: infinite."]
    per_fold: Annotated[Sequence[Number], "Deviance per row held out, in each fold; null: infinite."]
    failed: Annotated[Count, "Folds in which the model was not fitted to the end."]
    measures: Annotated[Measures, FLAT]


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """The comparison on rows held out."""

    folds: Annotated[Sequence[Sequence[Count]], "Rows of the table held out in each fold, from 0.", where(minItems=2)]
    gain: Annotated[Number, "Deviance per row held out that the hidden layers save: mean over the folds."]
    std_error: Annotated[Number, "Of the gain (Nadeau & Bengio, 2003).", Key("std.error")]
    conf_low: Annotated[Number, "Lower end of the interval.", Key("conf.low")]
    conf_high: Annotated[Number, "Upper end of the interval.", Key("conf.high")]
    level: Annotated[float, "Coverage of the interval.", SHARE]
    p_value: Annotated[Number, "Of no gain, two-sided.", PROBABILITY, Key("p.value")]
    answer: Annotated[Answer, "Whether the hidden layers improve held-out deviance."]
    glm: Annotated[Rival, "The GLM."]
    network: Annotated[Rival, "The network."]


@dataclass(frozen=True, kw_only=True)
class NetworkDocument:
    """What `glmnn fit --hidden --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    schema: Annotated[Literal["glmnn.network/1"], "Name and version of this schema."] = "glmnn.network/1"
    versions: Versions
    data: Data
    model: Model
    options: Annotated[FitOptions, "The options as asked for, defaults filled in.", Narrowed(OF_NETWORKS)]
    seed: Annotated[Count, "Seed as asked for."]
    exit: Annotated[int, "Exit code of the command.", one_of(0, 1, 130)]
    verdict: Annotated[Sequence[Text], "Whether the hidden layers improve held-out deviance, in words.", SOME]
    notes: Annotated[Sequence[Text], "What the reader should know of how the run came about."]
    layers: Annotated[
        Sequence[Layer], "Parameters for the data's own units, from the features to the head.", where(minItems=2)
    ]
    training: Training
    fits: Fits
    glm: Glm
    cross_validation: Annotated[CrossValidation | None, "Both models on the same folds; null: not asked for."]
    trajectory: Annotated[
        Trajectory | None,
        "The framework beside the loop here, parameters in the units of the training; null: not asked.",
    ] = None
