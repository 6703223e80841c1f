"""Nested models whose fits stand in files, as `glmnn fit --json` writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from pathlib import Path
from typing import Any

from glmnn.analysing.fitted import WHAT, check_testable
from glmnn.analysing.nested import compare_fitted
from glmnn.analysing.result import Anova, Fitted, Subject
from glmnn.errors import NoMaximum, UsageError, printable, quoted, unreadable
from glmnn.options.convert import built
from glmnn.options.model import ModelOptions

START = 4096  # bytes of a file that tell whether it is a fit
OF_ROWS = ("weights", "weights_type", "offset", "exposure", "trials", "alpha", "power", "dispersion", "event")
HOW = "`glmnn fit --json -o FILE` makes one"


@dataclass(frozen=True)
class SavedFit:
    """What a test needs of a document; the fields are keys in it.

    Attributes
    ----------
    options : ModelOptions
    source, sha256 : str
    rows_used : int
    formula, target, family, link : str
    terms : tuple of str
    deviance, dispersion, log_likelihood, aic, bic : float or None
    df_residual : int
    statistic : str
        z where the dispersion is known, else t.
    """

    options: ModelOptions
    source: str
    sha256: str
    rows_used: int
    formula: str
    target: str
    family: str
    link: str
    terms: tuple[str, ...]
    deviance: float | None
    dispersion: float | None
    logLik: float | None  # noqa: N815
    AIC: float | None
    BIC: float | None
    df_residual: int
    statistic: str

    @property
    def fitted(self) -> Fitted:
        """The model as a test has it."""
        numbers = (self.deviance, self.logLik, self.AIC, self.BIC, self.dispersion)
        deviance, log_likelihood, aic, bic, dispersion = (nan if value is None else value for value in numbers)
        return Fitted(
            self.formula, len(self.terms), self.df_residual, deviance, log_likelihood, aic, bic, dispersion,
            self.statistic == "z", own_alpha=self.own_alpha,
        )  # fmt: skip

    @property
    def own_alpha(self) -> bool:
        """Whether the negative binomial's alpha was estimated."""
        return self.family.startswith("negative_binomial") and self.options.alpha is None

    @property
    def kind(self) -> str:
        """Family and link, the family without an alpha that was estimated."""
        return f"{'negative_binomial' if self.own_alpha else self.family}, {self.link} link"


def is_fit(path: str) -> bool:
    """Say whether a file is meant to be the document of a fit."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(START)
    except (OSError, ValueError):
        return False
    return start.lstrip().startswith(b"{") and b'"glmnn.fit/' in start


def analyse_saved(paths: Sequence[str]) -> Anova:
    """Test each of several fits in files against the next larger one.

    Raises
    ------
    NoMaximum
        If one of them has no maximum.
    UsageError
        If a file is no fit, or the fits are not of the same rows, response and family, or not nested by the names of
        their terms.
    """
    fits = sorted(map(read_fit, paths), key=lambda saved: len(saved.terms))
    for smaller, larger in pairwise(fits):
        _check_same(smaller, larger)
        _check_nested(smaller, larger)
    last = fits[-1]
    subject = Subject(last.source, last.sha256, last.rows_used, last.formula, last.target, last.family, last.link)
    return compare_fitted(subject, [saved.fitted for saved in fits])


def read_fit(path: str) -> SavedFit:
    """Read the document of a fit.

    Raises
    ------
    NoMaximum
        If the fit has found none.
    UsageError
        If it cannot be read or is none; it names file and key.
    """
    shown = printable(path)
    try:
        content = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise UsageError(unreadable(path, error, ".json")) from None
    except (ValueError, RecursionError) as error:
        why = f"not valid JSON: {printable(error)[:200]}" if is_fit(path) else "this is not a fit"
        raise UsageError(f"{shown}: {why}; {HOW}") from None
    if not (isinstance(content, dict) and str(content.get("schema")).startswith("glmnn.fit/")):
        raise UsageError(f"{shown}: this is not a fit; {HOW}")
    if content.get("inference") is None:
        raise NoMaximum(f"{shown}: no {WHAT}, because the fit in it found no maximum")
    options = {name: value for name, value in _part(content, "options").items() if name in _fields(ModelOptions)}
    pool = {**_part(content, "data"), **_part(content, "model"), **_part(content, "inference"), "options": options}
    pool["df_residual"] = pool.get("df.residual")
    saved = built(SavedFit, {name: pool[name] for name in _fields(SavedFit) if name in pool}, shown)
    check_testable(saved.options)
    return saved


def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(kind.__dataclass_fields__)


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _check_same(one: SavedFit, other: SavedFit) -> None:
    names = f"{quoted(one.formula)} and {quoted(other.formula)}"
    if one.sha256 != other.sha256:
        raise UsageError(f"{names} were fitted to other data: {printable(one.source)} and {printable(other.source)}")
    if one.rows_used != other.rows_used:
        raise UsageError(
            f"{names} were fitted to {one.rows_used} and {other.rows_used} rows: a column with missing cells is in one "
            "of them only? Leave such rows out of both"
        )
    if one.kind != other.kind:
        raise UsageError(f"{names} are not nested: {one.kind} and {other.kind}")
    for name in ("target", *OF_ROWS):
        mine, theirs = (getattr(saved if name == "target" else saved.options, name) for saved in (one, other))
        if mine != theirs:
            raise UsageError(f"{names} are not nested: {name} is {mine or 'not there'} and {theirs or 'not there'}")


def _check_nested(smaller: SavedFit, larger: SavedFit) -> None:
    more = [name for name in smaller.terms if name not in larger.terms]
    if more:
        raise UsageError(
            f"{quoted(smaller.formula)} is not nested in {quoted(larger.formula)} by the names of their terms: "
            f'{quoted(more[0])} is only in the smaller one; DATA with --formula "..." twice looks at the columns'
        )
