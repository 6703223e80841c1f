"""Coefficients from a file or a text: what it is, is decided by what is in it and never by its name."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from glmnn.auditing.claims.arrays import is_safetensors, read_npy, read_safetensors, read_zip
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.pairs import is_bare, read_pairs
from glmnn.auditing.claims.texts import FORMATS, read_text
from glmnn.errors import DataError, UsageError, printable, quoted, unreadable

LARGEST = 50_000_000  # bytes
ENDINGS = (".json", ".csv", ".tsv", ".txt", ".npy", ".npz", ".safetensors", ".log")
EXPORTS = {
    "PyTorch": "np.savez('coef.npz', **{k: v.numpy() for k, v in model.state_dict().items()})",
    "Keras": "np.savez('coef.npz', *model.get_weights())",
    "scikit-learn": (
        "json.dump({'coef_': model.coef_.tolist(), 'intercept_': model.intercept_.tolist(), "
        "'feature_names_in_': list(model.feature_names_in_)}, open('coef.json', 'w'))"
    ),
}
TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # of files that PyTorch wrote before it used zip


def read_claim(text_or_path: str, max_unpacked: float | None = None) -> Claim:
    """Return the coefficients in a file, on standard input (``-``) or in a text such as ``(Intercept)=-3.1,x=0.5``.

    Parameters
    ----------
    text_or_path : str
        A file that exists is a file, whatever its name looks like.
    max_unpacked : float, optional
        Megabytes to which the arrays of a zip may grow; without it 50.

    Raises
    ------
    UsageError
        If the format is not one that can be read safely; the message says how to write one that can.
    DataError
        If the file cannot be read, or holds what is not a finite number.
    """
    if not text_or_path.strip() or "\0" in text_or_path:
        raise UsageError(f"--coef {quoted(text_or_path)}: give a file, or NAME=VALUE pairs with commas between them")
    if text_or_path != "-" and not _is_file(text_or_path) and ("=" in text_or_path or is_bare(text_or_path)):
        return read_pairs(text_or_path)
    source = "<stdin>" if text_or_path == "-" else printable(text_or_path)
    raw = _read_bytes(text_or_path)
    if len(raw) > LARGEST:
        raise DataError(
            f"{source}: more than {LARGEST // 1_000_000} MB: this is not a file of coefficients of one model"
        )
    return _read(raw, source, max_unpacked)


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # longer than any file name, or with half a surrogate pair
        return False


def _read_bytes(path: str) -> bytes:
    if path == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise DataError("nothing on standard input: pipe coefficients in, or give a path instead of -")
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise DataError(unreadable(path, error, *ENDINGS)) from None


def _read(raw: bytes, source: str, max_unpacked: float | None) -> Claim:
    if not raw.strip():
        raise DataError(f"{source}: the file is empty")
    if not is_safetensors(raw):
        _refuse_pickles(raw, source)
    binary = raw[:4] == b"PK\x03\x04" or raw[:6] == b"\x93NUMPY" or is_safetensors(raw)
    if binary and source == "<stdin>":
        raise UsageError("binary data on standard input: give the path of the file instead of -")
    if raw[:4] == b"PK\x03\x04":
        return read_zip(raw, source, _refusal, max_unpacked)
    if raw[:6] == b"\x93NUMPY":
        return read_npy(raw, source)
    if is_safetensors(raw):
        return read_safetensors(raw, source)
    return read_text(_decoded(raw, source), source)


def _refuse_pickles(raw: bytes, source: str) -> None:
    """Refuse what can only be read by running what is in it."""
    text_pickle = re.match(rb"c[\w.]+\n\w+\n|\([dl]p?\d*\n", raw) and raw.rstrip().endswith(b".")
    if (raw[:1] == b"\x80" and b"\x02" <= raw[1:2] <= b"\x05") or text_pickle:
        torch = TORCH_MAGIC in raw[:64] or b"torch" in raw[:10_000]
        raise UsageError(_refusal(source, "a pickle", "PyTorch" if torch else "scikit-learn"))
    if raw[:8] == b"\x89HDF\r\n\x1a\n":
        raise UsageError(_refusal(source, "an HDF5 file", "Keras"))
    if raw[:2] == b"\x1f\x8b":
        raise UsageError(f"{source}: compressed with gzip: unpack it first")


def _refusal(source: str, what: str, tool: str) -> str:
    runs = " (reading one can run any code)" if "pickle" in what else ""
    return f"{source}: {what} is not read{runs}: export the numbers from {tool} with {EXPORTS[tool]}"


def _decoded(raw: bytes, source: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{source}: the text is UTF-16; save it as UTF-8")
    if re.search(rb"[\x00-\x06\x0e-\x1a]", raw):
        raise DataError(f"{source}: binary data of no known kind (a compressed pickle?); understood are {FORMATS}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{source}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8; save it as UTF-8") from None
