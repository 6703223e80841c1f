"""Families of distributions, a file for each; `FAMILIES` has them by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from glmnn.errors import OptionError, UsageError, listed, option, unknown
from glmnn.models.families.binomial import BINOMIAL
from glmnn.models.families.family import Family
from glmnn.models.families.gamma import GAMMA
from glmnn.models.families.gaussian import GAUSSIAN
from glmnn.models.families.inverse_gaussian import INVERSE_GAUSSIAN
from glmnn.models.families.negative_binomial import negative_binomial
from glmnn.models.families.poisson import POISSON, counts_behind
from glmnn.models.families.tweedie import tweedie

__all__ = [
    "BINOMIAL", "FAMILIES", "FAMILY_NAMES", "GAMMA", "GAUSSIAN", "INVERSE_GAUSSIAN", "POISSON", "WITH_PARAMETER",
    "Family", "Parametric", "counts_behind", "find_family", "negative_binomial", "tweedie",
]  # fmt: skip


class Parametric(NamedTuple):
    """Families that differ by a number.

    Attributes
    ----------
    flag : str
        The option that gives it.
    of : callable
        The number -> the family.
    """

    flag: str
    of: Callable[[float], Family]


FAMILIES = {family.kind: family for family in (GAUSSIAN, BINOMIAL, POISSON, GAMMA, INVERSE_GAUSSIAN)}
WITH_PARAMETER = {
    "negative_binomial": Parametric("alpha", negative_binomial),
    "tweedie": Parametric("power", tweedie),
}
FAMILY_NAMES = (*FAMILIES, *WITH_PARAMETER)


def find_family(name: str, alpha: float | None = None, power: float | None = None) -> Family:
    """Return the family called `name`.

    Parameters
    ----------
    name : str
        One of `FAMILY_NAMES`; a hyphen or a space may stand for the underscore.
    alpha : float, optional
        The negative binomial's parameter.
    power : float, optional
        The Tweedie variance power.

    Raises
    ------
    UsageError
        If there is no such family, or its parameter is missing, out of range, or given to another family.
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain == "multinomial":
        raise UsageError(f"the multinomial family is not for this: choose from {listed(FAMILY_NAMES)}")
    if plain not in FAMILY_NAMES:
        raise UsageError(unknown("family", name, (*FAMILY_NAMES, "multinomial")))
    given = {"alpha": alpha, "power": power}
    for owner, (flag, _) in WITH_PARAMETER.items():
        if given[flag] is not None and plain != owner:
            raise OptionError(flag, f"belongs to the {owner} family, not to {plain}")
    if plain in FAMILIES:
        return FAMILIES[plain]
    flag, of = WITH_PARAMETER[plain]
    value = given[flag]
    if value is None:
        raise UsageError(f"the {plain} family needs {option(flag)}")
    return of(value)
