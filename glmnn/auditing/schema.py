"""The JSON document of an audit as a type, from which its schema is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from glmnn.auditing.certificate import MEASURES
from glmnn.auditing.enclosure import Enclosure
from glmnn.auditing.options import AuditOptions
from glmnn.auditing.result import ProofFile, Verdict
from glmnn.fitting.schema import FAMILY, LINK, MODEL_OPTIONS, Data
from glmnn.report.json import Versions
from glmnn.report.schema import (
    ABOVE_ZERO,
    FLAT,
    NOT_NEGATIVE,
    OPTIONAL,
    SOME,
    Key,
    Narrowed,
    Number,
    Text,
    one_of,
    where,
)

EACH = where(minItems=len(MEASURES), maxItems=len(MEASURES))


@dataclass(frozen=True, kw_only=True)
class Model:
    """The model that the claim is held against."""

    formula: Annotated[Text, "As understood."]
    family: Annotated[str, "Family of distributions.", where(pattern=FAMILY)]
    link: Annotated[str, "Link function.", where(pattern=LINK)]
    terms: Annotated[Sequence[str], "Columns of the design, without those left out.", SOME]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What was claimed."""

    source: Annotated[Text, "File name, or --coef, or <stdin>."]
    kind: Annotated[Text, "What it was read as."]
    digits: Annotated[Text, "How precisely it is given."]
    coefficients: Annotated[
        Mapping[str, float],
        "By term, in the coding of the model; terms left out for collinearity are added to the others.",
        where(minProperties=1),
    ]


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient beside the maximum."""

    term: Annotated[Text, "Name of the term."]
    claimed: Annotated[float, "As claimed, in the coding of the model."]
    maximum: Annotated[float, "The estimate."]
    std_error: Annotated[Number, "Standard error of the estimate.", Key("std.error")]
    difference: Annotated[float, "Claimed minus maximum."]
    in_std_errors: Annotated[Number, "The difference in standard errors."]
    digits: Annotated[float, "Digits that agree.", where(minimum=0, maximum=16)]


@dataclass(frozen=True, kw_only=True)
class Test:
    """One measure of how far the claim is from the maximum."""

    name: Annotated[str, "What is measured.", one_of(*MEASURES)]
    value: Annotated[Number, "At the claim; null when not finite."]
    limit: Annotated[Number, "The most that right digits allow; null when they set no limit."]
    passed: Annotated[bool, "Whether the value is within the limit."]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """How far the claim is from the maximum, against what its digits allow."""

    coefficients: Annotated[Sequence[Coefficient], "Each coefficient.", SOME]
    distance: Annotated[Number, "Largest difference of a coefficient, in standard errors."]
    tolerance: Annotated[float, "Standard errors up to which a claim counts as the maximum.", ABOVE_ZERO]
    is_maximum: Annotated[bool, "Whether the claim is the maximum: correctly rounded, or within the tolerance."]
    correctly_rounded: Annotated[bool, "Whether every coefficient is the maximum, rounded to the digits claimed."]
    proved: Annotated[bool, "Whether is_maximum holds wherever the enclosure leaves room for the maximum."]
    enclosure: Annotated[Enclosure | None, "Proof of where the one maximum lies; null when there is none."]
    tests: Annotated[Sequence[Test], "Measures with their limits.", EACH]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that gives the maximum."""

    tool: Annotated[Text, "Tool or library."]
    call: Annotated[Text, "What to write there."]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A reason that fits, and how well."""

    cause: Annotated[
        str,
        "Short name, such as l2; two joined by + where two are at work.",
        where(pattern=r"^[a-z0-9_]+(\+[a-z0-9_]+)*$"),
    ]
    says: Annotated[Text, "The cause in a sentence."]
    strength: Annotated[float, "Digits by which it fits better than a wrong cause would by chance."]
    left: Annotated[float, "Joint standard errors that it does not explain.", NOT_NEGATIVE]
    of: Annotated[float, "Joint standard errors to be explained.", NOT_NEGATIVE]
    parameters: Annotated[Mapping[str, float], "Numbers recovered, such as lambda."]
    evidence: Annotated[Sequence[Text], "What was seen."]
    mend: Annotated[Sequence[Call], "Calls that give the maximum."]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The audit of one claim."""

    schema: Annotated[Literal["glmnn.audit/1"], "Name and version of this schema."] = "glmnn.audit/1"
    versions: Versions
    data: Data
    model: Model
    options: Annotated[
        AuditOptions, "The options as asked for, defaults filled in.", Narrowed({**MODEL_OPTIONS, "tol_se": ABOVE_ZERO})
    ]
    claim: Claim
    exit: Annotated[
        int, "Exit code: 0 the maximum, 1 not or not found, 3 no finite or unique maximum.", one_of(0, 1, 3)
    ]
    verdict: Annotated[str, "The verdict in a word.", one_of(*(item.name.lower() for item in Verdict))]
    said: Annotated[Sequence[Text], "The verdict in sentences.", SOME]
    notes: Annotated[Sequence[Text], "How the claim was read."]
    aliased: Annotated[Sequence[Text], "Columns left out because they are linear combinations of earlier ones."]
    separation: Annotated[str | None, "Why there is no finite maximum; null when there is no separation."]
    certificate: Annotated[Certificate | None, "The claim against the maximum; null where there is none."]
    causes: Annotated[
        Sequence[Cause],
        "Why the claim is not the maximum, the likeliest first; or why its last digits are not right.",
    ]
    proof: Annotated[ProofFile | None, "A proof of that; left out where none is asked for.", OPTIONAL] = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """A map that turns one claim into another."""

    cause: Annotated[str, "Short name.", where(pattern="^[a-z0-9_]+$")]
    says: Annotated[Text, "The map in a sentence."]


@dataclass(frozen=True, kw_only=True)
class Against:
    """The second claim, and what links the two."""

    audit: Annotated[Audit, "Its audit, as that of the first."]
    difference: Annotated[Sequence[float], "First claim minus second, each coefficient.", SOME]
    in_std_errors: Annotated[Sequence[Number] | None, "The same in standard errors; null where there are none.", SOME]
    links: Annotated[Sequence[Link], "Maps that turn the first into the second."]
    links_back: Annotated[
        Sequence[Link], "Maps that turn the second into the first, sought where there is none of the others."
    ]


@dataclass(frozen=True, kw_only=True)
class AuditDocument:
    """What `glmnn audit --json` writes.

    Numbers have as many digits as they need to be read back exactly; null stands for a number that does not exist or
    is not finite.
    """

    audit: Annotated[Audit, FLAT]
    against: Annotated[Against | None, "A second claim; null without --against."]
