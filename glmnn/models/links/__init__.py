"""Link functions: eta = link(mu); the inverse is what a neural network calls the activation."""

from __future__ import annotations

import re

from glmnn.errors import UsageError, quoted, unknown
from glmnn.models.links.link import Link, shortest
from glmnn.models.links.power import IDENTITY, INVERSE, INVERSE_SQUARED, LOG, SQRT, power_link
from glmnn.models.links.probability import CAUCHIT, CLOGLOG, LOGIT, LOGLOG, PROBIT

__all__ = [
    "CAUCHIT", "CLOGLOG", "IDENTITY", "INVERSE", "INVERSE_SQUARED", "LINKS", "LOG", "LOGIT", "LOGLOG", "PROBIT", "SQRT",
    "Link", "find_link", "power_link", "shortest",
]  # fmt: skip

LINKS = {
    link.name: link for link in (IDENTITY, LOG, LOGIT, PROBIT, CLOGLOG, LOGLOG, CAUCHIT, INVERSE, INVERSE_SQUARED, SQRT)
}


POWERS = {link.exponent: link for link in (INVERSE, INVERSE_SQUARED, SQRT)} | {1.0: IDENTITY}
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def find_link(name: str) -> Link:
    """Return the link called `name`; ``power(-0.3)`` or ``power(1/3)`` gives a power link.

    An exponent whose link has a name of its own, such as -1 or 0.5, gives that link.

    Raises
    ------
    UsageError
        If there is no such link; the message names the nearest one.
    """
    called = re.fullmatch(r"power\s*\((.*)\)", name.strip(), re.IGNORECASE | re.DOTALL)
    if called:
        exponent = _exponent(name, called[1].strip())
        return POWERS.get(exponent) or power_link(exponent)
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain not in LINKS:
        raise UsageError(unknown("link", name, [*LINKS, "power(EXPONENT)"]))
    return LINKS[plain]


def _exponent(name: str, text: str) -> float:
    """Return the exponent written between the brackets of a power link: a number, or a fraction of two."""
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return float(text)
    if not re.fullmatch(rf"{NUMBER}(?:\s*/\s*{NUMBER})?", text, re.ASCII):
        raise UsageError(f"the exponent in {quoted(name)} is not a number: write power(-0.5) or power(1/3), say")
    top, _, bottom = text.partition("/")
    if bottom and float(bottom) == 0:
        raise UsageError(f"the exponent in {quoted(name)} divides by 0")
    return float(top) / float(bottom or 1.0)
