"""Valid inputs of every reader, and seeded mutations of them: what a damaged disk or an enemy would send."""

# ruff: noqa: E501, SIM905

from __future__ import annotations

import contextlib
import datetime
import decimal
import gzip
import io
import json
import pickle
import random
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow
import pyarrow.parquet
import test_claims as claims
import tomli_w

import glmnn
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.names import match
from glmnn.auditing.claims.read import read_claim
from glmnn.auditing.options import AuditOptions
from glmnn.data.sources.files import read_table
from glmnn.data.table import Table
from glmnn.fitting.build import make_run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.locking.file import read_lock
from glmnn.options.toml import merge, read_config
from glmnn.predicting.file import read_model
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predict import predict

ROOT = Path(__file__).parents[2]
WORDS = [
    *"\0 \t \n \r \x0b \x1b \x7f \x80 \xff \u2028 \ufeff ² ½ ١ é \ud7ff ' \" ` , ; | : = ~ + - * / ^ ** % ( ) [ ] { } <".split(" "),
    *"0 -0 1 2 -1 1e308 -1e308 1e309 1e-320 5e-324 nan NaN inf -inf NA null true True None 1_000 0x10 1,5 1.2.3".split(),
    *"99999999999999999999 2147483648 -9223372036854775808 18446744073709551615 1e400 9" .split(),
    "9" * 400, "(" * 300, "[" * 3000, "{\"a\":" * 300, " " * 2000, "a" * 5000, "\n\n", "\r\n", '""', "''", "--", "..", "...",
]  # fmt: skip
TABLE_WORDS = [
    "x",
    "y",
    "z",
    "g",
    "x,y\n",
    "2020-01-01",
    "a b",
    '"a\nb"',
    '"',
    "#",
    "x\ty",
    "x;y",
    "x|y",
    "1;2",
    "TRUE",
]
FORMULA_WORDS = [
    "x", "z", "g", "y", "~", "C(g)", "C(x)", "`a b`", "x:z", "x*z", "poly(x, 2)", "bs(x, df=4)", "log(x)", "I(x**2)",
    "center(x)", "scale(z)", "C(g, contr.sum)", "C(g, contr.treatment(base='b'))", "^2", "**2", "^2..3", "**1.1.1", "- 1",
    "+ 0", ".", "x^z", "%in%", "exp(x)", "sqrt(", "1/x", "x/0", "x==1", "not", "lambda", "in", "if", "is", "__import__", "\\",
    "{x}", "x[0]", "x.y", "1e5", "0.5", "bs(x, knots=[1, 2])", "poly(x, degree=3, raw=True)", "'a'", "contr", "Intercept",
]  # fmt: skip
CLAIM_WORDS = [
    "(Intercept)", "x", "g[b]", "C(g)[T.b]", "Estimate", "Std. Error", "coef", "std err", "Coefficients:", "z value",
    "Coefficient", "Odds ratio", "dtype: float64", "Name: a, dtype: float64", "Length: 3, ", "array(", "tensor(", "c(", "[1]",
    "  0.5  0.1", "x=1", "x = 1,", "term", "estimate", "---+---", "|", "(base)", "1b.", "c.x#c.x", "<2e-16 ***", "…", "\u2212",
    ">>> ", "In [1]: ", "term,estimate\n", "x,0.5\n", "x 0.5\n", "x\t0.5\n", "\n", "intercept", "weight", "bias", "coef_",
]  # fmt: skip
CONFIG_WORDS = [
    "[", "]", "=", "'", '"', "format", "glmnn.lock/1", "glmnn.model/1", "family", "link", "power(2)", "tweedie", "[[", "levels",
    "negative_binomial", "alpha", "solver", "lr", "init", "true", "false", "inf", "nan", "-1", "2020-01-01", "{}", "[]", "\\u0000",
    "power(1e308)", "power(-0)", "power()", "multinomial", "hidden", "max_iter", "seed", "cluster:g", "HC0", "firth", "1e-320",
]  # fmt: skip


class Reader(NamedTuple):
    """How input of one kind comes about, and what reads it."""

    make: Callable[[random.Random], Any]  # a mutated input
    read: Callable[[Any, Path], None]  # reads it, with the path of a file to put it into
    share: int  # of a hundred cases


def mutated(text: bytes, words: list[str], others: list[bytes], rng: random.Random) -> bytes:
    """Return a text with one to six damages: bits, bytes, cuts, copies, words of the language, pieces of others."""
    data = bytearray(text)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3, 6))):
        place = rng.randrange(len(data) + 1)
        end = min(len(data), place + rng.choice((1, 2, 4, 16, 64)))
        match rng.randrange(10):
            case 0 if data:
                data[min(place, len(data) - 1)] ^= 1 << rng.randrange(8)
            case 1:
                data[place:end] = rng.randbytes(end - place)
            case 2:
                del data[place:end]
            case 3:
                del data[place:]
            case 4:
                data[place:place] = data[place:end] * rng.choice((1, 2, 50))
            case 5:
                other = rng.choice(others)
                cut = rng.randrange(len(other) + 1)
                data[place:] = other[cut:]
            case 6:
                lines = bytes(data).split(b"\n")
                a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[a], lines[b] = lines[b], lines[a]
                data[:] = b"\n".join(lines)
            case 7 | 8:
                data[place:place] = rng.choice(words).encode("utf-8", "surrogatepass")
            case 9:
                data[place:end] = rng.choice(words).encode("utf-8", "surrogatepass")
    return bytes(data)


def of_texts(
    texts: list[str | bytes], words: list[str], then: Callable[[bytes], bytes] = bytes
) -> Callable[..., bytes]:
    """Return a maker that damages one of some texts, and then perhaps packs it."""
    examples = [text.encode() if isinstance(text, str) else text for text in texts]

    def make(rng: random.Random) -> bytes:
        return then(mutated(rng.choice(examples), [*WORDS, *words, *words], examples, rng))

    return make


ODD = [
    True,
    False,
    None,
    -1,
    0,
    1.5,
    1e308,
    10**30,
    2**63,
    "",
    "x",
    [],
    {},
    [True],
    [[]],
    {"a": 1},
    [1.0],
    "1",
    "nan",
    -0.0,
]


def reshaped(content: Any, rng: random.Random) -> Any:
    """Return a copy of nested lists and mappings in which one value or key is another one, is gone or is there twice."""
    if isinstance(content, dict) and content and rng.random() < 0.85:
        key = rng.choice(list(content))
        match rng.randrange(8):
            case 0:
                return {name: value for name, value in content.items() if name != key}
            case 1:
                return {**content, rng.choice([*content, "x", "", "schema", "a" * 3000]): rng.choice(ODD)}
            case _:
                return {**content, key: reshaped(content[key], rng)}
    if isinstance(content, list) and content and rng.random() < 0.85:
        place = rng.randrange(len(content))
        match rng.randrange(6):
            case 0:
                return content[:place] + content[place + 1 :]
            case 1:
                return content + content[place:]
            case _:
                return [*content[:place], reshaped(content[place], rng), *content[place + 1 :]]
    return rng.choice(ODD)


def or_reshaped(
    make: Callable[..., bytes], texts: list[bytes], load: Callable[[bytes], Any], dump: Callable[[Any], str]
) -> Callable[..., bytes]:
    """Return a maker that every other time damages not the text but what it says."""

    def made(rng: random.Random) -> bytes:
        if rng.random() < 0.5:
            return make(rng)
        content = reshaped(load(rng.choice(texts)), rng)
        with contextlib.suppress(TypeError, ValueError, AttributeError):  # TOML has no null
            return dump(reshaped(content, rng) if rng.random() < 0.3 else content).encode("utf-8", "surrogatepass")
        return make(rng)

    return made


# --- tables ----------------------------------------------------------------------------------------------------------

CSV = "x,z,g,y\n1,0.5,a,0\n2,-1e-3,b,1\n3,2.25,a,0\n4,NA,b,1\n5,1e2,c,1\n6,0,c,0\n7,-3,a,1\n8,4.5,b,0\n"
TABLES = [
    CSV, CSV.replace(",", ";"), CSV.replace(",", "\t"), CSV.replace(",", "|"), "\ufeff" + CSV, CSV.replace("\n", "\r\n"),
    '"x","a b","y"\n"1","q, r","0"\n"2","q","1"\n3,"s\nt",1\n4,q,0\n', "y\n1\n0\n\n1\n",
    CSV.encode("utf-16"), "x;y\n1,5;0\n2,5;1\n3,5;0\n",
]  # fmt: skip


def read_rows(raw: bytes, path: Path) -> None:
    """Read a table, and make a design of it as a fit would."""
    path.write_bytes(raw)
    table = read_table(str(path))
    for column in table.columns.values():
        assert len(column.missing) == table.rows
        assert column.numbers is not None or len(column.labels) == table.rows
    target = "y" if "y" in table.columns else next(iter(table.columns))
    numbers = [name for name, column in table.columns.items() if column.numbers is not None and name != target]
    make_run(FitOptions(target=target, features=numbers, family="gaussian", na="drop"), table)


def zipped(raw: bytes) -> bytes:
    return gzip.compress(raw, 1)


def damaged_gzip(rng: random.Random) -> bytes:
    raw = rng.choice(TABLES)
    return mutated(zipped(raw if isinstance(raw, bytes) else raw.encode()), WORDS, [zipped(CSV.encode())], rng)


def _parquet(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), file, **options)
    return file.getvalue()


KINDS = (
    pyarrow.date32(), pyarrow.date64(), pyarrow.time32("s"), pyarrow.time64("us"), pyarrow.float16(), pyarrow.binary(),
    *(pyarrow.timestamp(unit) for unit in ("s", "ms", "us", "ns")), *(pyarrow.duration(unit) for unit in ("s", "ms", "us", "ns")),
    *(pyarrow.timestamp("us", zone) for zone in ("UTC", "Europe/Vienna", "Mars/Olympus", "+25:99", "", "+07:30")),
    pyarrow.int64(), pyarrow.uint64(), pyarrow.float32(), pyarrow.bool_(), pyarrow.null(),
)  # fmt: skip
PARQUETS = [
    _parquet({"x": [1.0, 2.0, 3.0, 4.0], "g": ["a", "b", None, "a"], "y": [0, 1, 1, 0]}),
    _parquet({"x": [datetime.date(2020, 1, day) for day in (1, 2, 3)], "y": [True, False, True]}, compression="gzip"),
    _parquet({"x": [decimal.Decimal("1.5"), decimal.Decimal("2.5")], "y": [{"a": 1}, {"a": 2}], "z": [[1], [2, 3]]}),
    _parquet({"x": pyarrow.array(["a", "b", "a"]).dictionary_encode(), "y": [0, 1, 0]}, compression="none"),
]


def odd_parquet(rng: random.Random) -> bytes:
    """Return a sound file of odd types and extreme values, or a damaged one of common types."""
    if rng.random() < 0.5:
        return mutated(rng.choice(PARQUETS), WORDS, PARQUETS, rng)
    columns: dict[str, Any] = {"y": pyarrow.array([0, 1, 0])}
    for name in "xzg"[: rng.randrange(1, 4)]:
        kind = rng.choice(KINDS)
        try:
            width = kind.bit_width
        except ValueError:
            width = 64
        cells = [
            rng.choice((0, 1, -1, 10 ** rng.randrange(19), rng.randrange(-(2 ** (width - 1)), 2 ** (width - 1))))
            for _ in range(3)
        ]
        whole = pyarrow.array(
            [cell % 2 ** (width - 1) for cell in cells], pyarrow.int32() if width == 32 else pyarrow.int64()
        )
        try:
            columns[name] = whole.view(kind)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError):
            columns[name] = pyarrow.array([None, b"a" if pyarrow.types.is_binary(kind) else None, None], kind)
    try:
        return _parquet(columns)
    except pyarrow.ArrowInvalid:  # Parquet has no timestamps in seconds, and their thousandfold can be too large
        return mutated(PARQUETS[0], WORDS, PARQUETS, rng)


# --- claims ----------------------------------------------------------------------------------------------------------

NAMES = ("(Intercept)", "x", "C(g)[T.b]", "C(g)[T.c]", "x:z")
LEVELS = {"g": ("a", "b", "c")}
LISTINGS = [
    value for value in vars(claims).values() if isinstance(value, str) and "\n" in value and "Claims are" not in value
]
PAIRS = [
    "(Intercept)=-3.11,x=0.478", "1.5,-2,3e-4", "(Intercept)=1, C(g, Treatment('b'))[T.a]=2, `a,b`=3", "x=1,", "0.5",
    "b0=1,x=2,g[b]=3,g[c]=4,x:z=5",
]  # fmt: skip
DELIMITED = [
    "term,estimate,std.error\n(Intercept),1.5,0.1\nx,0.25,0.2\n", "name;coef\nx;1,5\n", "x\t0.5\nz\t1.5\n", ",0\nconst,1\nx,2\n",
    "(Intercept),x,z\n1,2,3\n", "solver,term,estimate\nfisher,x,1\ngd,x,2\n", "1,2,3\n",
]  # fmt: skip
DOCUMENTS = [
    json.dumps(content)
    for content in (
        {"(Intercept)": -3.11, "x": 0.478}, [1.5, 2, 3e-4], [{"term": "x", "estimate": 0.5}, {"term": "(Intercept)", "estimate": 1}],
        {"coef_": [[0.5, 1.5]], "intercept_": [0.1], "feature_names_in_": ["x", "z"]}, {"params": {"x": {"0": 1.0}}},
        {"schema": "glmnn.fit/1", "inference": {"coefficients": [{"term": "x", "estimate": 0.5}]}},
        {"schema": "glmnn.fit/1", "solvers": [{"solver": "gd", "coefficients": {"x": 0.5}}]},
        {"layer.weight": [[0.5, 1.5]], "layer.bias": [0.1]}, {"x": [1.0], "z": [2.0]}, {"0": 1.0, "1": 2.0},
    )
]  # fmt: skip
PICKLES = [pickle.dumps({"x": [1.0, 2.0]}, protocol) for protocol in range(6)]


def _saved(array: Any, write: Callable[..., None] = np.save) -> bytes:
    file = io.BytesIO()
    write(file, array)
    return file.getvalue()


ARRAYS = [
    _saved(np.array([1.5, -2.0, 3.0])), _saved(np.array([[1.5, -2.0]], dtype=np.float32)), _saved(np.array(["x", "y"])),
    _saved(np.array([1, 2])), _saved(np.asfortranarray(np.ones((2, 3)))), _saved(np.array(0.5)), _saved(np.array([1, "a"], dtype=object)),
]  # fmt: skip
HEADER_WORDS = [
    "'descr': '<f8'", "'fortran_order': False", "'shape': (3,)", "(1000000000000,)", "(1L,)", "(-1,)", "(True,)", "(0, 1000000)", "'<U99'",
    "'|O'", "'<M8[ns]'", "[('a', '<f8')]", "'<f16'", "'>f8'", "(", ")", "{", "}", "'", ",", "(3", "1.5", "None", "'V8'", "b''", "x",
]  # fmt: skip


def npy_with_header(rng: random.Random) -> bytes:
    """Return an array whose header is damaged but of the length that it says; one in three is damaged anywhere."""
    if rng.random() < 0.3:
        return mutated(rng.choice(ARRAYS), WORDS, ARRAYS, rng)
    raw = rng.choice(ARRAYS)
    length = int.from_bytes(raw[8:10], "little")
    header = mutated(raw[10 : 10 + length].strip(), HEADER_WORDS, [raw[10 : 10 + length]], rng)
    version = rng.choice((b"\x01\0", b"\x01\0", b"\x02\0", b"\x03\0", b"\x04\0"))
    size = 2 if version == b"\x01\0" else 4
    header = header[: 2 ** (8 * size) - 1] if size == 2 else header
    return raw[:6] + version + len(header).to_bytes(size, "little") + header + raw[10 + length :]


def archive(rng: random.Random) -> bytes:
    """Return a zip of arrays of which the inside or the outside is damaged, in any compression."""
    file = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    inside = rng.random() < 0.4
    names = rng.sample(
        ["weight", "bias", "coef_", "intercept_", "feature_names_in_", "x", "arr_0", "arr_1", "a\0b", "é"], 2
    )
    with zipfile.ZipFile(file, "w", method) as made:
        for name in names:
            made.writestr(f"{name}.npy", npy_with_header(rng) if inside else rng.choice(ARRAYS))
    return file.getvalue() if inside else mutated(file.getvalue(), WORDS, [file.getvalue()], rng)


def safetensors(rng: random.Random) -> bytes:
    """Return a safetensors file with a header that is damaged but as long as it says; a part is damaged anywhere."""
    header = json.dumps(
        {"weight": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}, "bias": {"dtype": "F64", "shape": [1], "data_offsets": [8, 16]}}
    ).encode()  # fmt: skip
    data = np.array([0.5, 1.5], dtype="<f4").tobytes() + np.array([0.25]).tobytes()
    if rng.random() < 0.7:
        words = [
            "[true]",
            "true",
            "[1.0]",
            "1e3",
            "null",
            "[]",
            "-1",
            "[0]",
            '"F16"',
            '"BF16"',
            "{}",
            '"__metadata__"',
            "[[1]]",
        ]
        header = mutated(header, [*words, *WORDS[:60]], [header], rng)
        return len(header).to_bytes(8, "little") + header + data
    whole = len(header).to_bytes(8, "little") + header + data
    return mutated(whole, WORDS, [whole], rng)


def read_coefficients(raw: bytes, path: Path) -> None:
    """Read a claim from a file, and match it to a design."""
    path.write_bytes(raw)
    claim = read_claim(str(path))
    assert np.all(np.isfinite(claim.values))
    _match(claim)


def read_pairs(raw: bytes, path: Path) -> None:
    """Read a claim from a text, as a shell hands it over, and match it to a design."""
    _match(read_claim(raw.decode("utf-8", "surrogateescape")))


def _match(claim: Claim) -> None:
    """Match a claim to a design that has its names, and to one that need not."""
    own = tuple(dict.fromkeys(name or f"x{place}" for place, name in enumerate(claim.names)))
    match(claim, own, {"g": ("a", "b")})
    match(claim, NAMES, LEVELS)


# --- files of glmnn --------------------------------------------------------------------------------------------------

LOCKS = [(ROOT / "configs/locks" / name).read_bytes() for name in ("primes.toml", "warpbreaks.toml")]
CONFIGS = [path.read_bytes() for path in sorted((ROOT / "configs").glob("*.toml"))] + [
    b'target = "y"\nfamily = "tweedie"\npower = 1.5\nlink = "power(0.5)"\nref = ["g=b"]\nl2 = 0.5\nlevel = 0.9\n',
    b'formula = "y ~ x + C(g)"\nsolver = ["fisher", "sgd"]\nlr = "0.1"\ninit = "0.1,-2"\nbatch-size = 4\ncov = "cluster:g"\n',
]


def read_locked(raw: bytes, path: Path) -> None:
    """Read a lock file."""
    path.write_bytes(raw)
    read_lock(str(path))


def read_configured(raw: bytes, path: Path) -> None:
    """Read a configuration for two commands, and make what can be made of it without data."""
    path.write_bytes(raw)
    options, _, _ = merge(read_config(str(path), FitOptions), {}, FitOptions)
    make_spec(options)
    make_run(options, TABLE)
    merge(read_config(str(path), AuditOptions), {}, AuditOptions)


def read_predictor(raw: bytes, path: Path) -> None:
    """Read a model and predict with it."""
    path.write_bytes(raw)
    with np.errstate(all="ignore"):
        predict(read_model(str(path)), TABLE, PredictOptions(na="keep"))


FORMULAS = [
    "y ~ x + C(g)", "y ~ x*z - 1", "y ~ poly(x, 2) + bs(z, df=4)", "y ~ (x + z + g)^2", "y ~ C(g, contr.sum):x", "y ~ .",
    "y ~ I(x**2) + log(x)", "y ~ `a b` + center(x)", "y ~ x + 0", "y ~ 1", "y ~ C(x > 2) + scale(z)", "y ~ x %in% z + x/z",
]  # fmt: skip


def read_formula(raw: bytes, path: Path) -> None:
    """Make the design of a formula."""
    with np.errstate(all="ignore"):
        make_run(FitOptions(formula=raw.decode("utf-8", "replace"), family="gaussian"), TABLE)


def make_rows() -> Table:
    """Return the rows that formulas, configurations and models are tried on."""
    rows = [f"{1 + k % 7},{0.5 * k - 2},{'abc'[k % 3]},{k % 5},{k % 2}" for k in range(24)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text("\n".join(["x,z,g,a b,y", *rows]))
        return read_table(str(path))


TABLE = make_rows()


def models() -> list[bytes]:
    """Return model files of each kind, fitted to the rows that formulas are tried on."""
    data = {
        name: column.numbers if column.numbers is not None else list(column.cells)
        for name, column in TABLE.columns.items()
    }
    made = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        for options in (
            {"formula": "y ~ x + C(g) + poly(z, 2)"}, {"formula": "g ~ x + z", "family": "multinomial"},
            {"features": "x,z", "family": "gaussian"}, {"formula": "y ~ bs(z, df=4) + x"},
        ):  # fmt: skip
            glmnn.fit(data, solver="fisher", **options).save(path)
            made.append(path.read_bytes())
    return made


def from_toml(text: bytes) -> Any:
    """Return what a TOML file says."""
    return tomllib.loads(text.decode())


MODELS = models()
READERS: dict[str, Reader] = {
    "csv": Reader(of_texts(TABLES, TABLE_WORDS), read_rows, 14),
    "csv.gz": Reader(of_texts(TABLES, TABLE_WORDS, zipped), read_rows, 3),
    "damaged gzip": Reader(damaged_gzip, read_rows, 5),
    "parquet": Reader(odd_parquet, read_rows, 8),
    "npy": Reader(npy_with_header, read_coefficients, 8),
    "npz": Reader(archive, read_coefficients, 8),
    "safetensors": Reader(safetensors, read_coefficients, 7),
    "pickle": Reader(of_texts(PICKLES, CLAIM_WORDS), read_coefficients, 2),
    "claim, JSON": Reader(
        or_reshaped(of_texts(DOCUMENTS, CLAIM_WORDS), DOCUMENTS, json.loads, json.dumps), read_coefficients, 7
    ),
    "claim, CSV": Reader(of_texts(DELIMITED, CLAIM_WORDS), read_coefficients, 7),
    "claim, printed": Reader(of_texts(LISTINGS, CLAIM_WORDS), read_coefficients, 9),
    "--coef": Reader(of_texts(PAIRS, CLAIM_WORDS), read_pairs, 6),
    "lock": Reader(or_reshaped(of_texts(LOCKS, CONFIG_WORDS), LOCKS, from_toml, tomli_w.dumps), read_locked, 4),
    "config": Reader(
        or_reshaped(of_texts(CONFIGS, CONFIG_WORDS), CONFIGS, from_toml, tomli_w.dumps), read_configured, 4
    ),
    "model": Reader(or_reshaped(of_texts(MODELS, CONFIG_WORDS), MODELS, json.loads, json.dumps), read_predictor, 3),
    "formula": Reader(of_texts(FORMULAS, FORMULA_WORDS), read_formula, 5),
}


def cases(name: str, number: int) -> Iterator[tuple[int, Any]]:
    """Yield seed and input of the cases of a reader."""
    for seed in range(number):
        yield seed, READERS[name].make(random.Random(f"{name} {seed}"))
