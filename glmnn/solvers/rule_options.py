"""Options of an update rule in brackets behind its name: `momentum[decay=0.99,lr=0.1]`."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from functools import partial
from math import isfinite

from glmnn.errors import UsageError, quoted, unknown
from glmnn.solvers.updates import UPDATES, UpdateRule

RATE, WEIGHT_DECAY = "lr", "weight_decay"
SHARES = ("decay", "beta1", "beta2")  # parts of what was before: at least 0, below 1
Options = dict[str, float]


def split_names(text: str) -> list[str]:
    """Return the names in a list with commas, of which those in brackets do not count.

    >>> split_names("fisher, momentum[decay=0.99,lr=0.1]")
    ['fisher', 'momentum[decay=0.99,lr=0.1]']
    """
    return [part.strip() for part in re.split(r",(?![^\[]*\])", text)]


def read_name(text: str) -> tuple[str, Options]:
    """Return the name of a solver and the options in brackets behind it.

    >>> read_name("adam[beta1=0.8, lr=0.01]")
    ('adam', {'beta1': 0.8, 'lr': 0.01})

    Raises
    ------
    UsageError
        If the brackets cannot be read.
    """
    name, bracket, rest = text.partition("[")
    if not bracket:
        return text, {}
    options: Options = {}
    if not rest.endswith("]") or "[" in rest:
        raise UsageError(f"{quoted(text)}: write options as {name.strip()}[option=value,option=value]")
    for item in filter(None, map(str.strip, rest[:-1].split(","))):
        option, equals, value = (part.strip() for part in item.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or not isfinite(number):
            raise UsageError(f"{quoted(text)}: {quoted(item)} is not option=number")
        if option in options:
            raise UsageError(f"{quoted(text)}: {option} is given twice")
        options[option] = number
    return name.strip(), options


def options_of(rule: UpdateRule) -> tuple[str, ...]:
    """Return the options that an update rule has: its rate, its own, and weight decay."""
    return (*inspect.signature(rule.at).parameters, WEIGHT_DECAY)


def check_options(name: str, options: Options) -> None:
    """Refuse options that an update rule does not have, and values that they cannot have.

    Raises
    ------
    UsageError
        Naming those there are.
    """
    legal = options_of(UPDATES[name])
    for option, value in options.items():
        if option not in legal:
            raise UsageError(unknown(f"option of {name}", option, legal))
        if option in SHARES and not 0.0 <= value < 1.0:
            raise UsageError(f"{name}[{option}={value:g}]: must be at least 0 and below 1")
        if value < 0.0 or (value == 0.0 and option in (RATE, "eps")):
            raise UsageError(f"{name}[{option}={value:g}]: must be positive")


def rule_of(name: str) -> UpdateRule:
    """Return the update rule of a name, with the options in brackets behind it; rate and weight decay are no part.

    >>> change, _ = rule_of("momentum[decay=0.5,lr=7]")(0.1).apply(2.0, 4.0)
    >>> change  # -0.1 (0.5 * 4 + 2)
    -0.4
    """
    plain, options = read_name(name)
    own = {option: value for option, value in options.items() if option not in (RATE, WEIGHT_DECAY)}
    rule = UPDATES[plain]
    return replace(rule, at=partial(rule.at, **own)) if own else rule
