"""What documents on top of a fit say of its data and its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from glmnn.fitting.schema import FAMILY, LINK
from glmnn.report.schema import Sha256, Size, Text, where


@dataclass(frozen=True, kw_only=True)
class FittedData:
    """The data that were fitted."""

    source: Annotated[Text, "The file as named, or <stdin>; in Python, data frame, columns or array."]
    sha256: Annotated[Sha256, "SHA-256 of the bytes read; in Python, of names and values."]
    rows_used: Annotated[Size, "Rows in the fit."]


@dataclass(frozen=True, kw_only=True)
class FittedModel:
    """The model that was fitted; the largest of several."""

    formula: Annotated[Text, "The model as a formula."]
    target: Annotated[Text, "Response column."]
    family: Annotated[str, "Response distribution, with its parameter in brackets.", where(pattern=FAMILY)]
    link: Annotated[str, "Link function.", where(pattern=LINK)]
