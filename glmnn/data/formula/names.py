"""Names in formulas: identifiers that stand for column names, levels that formulaic would keep to itself."""

from __future__ import annotations

import re
from keyword import iskeyword

from glmnn.data.formula.safety import FUNCTIONS, PLACEHOLDER

HIDDEN = "glmnn_level_"  # for the leading __ of a level, which formulaic keeps to itself
INTERCEPT = "(Intercept)"
EVENT = re.compile(r"(?:I\()?\s*(?P<name>`[^`]+`|[^\W\d][\w.]*)\s*==\s*(?P<level>'[^']*'|\"[^\"]*\"|[\w.+-]+)\s*\)?")


def is_intercept(term: str) -> bool:
    """Say whether a coefficient is an intercept, that of a class too.

    >>> is_intercept("(Intercept)"), is_intercept("virginica: (Intercept)"), is_intercept("x")
    (True, True, False)
    """
    return term == INTERCEPT or term.endswith(f": {INTERCEPT}")


def placeholders(text: str) -> tuple[str, dict[str, str]]:
    """Put an identifier in the place of each `name`, so that no column name is ever read as anything else."""
    originals: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if is_plain(name):
            return name
        known = next((place for place, original in originals.items() if original == name), None)
        place = known or f"{PLACEHOLDER}{len(originals)}_"
        originals[place] = name
        return place

    return re.sub(r"`([^`]+)`", replace, text), originals


def is_plain(name: str) -> bool:
    """Say whether a name can stand in a formula as it is."""
    reserved = name in FUNCTIONS or name in ("contr", "Intercept") or iskeyword(name) or name.startswith(PLACEHOLDER)
    return name.isascii() and name.isidentifier() and not reserved


def named(text: str, originals: dict[str, str]) -> str:
    """Put the column names back."""
    return re.sub(PLACEHOLDER + r"\d+_", lambda match: originals.get(match.group(0), match.group(0)), text)


def safe_level(level: str) -> str:
    """Return a level as formulaic is given it."""
    return re.sub("^__", HIDDEN, level)


def event_of(left: str) -> tuple[str, str] | None:
    """Return column and level of the left side of a formula such as `y == 'yes'`; None where it is no such thing.

    >>> event_of("relapse == 'yes'"), event_of("relapse")
    (('relapse', 'yes'), None)
    """
    match = EVENT.fullmatch(left.strip())
    return None if match is None else (match["name"].strip("`"), match["level"].strip("'\""))
