"""What an analysis of deviance found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What the rows of the table are."""

    SEQUENTIAL = "type I"
    MARGINAL = "type II"
    PARTIAL = "type III"
    DROP1 = "drop1"
    NESTED = "nested"


TYPES = {1: Kind.SEQUENTIAL, 2: Kind.MARGINAL, 3: Kind.PARTIAL}


@dataclass(frozen=True)
class Subject:
    """What the models have in common.

    Attributes
    ----------
    source, sha256 : str
        The data.
    rows : int
        Rows of the design.
    formula : str
        Of the largest model.
    target, family, link : str
    """

    source: str
    sha256: str
    rows: int
    formula: str
    target: str
    family: str
    link: str


@dataclass(frozen=True)
class Fitted:
    """Deviance, degrees of freedom and criteria of a model.

    Attributes
    ----------
    name : str
        Its formula.
    rank : int
        Number of coefficients.
    df_residual : int
    deviance : float
        nan where the maximum was not found.
    log_likelihood, aic, bic : float
        As R counts them; nan where the family has no closed form.
    dispersion : float
        1 where it is known.
    dispersion_known : bool
    maximum : bool
        Whether the deviance is that of a maximum inside the domain.
    own_alpha : bool
        Whether the negative binomial's alpha was estimated with it: deviances of two such models are not of one scale.
    """

    name: str
    rank: int
    df_residual: int
    deviance: float
    log_likelihood: float
    aic: float
    bic: float
    dispersion: float
    dispersion_known: bool
    maximum: bool = True
    own_alpha: bool = False


@dataclass(frozen=True)
class Test:
    """One model against another that it is nested in.

    Attributes
    ----------
    df : int
        Coefficients that the smaller model does without.
    gain : float
        How much lower the deviance of the larger model is; of models with an alpha of their own, how much higher twice
        its log-likelihood.
    statistic, p_value : float
        Likelihood ratio chi-squared, or F where the dispersion is estimated; nan where there is no test.
    """

    df: int
    gain: float
    statistic: float
    p_value: float


@dataclass(frozen=True)
class Row:
    """A model, and its test against another of the table.

    Attributes
    ----------
    label : str
        The term that was added or left out, or the formula.
    model : Fitted
    test : Test or None
        None in the first row.
    """

    label: str
    model: Fitted
    test: Test | None = None


@dataclass(frozen=True)
class Anova:
    """An analysis of deviance.

    Attributes
    ----------
    kind : Kind
    subject : Subject
    rows : tuple of Row
    reference : Fitted
        The largest model, which the dispersion is taken from.
    notes : tuple of str
    """

    kind: Kind
    subject: Subject
    rows: tuple[Row, ...]
    reference: Fitted
    notes: tuple[str, ...] = ()
