"""The JSON document of a replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.replaying.row import Row
from glmnn.report.json import Versions
from glmnn.report.schema import SOME, Text, one_of, where


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """One document, replayed."""

    document: Annotated[str, "Its number.", where(pattern="^[0-9]{3}$")]
    title: Annotated[Text, "What it is."]
    holds: Annotated[bool, "Whether all that can match does."]
    verdict: Annotated[Text, "The same in a sentence."]
    rows: Annotated[Sequence[Row], "One entry for each number or statement.", SOME]


@dataclass(frozen=True, kw_only=True)
class ReplayDocument:
    """What `glmnn replay --json` writes: the numbers of the documents beside those of this run."""

    schema: Annotated[Literal["glmnn.replay/1"], "Name and version of this schema."] = "glmnn.replay/1"
    versions: Versions
    exit: Annotated[int, "Exit code: 0 all that can match does, 1 something does not.", one_of(0, 1)]
    documents: Annotated[Sequence[Replayed], "The documents, in the order of their numbers.", SOME]
