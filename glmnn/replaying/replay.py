"""Replay the documents: every row of each, and whether what can match does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from glmnn.errors import Exit, UsageError, unknown
from glmnn.replaying import chapter, lecture, lesson, post, video
from glmnn.replaying.row import Row, Verdict


@dataclass(frozen=True)
class Document:
    """A document that glmnn started from.

    Attributes
    ----------
    number : str
    title : str
    rows : callable
        Computes them.
    """

    number: str
    title: str
    rows: Callable[[], Iterator[Row]]


DOCUMENTS = {
    item.number: item
    for item in (
        Document("000", "a lesson: logistic regression in R and as one neuron", lesson.rows),
        Document("001", "a video: logistic regression by statsmodels and by PyTorch", video.rows),
        Document("002", "a post: networks with one hidden layer from scratch", post.rows),
        Document("003", "a lecture on neural networks", lecture.rows),
        Document("004", "a chapter: backpropagation through a 2-2-2-1 net", chapter.rows),
    )
}


@dataclass(frozen=True)
class Replay:
    """One document, replayed."""

    document: Document
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """True when every row that can match does."""
        return all(row.holds for row in self.rows)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many rows have each verdict, those without any left out."""
        counts = Counter(row.verdict for row in self.rows)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}


def find_documents(only: list[str]) -> list[Document]:
    """Return the documents of these numbers, all without any; 3 stands for 003.

    Raises
    ------
    UsageError
        If there is no such document.
    """
    numbers = [part.strip() for text in only for part in text.split(",")]
    for number in numbers:
        if number.zfill(3) not in DOCUMENTS:
            raise UsageError(unknown("document", number, DOCUMENTS))
    wanted = {number.zfill(3) for number in numbers}
    return [item for number, item in DOCUMENTS.items() if not wanted or number in wanted]


def replayed(document: Document) -> Replay:
    """Compute every row of a document."""
    with np.errstate(all="ignore"):  # the documents' own formulas overflow
        return Replay(document, tuple(document.rows()))


def exit_of(replays: list[Replay]) -> Exit:
    """Return the exit code: whether all that can match does."""
    return Exit.DONE if all(item.holds for item in replays) else Exit.NO
