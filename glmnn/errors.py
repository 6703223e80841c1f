"""What can go wrong by misuse: every message says what, where and what to do."""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Given = ParamSpec("Given")
Found = TypeVar("Found")
MARK = "\x1a"  # around the mention of an option; it is in no other text, for `printable` escapes it


def option(name: str, value: str | bool | None = None) -> str:
    """Return the mention of an option in a message; who shows the message puts it into words.

    >>> str(UsageError(f"give {option('na', 'drop')} or {option('intercept', False)}"))
    'give --na drop or --no-intercept'
    """
    return f"{MARK}{name}={'' if value is None else value}{MARK}"


def as_flag(name: str, value: str) -> str:
    """Return an option as the command line has it."""
    flag = name.replace("_", "-")
    return f"--no-{flag}" if value == "False" else f"--{flag} {value}".rstrip()


def worded(text: str, words: Callable[[str, str], str] = as_flag) -> str:
    """Return a message with the options in it as `words` has them: of a name, and of a value or nothing."""
    parts = text.split(MARK)
    return "".join(words(*part.split("=", 1)) if place % 2 else part for place, part in enumerate(parts))


class Exit(IntEnum):
    """Exit codes of the command line."""

    DONE = 0
    NO = 1  # ran, but the answer is no: not converged, or no agreement
    USAGE = 2  # usage or data error
    NO_MAXIMUM = 3  # no finite, unique maximum inside the domain of the model
    INTERRUPTED = 130


class GlmnnError(Exception):
    """Base of all errors that a user can mend; the command line prints it and exits with its code, mostly 2."""

    exit: Exit = Exit.USAGE
    words: Callable[[str, str], str] = staticmethod(as_flag)
    read: str = ""  # the option that was being read
    place: str = ""  # where it stands, if it is in a file

    def __str__(self) -> str:
        """Return the message in the words of whoever asked for the run."""
        return self.place + worded(self.text, self.words)

    @property
    def text(self) -> str:
        """The message, with mentions of options."""
        return super().__str__()

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that it is about: those that the message mentions, then the one that was being read."""
        mentions = (part.partition("=") for part in self.text.split(MARK)[1::2])
        return (*(name for name, _, value in mentions if not value), *([self.read] if self.read else []))


class UsageError(GlmnnError):
    """An option, a configuration file or a formula is wrong."""


class OptionError(UsageError):
    """An option has a value that it cannot have.

    Attributes
    ----------
    option : str
        Name of the field.
    message : str
        What is wrong with it.
    value : object
        What was given, where the message does not say so.
    """

    def __init__(self, name: str, message: str, value: object = None) -> None:
        super().__init__(name, message, value)
        self.option: str = name
        self.message: str = message
        self.value: object = value

    @property
    def text(self) -> str:
        """The message, with mentions of options."""
        shown = f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        given = "" if self.value is None else f", not {shown}"
        return f"{option(self.option)} {self.message}{given}"


class reading:  # noqa: N801 - contextlib's would take longer than most of what it stands around
    """Note in an error which option was being read, for those who know where it stands; also as a decorator."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, GlmnnError) and not isinstance(error, OptionError):  # which names it
            error.read = error.read or self._name

    def __call__(self, function: Callable[Given, Found]) -> Callable[Given, Found]:
        """Return a function inside of which it is being read."""

        @wraps(function)
        def read(*args: Given.args, **given: Given.kwargs) -> Found:
            with self:
                return function(*args, **given)

        return read


class DataError(GlmnnError):
    """The data cannot be read or do not fit the model asked for."""


class NoMaximum(GlmnnError):  # noqa: N818 - what is the matter, in words
    """Something needs a finite, unique maximum inside the domain of the model, and there is none."""

    exit: Exit = Exit.NO_MAXIMUM


class NeedsAllRows(GlmnnError):  # noqa: N818 - what is the matter, in words
    """Something needs all rows in memory, and they come block by block."""

    def __init__(self, what: str, rows: int, instead: str, needed: int = 0, memory: int = 0) -> None:
        why = ", but they come block by block"
        if needed:
            why = f" ({needed / 1e9:.2g} GB; {option('memory')} is {memory / 1e9:.2g} GB)"
            instead = f"{instead}, or give {option('sample')} with a number of rows, to work with every k-th one"
        super().__init__(f"{what} needs all {rows:,} rows in memory{why}: {instead}")
        self.what: str = what
        self.rows: int = rows
        self.instead: str = instead


def printable(text: object) -> str:
    r"""Show untrusted text literally: control characters become escapes, so no terminal acts on them.

    >>> printable("a\x1b[31m")
    'a\\x1b[31m'
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def quoted(text: object, limit: int = 60) -> str:
    """Show untrusted text between quotes, shortened to `limit` characters."""
    shown = printable(text)
    return f"'{shown[: limit - 3]}...'" if len(shown) > limit else f"'{shown}'"


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Join names for a message; a long name is cut, a long list is cut and counted."""
    shown = [text if len(text) <= 60 else f"{text[:57]}..." for text in map(printable, names)]
    rest = f", ... ({len(shown)} in all)" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + rest


def unknown(kind: str, name: str, legal: Iterable[str]) -> str:
    """Say that `name` is not a legal `kind`, with the nearest legal name and the whole list.

    >>> unknown("link", "loglt", ["logit", "probit"])
    "there is no link 'loglt': did you mean 'logit'? (logit, probit)"
    """
    legal = list(legal)
    near = get_close_matches(name.lower(), [item.lower() for item in legal], n=1)
    match = next((item for item in legal if near and item.lower() == near[0]), None)
    hint = f"did you mean {quoted(match)}? ({listed(legal)})" if match else f"choose from {listed(legal)}"
    return f"there is no {kind} {quoted(name)}: {hint}"


def unreadable(path: str, error: OSError | ValueError, *endings: str) -> str:
    """Say why a file cannot be read; for a missing one with the nearest file beside it that has one of the endings."""
    if isinstance(error, ValueError):  # a NUL byte, or half a surrogate pair
        return f"{quoted(path)} is not a file name"
    place = Path(path)
    if isinstance(error, IsADirectoryError):
        return f"{printable(path)}: this is a folder; give a file in it"
    if not isinstance(error, FileNotFoundError):
        return f"{quoted(path)}: {error.strerror or error}"
    beside = (
        sorted(item.name for item in place.parent.iterdir() if item.suffix in endings) if place.parent.is_dir() else []
    )
    return f"{printable(path)}: {unknown('file', place.name, beside) if beside else 'there is no such file'}"
