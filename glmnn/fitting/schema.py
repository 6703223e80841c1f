"""The JSON document of a fit as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.fitting.inference_schema import Alpha, Inference
from glmnn.fitting.options import FitOptions
from glmnn.fitting.passes import Passes
from glmnn.fitting.solver_schema import ConvergenceRate, Mistakes, Solver, Trajectory
from glmnn.models.families import FAMILIES, WITH_PARAMETER
from glmnn.models.links import LINKS
from glmnn.report.json import Versions
from glmnn.report.schema import (
    ABOVE_ZERO,
    FLAT,
    OPTIONAL,
    SHARE,
    SOME,
    Coefficients,
    Count,
    Key,
    Narrowed,
    Sha256,
    Size,
    Text,
    one_of,
    where,
)
from glmnn.solvers.updates import SCHEDULES

FAMILY = rf"^({'|'.join(FAMILIES)}|multinomial|({'|'.join(WITH_PARAMETER)})\(.+\))$"
LINK = rf"^({'|'.join(LINKS)}|power\(.+\))$"
NOT_EMPTY = where(minLength=1)
MODEL_OPTIONS = {
    "ref": where(items={"type": "string", "pattern": "^.+=.*$"}),
    "na": one_of("fail", "drop"),
    "weights_type": one_of("var", "freq", "prob", None),
    "cov": where(pattern="^(model|HC[0-3]|cluster:.+)$"),
    "ci": one_of("wald", "profile"),
    "penalty": one_of("firth", None),
    "l2": ABOVE_ZERO,
    "max_unpacked": ABOVE_ZERO,
    "engine": one_of("auto", "memory", "stream", "processes", "dask"),
    "workers": where(minimum=1),
    "sample": where(minimum=1),
    "level": SHARE,
}
OPTIONS = {
    **MODEL_OPTIONS,
    "solver": where(minItems=1, items={"type": "string", "minLength": 1}),
    "lr": NOT_EMPTY,
    "batch_size": where(minimum=1),
    "schedule": one_of("auto", *SCHEDULES),
    "max_iter": where(minimum=1),
    "tol": ABOVE_ZERO,
    "init": NOT_EMPTY,
    "seed": where(minimum=0),
    "tol_agree": ABOVE_ZERO,
    "patience": where(minimum=1),
}


WITHOUT_NETWORK = {**OPTIONS, **dict.fromkeys(("hidden", "loss", "cv", "holdout"), where(type="null"))}


@dataclass(frozen=True, kw_only=True)
class LibraryVersions:
    """Versions that the numbers may depend on."""

    of_all: Annotated[Versions, FLAT]
    sklearn: Annotated[Text | None, "scikit-learn, where it ran.", OPTIONAL] = None
    torch: Annotated[Text | None, "PyTorch, where it ran.", OPTIONAL] = None
    lightning: Annotated[Text | None, "Lightning, where it ran.", OPTIONAL] = None
    keras: Annotated[Text | None, "Keras, where it ran.", OPTIONAL] = None
    tensorflow: Annotated[Text | None, "TensorFlow, where Keras ran on it.", OPTIONAL] = None
    jax: Annotated[Text | None, "JAX, where Keras ran on it.", OPTIONAL] = None
    r: Annotated[Text | None, "R, where it ran.", OPTIONAL] = None


@dataclass(frozen=True, kw_only=True)
class Data:
    """The data that were read."""

    source: Annotated[Text, "The file as named, or <stdin>; in Python, data frame, columns or array."]
    sha256: Annotated[Sha256, "SHA-256 of the bytes read; in Python, of names and values."]
    rows: Annotated[Size, "Rows in the file."]
    rows_used: Annotated[
        Size, "Rows in the fit: without those of weight 0 and, with --na drop, those with missing cells."
    ]


@dataclass(frozen=True, kw_only=True)
class Model:
    """The model that was fitted."""

    formula: Annotated[Text, "The model as a formula."]
    target: Annotated[Text, "Response column."]
    family: Annotated[str, "Response distribution, with its parameter in brackets.", where(pattern=FAMILY)]
    link: Annotated[str, "Link function.", where(pattern=LINK)]
    terms: Annotated[
        Sequence[Text], "Columns of the design in order, without aliased ones.", where(minItems=1, uniqueItems=True)
    ]
    levels: Annotated[
        Mapping[str, Annotated[Sequence[Text], where(minItems=1, uniqueItems=True)]],
        "Levels of each factor, the base first.",
    ]


@dataclass(frozen=True, kw_only=True)
class Alias:
    """An aliased column."""

    term: Annotated[Text, "The column left out."]
    relation: Annotated[
        Mapping[str, float], "The linear combination of earlier columns that it equals; empty: it is constantly 0."
    ]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Estimate of a coefficient from the rows that are not separated."""

    estimate: Annotated[float, "Limit of the coefficient."]
    std_error: Annotated[float | None, "Standard error in those rows.", Key("std.error")]


@dataclass(frozen=True, kw_only=True)
class Separation:
    """Separation of the data: there is no finite maximum."""

    kind: Annotated[
        str,
        "Complete: every row lies strictly on its own side; quasi-complete: some lie on the line.",
        one_of("complete", "quasi-complete"),
    ]
    direction: Annotated[
        Mapping[str, float],
        "Direction in which the likelihood rises without bound; 0 where the coefficient stays finite.",
        where(minProperties=1),
    ]
    infinite: Annotated[
        Mapping[str, Annotated[int, one_of(-1, 1)]],
        "Sign of the infinity that each coefficient runs to, without those that stay finite.",
        where(minProperties=1),
    ]
    limits: Annotated[
        Mapping[str, Limit], "Of a quasi-complete separation: where the coefficients that stay finite go to."
    ]
    drift: Annotated[
        Mapping[str, float | None],
        "Of a complete separation: cosine of each gradient run with the direction of the widest margin.",
    ]
    rows_separated: Annotated[Count, "Rows strictly on their own side."]


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """A maximum at which some linear predictors are at an end of their domain."""

    coefficients: Annotated[Coefficients, "The maximum."]
    rows: Annotated[
        Sequence[Count],
        "Rows of the file at the boundary, the first row being 0; none where alpha is.",
        where(uniqueItems=True),
    ]
    mean: Annotated[
        float | None, "Fitted mean of these rows; null where it is infinite or not the same in all.", one_of(0, 1, None)
    ]
    means: Annotated[
        Sequence[Annotated[float | None, one_of(0, 1, None)]],
        "Fitted mean of each of these rows; null where it is infinite.",
    ]
    deviance: Annotated[float | None, "Deviance at the maximum."]


@dataclass(frozen=True, kw_only=True)
class FitDocument:
    """What `glmnn fit --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number
    that does not exist or is not finite.
    """

    schema: Annotated[Literal["glmnn.fit/2"], "Name and version of this schema."] = "glmnn.fit/2"
    versions: LibraryVersions
    data: Data
    model: Model
    options: Annotated[FitOptions, "The options as asked for, defaults filled in.", Narrowed(WITHOUT_NETWORK)]
    seed: Annotated[Count, "Seed of mini-batches and random starts."]
    exit: Annotated[
        int,
        "Exit code: 0 agreed, 1 not converged or no agreement, 3 no finite or unique maximum, 130 interrupted.",
        one_of(0, 1, 3, 130),
    ]
    verdict: Annotated[Sequence[Text], "The verdict in sentences.", SOME]
    notes: Annotated[
        Sequence[Text],
        "What the reader should know of data and model: rows left out, levels, a family that was understood.",
    ]
    aliased: Annotated[Sequence[Alias], "Columns left out because they are linear combinations of earlier ones."]
    estimate: Annotated[
        Text, "What the reference is: the maximum likelihood estimate, or the name of the penalised one."
    ]
    separation: Annotated[
        Separation | None, "The direction in which the likelihood rises without bound; null when there is none."
    ]
    boundary: Annotated[
        Boundary | None, "The maximum, when it lies on the boundary of the domain of the model; else null."
    ]
    alpha: Annotated[Alpha | None, "The negative binomial's alpha, where it was estimated; else null."]
    inference: Annotated[
        Inference | None, "Inference at the maximum likelihood estimate; null when there is none or it was not found."
    ]
    solvers: Annotated[
        Sequence[Solver],
        "One entry for each solver, in the order asked for; empty when the run was interrupted before the first.",
    ]
    convergence_rate: Annotated[
        ConvergenceRate | None,
        "Why the first full-batch gradient run took its steps; null when there was none or no maximum.",
    ]
    trajectories: Annotated[
        Sequence[Trajectory],
        "With --trajectory: one entry for each run of a framework that mirrors the hand-written neuron.",
    ]
    mistakes: Annotated[Sequence[Mistakes], "One entry for each run of the perceptron."]
    run: Annotated[Passes | None, "How the rows were gone through, where they were not in memory.", OPTIONAL] = None
