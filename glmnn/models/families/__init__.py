"""Families of distributions, a file for each; `FAMILIES` has them by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from glmnn.errors import OptionError, UsageError, listed, option, quoted, unknown
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
    "Family", "Parametric", "counts_behind", "find_family", "negative_binomial", "start_of", "tweedie",
]  # fmt: skip


class Parametric(NamedTuple):
    """Families that differ by a number.

    Attributes
    ----------
    flag : str
        The option that gives it.
    of : callable
        The number -> the family.
    start : float or None
        Where the search for it starts; None where it is not estimated.
    """

    flag: str
    of: Callable[[float], Family]
    start: float | None = None


FAMILIES = {family.kind: family for family in (GAUSSIAN, BINOMIAL, POISSON, GAMMA, INVERSE_GAUSSIAN)}
WITH_PARAMETER = {
    "negative_binomial": Parametric("alpha", negative_binomial, 1.0),
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
    plain = plain_name(name)
    if plain == "multinomial":
        raise UsageError(f"the multinomial family is not for this: choose from {listed(FAMILY_NAMES)}")
    if plain not in FAMILY_NAMES:
        raise UsageError(_not_here(name, plain))
    given = {"alpha": alpha, "power": power}
    for owner, (flag, *_) in WITH_PARAMETER.items():
        if given[flag] is not None and plain != owner:
            raise OptionError(flag, f"belongs to the {owner} family, not to {plain}")
    if plain in FAMILIES:
        return FAMILIES[plain]
    flag, of, _ = WITH_PARAMETER[plain]
    value = given[flag]
    if value is None:
        raise UsageError(f"the {plain} family needs {option(flag)}")
    return of(value)


@lru_cache(64)
def start_of(name: str, alpha: float | None, power: float | None) -> float | None:
    """Return where the search for the parameter of the family called `name` starts; None where there is none."""
    entry = WITH_PARAMETER.get(plain_name(name))
    return None if entry is None or {"alpha": alpha, "power": power}[entry.flag] is not None else entry.start


def plain_name(name: str) -> str:
    """Return a family's name with underscores, in small letters."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _not_here(name: str, plain: str) -> str:
    """Return what to do about a family that is not here."""
    if re.search(r"zero_*infl|hurdle|^zi(p|nb)", plain):
        return (
            f"{quoted(name)}: a zero-inflated or hurdle model is a mixture of two models, not a generalised linear "
            f"one, and out of scope here; {option('family', 'negative_binomial')} often fits such counts too, else "
            "take ZeroInflatedPoisson of statsmodels, or zeroinfl of pscl in R"
        )
    known = plain.removeprefix("quasi").strip("_")
    if plain.startswith("quasi") and known in FAMILIES and FAMILIES[known].excess is not None:
        return (
            f"{quoted(name)} is a dispersion, not a family: give {option('family', known)} and "
            f"{option('dispersion', 'pearson')}"
        )
    return unknown("family", name, (*FAMILY_NAMES, "multinomial"))
