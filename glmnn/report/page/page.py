"""The page of a picture document: template, style, scripts, and a policy that lets nothing else run."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from glmnn.errors import printable
from glmnn.report.page.braille import braille
from glmnn.report.page.tables import shown_in
from glmnn.report.page.words import cut, duration, num, short_family, whole

if TYPE_CHECKING:
    from jinja2 import Environment

VENDORED = "d3.min.js", "plot.umd.min.js"
SCRIPTS = (  # in this order, for names are shared
    "base", "clock", "plane", "curves", "neuron", "data", "means", "coefficients", "pace", "quality", "separation",
    "training", "tables", "export", "start",
)  # fmt: skip
POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'"
)
ESCAPES = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


def page_html(document: Mapping[str, Any]) -> str:
    """Return one self-contained page, in which nothing is fetched.

    Parameters
    ----------
    document : mapping
        A picture document as plain values; `glmnn schema pictures` describes it.
    """
    scripts = _scripts()
    hashes = " ".join(f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" for code in scripts)
    text = _environment().get_template("page.html.jinja").render(
        doc=document,
        document=_safe(json.dumps(document, allow_nan=False, separators=(",", ":")).translate(ESCAPES)),
        policy=_safe(POLICY.format(hashes=hashes)),
        style=_safe(_read("style.css")),
        scripts=[_safe(code) for code in scripts],
        curve=_safe_lines(braille(document)),
        **shown_in(document),
    )  # fmt: skip
    return text + "\n"


@dataclass(frozen=True)
class Framed:
    """A page for notebooks, in a sandboxed frame of its own."""

    page: str
    height: int

    def __repr__(self) -> str:
        """Return what it is: a terminal that shows the page would show half a million letters."""
        return "a page for a notebook; result.save_html(path) writes it to a file"

    def _repr_html_(self) -> str:
        shown = escape(self.page, quote=True)
        style = f"width: 100%; height: {int(self.height)}px; border: 0; border-radius: 8px"
        return f'<iframe title="glmnn" sandbox="allow-scripts" style="{style}" srcdoc="{shown}"></iframe>'


def framed(document: Mapping[str, Any], height: int) -> Framed:
    """Return the page of a picture document for a notebook."""
    return Framed(page_html(document), height)


@cache
def _scripts() -> tuple[str, ...]:
    """Return the two libraries and our own scripts as one, whose names nobody else sees."""
    own = "\n".join(_read("scripts", f"{name}.js") for name in SCRIPTS)
    return *(_read("vendor", name) for name in VENDORED), f'(() => {{\n"use strict";\n{own}}})();'


def _read(*place: str) -> str:
    return files("glmnn.report.page").joinpath(*place).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def literally(value: Any) -> Any:
        """Show what is no markup of ours letter by letter: control characters as escapes."""
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = Environment(
        loader=PackageLoader("glmnn.report.page", ""), autoescape=True, undefined=StrictUndefined, finalize=literally,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"num": num, "whole": whole, "duration": duration, "cut": cut, "short_family": short_family}
    return made


def _safe(text: str) -> Any:
    """Return text that is ours, or escaped already, as markup."""
    from markupsafe import Markup

    return Markup(text)


def _safe_lines(lines: Iterable[str]) -> Any:
    """Return lines, each shown letter by letter."""
    from markupsafe import Markup, escape

    return Markup("\n").join(escape(printable(line)) for line in lines)
