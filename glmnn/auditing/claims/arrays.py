"""NumPy and safetensors files, read byte by byte: nothing in them is ever unpickled."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from math import prod
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.neuron import flat, looks_like_neuron, neuron
from glmnn.auditing.claims.written import Stored
from glmnn.data.sources.raw import check_size
from glmnn.errors import DataError, GlmnnError, UsageError, listed, printable, quoted

KIND = "NumPy array"
LARGEST = 50_000_000  # bytes in all arrays of a file together, unless more are asked for
ENTRY, MOST_ENTRIES = b"PK\x01\x02", 10_000  # what begins an entry in the directory of a zip
BITS: dict[str, tuple[np.dtype[Any], int | None]] = {
    "F16": (np.dtype("<f2"), 11),
    "BF16": (np.dtype("<u2"), 8),
    "F32": (np.dtype("<f4"), 24),
    "F64": (np.dtype("<f8"), None),
}
SHORT = {
    2: 11,
    4: 24,
}  # significant bits of float16 and float32 by their bytes


def read_npy(raw: bytes, source: str) -> Claim:
    """Return the claim of a ``.npy`` file.

    Raises
    ------
    DataError, UsageError
        If it is damaged, or is not numbers of one neuron.
    """
    return flat(source, KIND, "the array", _stored(_array(raw, source, "the array"), source, "the array"))


def read_zip(
    raw: bytes, source: str, refusal: Callable[[str, str, str], str], max_unpacked: float | None = None
) -> Claim:
    """Return the claim of a ``.npz`` file: weights and bias, or one array, or numbers by name.

    Raises
    ------
    UsageError
        If it is another kind of zip; `refusal` words it for those with pickles or HDF5 in them.
    DataError
        If it is damaged.
    """
    arrays: dict[str, NDArray[Any]] = {}
    if raw.count(ENTRY) > MOST_ENTRIES:
        raise DataError(f"{source}: more than {MOST_ENTRIES} arrays: this is not a file of coefficients of one model")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            inside = [entry.filename for entry in entries]
            if any(name.rpartition("/")[2] == "data.pkl" for name in inside):
                raise UsageError(refusal(source, "a PyTorch file (a pickle in a zip)", "PyTorch"))
            if any(name.endswith(".h5") for name in inside):
                raise UsageError(refusal(source, "a Keras file (HDF5 in a zip)", "Keras"))
            if not inside or not all(name.endswith(".npy") for name in inside):
                raise UsageError(f"{source}: a zip without NumPy arrays (it has {listed(inside, 4)})")
            check_size(sum(entry.file_size for entry in entries), len(raw), source, max_unpacked, LARGEST)
            for entry in entries:
                name = entry.filename.removesuffix(".npy")
                arrays[name] = _array(archive.read(entry), source, name)
    except GlmnnError:
        raise
    except Exception as error:  # each way to pack has exceptions of its own for what is damaged
        raise DataError(f"{source}: cut short or damaged ({printable(error)[:200]})") from None
    return _of_arrays(source, arrays)


def _of_arrays(source: str, arrays: dict[str, NDArray[Any]]) -> Claim:
    features: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    for key in ("feature_names_in_", "feature_names_in", "feature_names"):
        if key in arrays:
            labels = arrays.pop(key)
            if labels.dtype.kind == "U":
                features = _texts(labels, source, key)
            else:
                notes = (f"{key} is a pickled array and was not read; write it as np.array(names, dtype=str)",)
    stored = {name: _stored(array, source, name) for name, array in arrays.items()}
    if not stored:
        raise DataError(f"{source}: there is no coefficient in it")
    single_values = all(array.values.ndim == 0 for array in stored.values())
    lone = len(stored) == 1 and not ({"weight", "coef_"} & {*stored})
    if lone and not single_values:
        name, array = next(iter(stored.items()))
        return flat(source, KIND, name, array)
    if not single_values and looks_like_neuron(tuple(stored)):
        return neuron(source, stored, features, notes)
    if any(array.values.size != 1 for array in stored.values()):
        raise UsageError(f"{source}: the arrays {listed(stored)} are not the weights and bias of a single neuron")
    values = np.array([array.values.item() for array in stored.values()])
    halves = np.array([array.half_units.item() for array in stored.values()])
    for name, value in zip(stored, values, strict=True):
        if not np.isfinite(value):
            raise DataError(f"{source}: {quoted(name)} is {value:g}: it must be finite")
    return Claim(source, KIND, tuple(stored), values, halves, any(array.single for array in stored.values()))


def _texts(labels: NDArray[Any], source: str, name: str) -> tuple[str, ...]:
    try:
        return tuple(map(str, labels.ravel().tolist()))
    except Exception:  # four bytes that are no letter end in a SystemError
        raise DataError(f"{source}: {quoted(name)} is cut short or damaged (its letters are none)") from None


def _array(raw: bytes, source: str, name: str) -> NDArray[Any]:
    """Return the array of a .npy file; one of objects comes back empty and is refused where it is used."""
    file = io.BytesIO(raw)
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        with catch_warnings():
            simplefilter("ignore")  # that Python 2 wrote the header
            shape, columns_first, kind = read(file)
        if kind.hasobject:
            return np.empty(0, dtype=object)
        values = np.frombuffer(raw, dtype=kind, count=prod(shape), offset=file.tell()) if prod(shape) else np.empty(0)
        return values.reshape(shape, order="F" if columns_first else "C")
    except Exception as error:  # NumPy reads the header as Python, which has many words for what it is not
        reason = printable(str(error).split("\n")[0])[:100]
        raise DataError(f"{source}: {quoted(name)} is cut short or damaged ({reason})") from None


def _stored(array: NDArray[Any], source: str, name: str) -> Stored:
    if array.dtype.kind == "O":
        raise UsageError(f"{source}: {quoted(name)} holds pickled objects, which are not read; save plain numbers")
    if array.dtype.kind not in "fiu":
        raise DataError(f"{source}: {quoted(name)} holds {array.dtype}, not numbers")
    return _with_units(array.astype(float), SHORT.get(array.dtype.itemsize) if array.dtype.kind == "f" else None)


def _with_units(values: NDArray[np.float64], bits: int | None) -> Stored:
    """Return values with half a unit in the last place; `bits` are the significant ones of a short float."""
    with np.errstate(invalid="ignore"):
        if bits is None:
            return Stored(values, np.spacing(np.abs(values)) / 2.0)
        exponents = np.where(values == 0, -125, np.frexp(values)[1])  # zero is as exact as the smallest number
        return Stored(values, np.ldexp(0.5, exponents - bits), single=True)


def is_safetensors(raw: bytes) -> bool:
    """Say whether the bytes begin like a safetensors file: a length with zero bytes in it, then a JSON object."""
    return raw[8:9] == b"{" and b"\0" in raw[:8]


def read_safetensors(raw: bytes, source: str) -> Claim:
    """Return the claim of a safetensors file.

    Raises
    ------
    DataError
        If the header or an offset contradicts the size of the file.
    UsageError
        If it holds more than a single neuron.
    """
    length = int.from_bytes(raw[:8], "little")
    if length > len(raw) - 8:
        raise DataError(f"{source}: cut short: its header should have {length} bytes, but {len(raw) - 8} follow")
    try:
        header = json.loads(raw[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}: the header is not readable ({printable(error)})") from None
    if not isinstance(header, dict):
        raise DataError(f"{source}: the header is not a JSON object")
    data = raw[8 + length :]
    tensors = {name: _tensor(data, entry, source, name) for name, entry in header.items() if name != "__metadata__"}
    if not tensors:
        raise DataError(f"{source}: there is no tensor in it")
    if len(tensors) == 1 and not looks_like_neuron(tuple(tensors)):
        return flat(source, "PyTorch state_dict", *next(iter(tensors.items())))
    return neuron(source, tensors)


def _tensor(data: bytes, entry: object, source: str, name: str) -> Stored:
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(begin), int(end)]}:
            pass
        case _:
            raise DataError(f"{source}: {quoted(name)} has no dtype, shape and data_offsets")
    if kind not in BITS:
        raise DataError(f"{source}: {quoted(name)} has the type {quoted(kind)}; F16, BF16, F32 and F64 can be read")
    dtype, bits = BITS[kind]
    sizes = [size for size in shape if type(size) is int and 0 <= size <= LARGEST]
    fits = type(begin) is type(end) is int  # true and false are whole numbers to Python
    fits = fits and len(sizes) == len(shape) and 0 <= begin <= end <= len(data)
    if not fits or end - begin != prod(sizes) * dtype.itemsize or len(shape) > 8:
        raise DataError(f"{source}: the offsets of {quoted(name)} do not fit its shape and the size of the file")
    array = np.frombuffer(data[begin:end], dtype=dtype)
    if kind == "BF16":
        array = (array.astype("<u4") << 16).view("<f4")
    return _with_units(array.astype(float).reshape(sizes), bits)
