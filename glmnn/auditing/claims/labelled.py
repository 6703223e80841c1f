"""Weights and bias as they are printed one after the other, with names before them or without."""

from __future__ import annotations

import re

import numpy as np

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.neuron import looks_like_neuron, neuron
from glmnn.auditing.claims.pairs import looks_like_pairs, read_pairs
from glmnn.auditing.claims.written import NUMBER, Stored, claim_of, read_numbers

LARGEST = 200_000  # characters
STORAGE = re.compile(r"\bdtype=[\w.]+|\bgrad_fn=<[^<>]*>|\brequires_grad=\w+|\bdevice='[^']*'|\bsize=\([^()]*\)")
CALLS = re.compile(
    r"\b(?:np\.|torch\.)?(?:array|tensor|float64|float32)\(|Parameter containing:|[()]|,(?=\s*[)\]]|\s*$)"
)
ROW = r"\[[^\[\]]*\]"
PIECE = re.compile(
    rf"\s*(?:([A-Za-z_][\w.' ]{{0,60}}?)\s*[:=]?\s*)?(\[\s*{ROW}(?:[\s,]*{ROW})*\s*\]|{ROW}|{NUMBER})\s*[,;]?"
)
ITEM = re.compile(rf"\$(`[^`]+`|[\w.]+)\s*\n\[1\]\s+({NUMBER}|NA)\s*")


def read_labelled(text: str, source: str) -> Claim | None:
    """Return the claim of weights and a bias that are printed side by side, or of a named vector or list of R.

    Raises
    ------
    UsageError, DataError
        If they are of more than a single neuron, or a value is not finite.
    """
    if len(text) > LARGEST:
        return None
    vector = re.fullmatch(r"\s*(?:\w+\s*<-\s*)?c\((.*)\)\s*", text, re.DOTALL)
    if vector is not None:
        inside = " ".join(vector.group(1).split())
        return read_pairs(inside, source) if looks_like_pairs(inside) else None
    if text.lstrip().startswith("$"):
        items = ITEM.findall(text)
        whole = "".join(ITEM.sub("", text).split()) == ""
        return (
            claim_of(source, "R list", [(name.strip("`"), value) for name, value in items]) if items and whole else None
        )
    pieces = _pieces(text)
    if len(pieces) != 2:
        return None
    names = [name.strip().replace(" ", "_").lower() for name, _ in pieces]
    deep = [written.startswith("[") + bool(re.match(r"\[\s*\[", written)) for _, written in pieces]
    if names == ["", ""] and deep[0] != deep[1]:
        names = ["coef_", "intercept_"] if deep[0] > deep[1] else ["intercept_", "coef_"]
    if names[0] == names[1] or not looks_like_neuron(names) or deep == [0, 0]:
        return None
    return neuron(source, _stored(source, dict(zip(names, (written for _, written in pieces), strict=True))))


def _pieces(text: str) -> list[tuple[str, str]]:
    """Return names and arrays if a text is nothing else; of more than a few the rest is not looked at."""
    plain = CALLS.sub(" ", STORAGE.sub(" ", text)).strip()
    # a run of white space could be shared out among the parts of a piece in very many ways
    plain = re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", plain))
    pieces: list[tuple[str, str]] = []
    place = 0
    while place < len(plain) and len(pieces) < 4:
        match = PIECE.match(plain, place)
        if match is None or match.end() == place:
            return []
        pieces.append((match.group(1) or "", match.group(2)))
        place = match.end()
    return pieces


def _stored(source: str, written: dict[str, str]) -> dict[str, Stored]:
    """Return arrays of the numbers in brackets, whichever signs stand between them."""
    rows = {
        name: [re.findall(NUMBER, row) for row in re.findall(r"[^\[\]]+", text) if row.strip(" ,\n\t")]
        for name, text in written.items()
    }
    flat = [(name, number) for name, parts in rows.items() for row in parts for number in row]
    numbers = read_numbers(source, [name for name, _ in flat], [number for _, number in flat], shortest=True)
    stored: dict[str, Stored] = {}
    begin = 0
    for name, parts in rows.items():
        size = sum(map(len, parts))
        values, halves = numbers.values[begin : begin + size], numbers.half_units[begin : begin + size]
        even = len({*map(len, parts)}) == 1 and len(parts) > 1
        shape = (len(parts), -1) if even else (size,)
        stored[name] = Stored(np.reshape(values, shape), np.reshape(halves, shape), numbers.single)
        begin += size
    return stored
