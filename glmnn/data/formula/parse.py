"""Formulas such as `y ~ x + C(g)`, read by formulaic behind a list of what is allowed: nothing in them ever runs."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from glmnn.data.formula.formula import Formula
from glmnn.data.formula.levels import MOST_SHOWN, MOST_TERMS
from glmnn.data.formula.names import event_of, is_plain, named, placeholders
from glmnn.data.formula.safety import MOST_LETTERS, check_expression, refuse_explosions
from glmnn.data.formula.spellings import backticked, refuse_other_spellings
from glmnn.errors import UsageError, option, printable, quoted

LONE_DOT = r"`[^`]*`|(?<![\w.`])\.(?![\w.`])"  # or a name, in which a dot is none


def split_formula(text: str) -> tuple[str, str]:
    """Return target and right side of `target ~ right side`.

    Raises
    ------
    UsageError
        If the left side is not a single column name.
    """
    if len(text) > MOST_LETTERS:
        raise UsageError(f"the formula is {len(text)} characters long; {MOST_LETTERS} are the most")
    if text.count("~") != 1:
        raise UsageError(f"formula {quoted(text)}: write it as target ~ features, for example y ~ x + C(g)")
    left, right = (side.strip() for side in text.split("~"))
    name = (event_of(left) or (left, ""))[0]
    target = left[1:-1] if len(left) > 2 and left[0] == left[-1] == "`" else name
    if left.startswith("cbind("):
        raise UsageError(
            f"formula {quoted(text)}: give the successes as target, and {option('trials')} with their number"
        )
    if not target or (target == left and not re.fullmatch(r"[^\W\d][\w.]*", target)):
        raise UsageError(
            f"formula {quoted(text)}: the left side must be one column name (in `backticks` if it has spaces), or a "
            "level of it, as y == 'yes'"
        )
    if not right:
        raise UsageError(f"formula {quoted(text)}: nothing on the right side; write 1 for the intercept alone")
    return target, right


def _without_dot(text: str, others: tuple[str, ...]) -> str:
    """Return a formula with a lone dot written out."""
    everything = " + ".join(name if is_plain(name) else f"`{name}`" for name in others) or "1"
    dotted = re.sub(
        LONE_DOT, lambda found: f"({everything})" if found[0] == "." else found[0], backticked(text, others)
    )
    if dotted != text and "`" in "".join(others):
        odd = next(name for name in others if "`" in name)
        raise UsageError(f"formula {quoted(text)}: a lone dot cannot stand for the column {quoted(odd)}")
    return dotted


def parse_formula(text: str, others: tuple[str, ...] = ()) -> Formula:
    """Parse the right side of a formula; parsing runs nothing, and what could run is refused here.

    Parameters
    ----------
    text : str
        For example ``x1 + C(g)``; a lone ``.`` stands for all of `others`.
    others : tuple of str
        Columns without another role.

    Raises
    ------
    UsageError
        If the formula has anything but columns, numbers, arithmetic and the functions listed in the message.
    """
    refuse_other_spellings(text)
    dotted = _without_dot(text, others)
    safe, originals = placeholders(dotted)
    refuse_explosions(safe, text)
    from formulaic import Formula as Parsed

    try:
        parsed = Parsed(safe)
        terms = list(parsed)
    except Exception as error:  # formulaic has no list of what it refuses
        first = printable(named(str(error), originals)).split("\\n")[0][:MOST_SHOWN]
        raise UsageError(f"formula {quoted(text)} cannot be read: {first}") from None
    if len(terms) > MOST_TERMS:
        raise UsageError(f"formula {quoted(text)} has {len(terms)} terms; {MOST_TERMS} are the most")
    uses = _uses(terms, text)
    written = {name for pair in re.findall(r"`([^`]+)`|([\w.]+)", text) for name in pair}
    by_dot = frozenset(others) - written
    both = sorted(uses.dates & (uses.factors | uses.looked_up | uses.computed))
    if both:
        name = named(both[0], originals)
        raise UsageError(f"formula {quoted(text)}: {quoted(name)} is a date in one place and not in another")
    return Formula(
        text, parsed, uses.variables, uses.factors, uses.looked_up, uses.computed, uses.dates, originals, dotted, by_dot
    )


class _Uses(NamedTuple):
    """The columns of a formula, by how it uses them."""

    variables: tuple[str, ...]
    factors: frozenset[str]
    looked_up: frozenset[str]
    computed: frozenset[str]
    dates: frozenset[str]


def _uses(terms: list[Any], text: str) -> _Uses:
    """Return the columns of parsed terms, or refuse what is more than columns and known functions."""
    from formulaic.parser.types import Factor

    variables: dict[str, None] = {}
    factors: set[str] = set()
    looked_up: set[str] = set()
    computed: set[str] = set()
    dates: set[str] = set()
    for factor in {factor: None for term in terms for factor in term.factors}:
        if factor.eval_method is Factor.EvalMethod.LITERAL:
            continue
        if factor.eval_method is Factor.EvalMethod.LOOKUP:
            if factor.expr == "Intercept":
                raise UsageError(f"formula {quoted(text)}: write `Intercept` in backticks if a column is called so")
            variables[factor.expr] = None
            looked_up.add(factor.expr)
            continue
        found = check_expression(factor.expr, text)
        variables.update(dict.fromkeys(found.names))
        factors |= found.factors
        dates |= found.dates
        computed |= set(found.names) - found.factors - found.dates
    return _Uses(tuple(variables), frozenset(factors), frozenset(looked_up), frozenset(computed), frozenset(dates))
