"""The options of `glmnn anova`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from glmnn.errors import OptionError
from glmnn.options.fields import TESTS, option
from glmnn.options.model import ModelOptions

if TYPE_CHECKING:
    from glmnn.analysing.result import Kind


@dataclass(frozen=True, kw_only=True)
class AnovaOptions(ModelOptions):
    """What is fitted, and how its terms are tested."""

    type: int = option(
        2,
        "Test of a term: 1 as the formula adds it, 2 without the interactions that contain it, 3 with all else kept.",
        panel=TESTS,
    )


def kind_of(number: int) -> Kind:
    """Return what type 1, 2 or 3 is.

    Raises
    ------
    OptionError
        If it is none of them.
    """
    from glmnn.analysing.result import TYPES

    if number not in TYPES:
        raise OptionError("type", "must be 1, 2 or 3", number)
    return TYPES[number]
