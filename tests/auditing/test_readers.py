"""No reader raises anything but our errors, whatever is in the file: examples that did, and seeded mutations."""

import io
import time
import warnings
import zipfile
from contextlib import suppress

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import glmnn
import mutations
from glmnn.auditing.claims.names import match
from glmnn.auditing.claims.read import read_claim
from glmnn.data.sources.files import read_table
from glmnn.errors import DataError, GlmnnError, UsageError
from glmnn.fitting.build import make_run
from glmnn.fitting.options import FitOptions
from glmnn.locking.file import read_lock
from glmnn.models.evaluation import SecondOrder
from glmnn.options.toml import read_config
from glmnn.predicting.file import read_model


def npy(header, data=bytes(24)):
    """Return a .npy file with a header as it is given."""
    return b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode() + data


def tensors(shape, offsets="[0, 4]"):
    header = f'{{"weight": {{"dtype": "F32", "shape": {shape}, "data_offsets": {offsets}}}}}'.encode()
    return len(header).to_bytes(8, "little") + header + bytes(4)


@pytest.mark.parametrize(
    "text", ["x^2..3", "(x+g)**1.1.1", "x^..", "x**.", "(x+g)^1.", "C(contr.sum)", "C( contr.sum):x"]
)
def test_a_formula_that_cannot_be_read(tmp_path, text):
    (tmp_path / "data.csv").write_text("x,g,y\n1,a,0\n2,b,1\n3,a,1\n4,b,0\n")
    table = read_table(str(tmp_path / "data.csv"))
    with pytest.raises(UsageError, match="formula"):
        make_run(FitOptions(formula=f"y ~ {text}"), table)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b",", "no coefficients are recognised"),
        (b",,,\n;;\n\t", "no coefficients are recognised"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, }"), "'the array' is cut short or damaged"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,) "), "'the array' is cut short or damaged"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"), "cut short or damaged"),
        (npy("(" * 5000), "cut short or damaged"),
        (tensors("[true]"), "do not fit its shape"),
        (tensors("[1]", "[false, 4]"), "do not fit its shape"),
        (tensors("[1.0]"), "do not fit its shape"),
    ],
)
def test_a_claim_that_cannot_be_read(tmp_path, content, words):
    path = tmp_path / "coef.bin"
    path.write_bytes(content)
    with pytest.raises(GlmnnError, match=words):
        read_claim(str(path))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_damaged_anywhere(tmp_path, method):
    file, array = io.BytesIO(), io.BytesIO()
    np.save(array, np.arange(20.0))
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("coef_.npy", array.getvalue())
    whole, path = file.getvalue(), tmp_path / "coef.npz"
    for place in range(4, len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            read_claim(str(path))
        except GlmnnError as error:
            assert "coef.npz" in str(error)  # noqa: PT017


def test_an_array_of_python_2_is_read_without_a_warning(tmp_path):
    path = tmp_path / "coef.npy"
    path.write_bytes(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3L,), }"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_claim(str(path)).values.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "value", "row"),
    [
        (pyarrow.date32(), 2**31 - 1, 2),
        (pyarrow.date64(), -(2**62), 2),
        (pyarrow.duration("ms"), 2**62, 2),
        (pyarrow.timestamp("us"), 2**62, 2),
        (pyarrow.timestamp("us", "Mars/Olympus"), 1, 1),
        (pyarrow.timestamp("us", "+25:99"), 1, 1),
    ],
    ids=str,
)
def test_a_time_that_cannot_be_read_is_named(tmp_path, kind, value, row):
    storage = pyarrow.int32() if kind.bit_width == 32 else pyarrow.int64()
    times = pyarrow.array([0, value, 0], storage).view(kind)
    path = tmp_path / "data.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"when": times, "x": [1.0, 2.0, 3.0], "y": [0, 1, 0]}), path)
    with pytest.raises(
        DataError, match=rf"data\.parquet: row {row}, column 'when': a .*{kind.id and '.*'}cannot be read"
    ):
        read_table(str(path))


def read_options(path):
    return read_config(path, FitOptions).values


@pytest.mark.parametrize("read", [read_table, read_claim, read_lock, read_model, read_options])
@pytest.mark.parametrize("name", ["\ud800.csv", "a\0b", "x" * 5000, ".", "/", "missing/data.csv", ""])
def test_a_name_that_no_file_has(read, name):
    with pytest.raises(GlmnnError):
        read(name)


def seconds(read):
    """Return the processor time of reading, whether something comes of it or a refusal."""
    began = time.process_time()
    with suppress(GlmnnError):
        read()
    return time.process_time() - began


LONG = {
    "pairs": lambda n: ",".join(f"x{place}=0.5" for place in range(n // 8)),
    "one long name": lambda n: "x" * n + "=1",
    "brackets": lambda n: "(" * n + "=1",
    "quotes": lambda n: "'\"`" * (n // 3) + "=1",
    "commas": lambda n: "," * n,
    "digits": lambda n: "x=" + "1" * n,
    "digits, then a letter": lambda n: "x=" + "1" * n + "y",
    "numbers": lambda n: "0.25," * (n // 20) + "1",
    "prefixes": lambda n: "a__" * (n // 3) + "=1",
    "a vector of R": lambda n: "   a   b\n 0.5 0.6\n" * (n // 18),
    "a list": lambda n: "".join(f"x{place} 0.5\n" for place in range(n // 9)),
    "blanks": lambda n: "x=" + " " * n + "y",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LONG)
def test_reading_takes_time_in_proportion_to_the_text(tmp_path, kind):
    """A hundred times the text takes about a hundred times as long; with a square it would be ten thousand times."""
    path = tmp_path / "coef.txt"

    def read(size):
        path.write_text(LONG[kind](size))
        match(read_claim(str(path)), ("(Intercept)", "x"), {})

    read_small = min(seconds(lambda: read(10_000)) for _ in range(3))
    assert seconds(lambda: read(1_000_000)) < 1.5 + 400 * read_small
    assert seconds(lambda: match(read_claim(LONG[kind](1_000_000)), ("(Intercept)", "x"), {})) < 1.5 + 400 * read_small


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([f"{place}e307" for place in range(1, 9)], r"data\.csv:9, column 'x': 8e\+307, .* too large to compute with"),
        ([f"-{place}e160" for place in range(1, 9)], r"data\.csv:9, column 'x': -8e\+160, .* too large"),
        (
            [f"{place}e-320" for place in range(1, 9)],
            r"data\.csv:9, column 'x': 7\.99991e-320, .* too small to compute with",
        ),
        (["1e-301", "2e-301"] * 4, r"data\.csv:3, column 'x': 2e-301, .* too small"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"link": "cauchit"}, {"family": "gaussian"}, {"formula": "y ~ x"}], ids=str)
def test_a_column_beyond_what_can_be_computed_with_is_named(tmp_path, column, words, options):
    path = tmp_path / "data.csv"
    path.write_text("x,z,y\n" + "".join(f"{cell},{place % 3}e299,{place % 2}\n" for place, cell in enumerate(column)))
    with pytest.raises(DataError, match=words):
        make_run(FitOptions(**{"features": [] if "formula" in options else ["x"], **options}), read_table(str(path)))


def test_a_response_beyond_what_can_be_computed_with_is_named(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("x,y\n1,1e200\n2,3e200\n3,2e200\n")
    with pytest.raises(DataError, match=r"data\.csv:3, column 'y': 3e\+200, .* too large"):
        make_run(FitOptions(family="gaussian"), read_table(str(path)))


@pytest.mark.parametrize("power", [-300, -160, 100, 152])
def test_what_can_be_computed_with_is_not_refused(power):
    x = np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0]) * float(f"1e{power}")
    found = glmnn.fit({"x": x, "y": [0, 0, 1, 0, 1, 1]}, solver="fisher")
    assert found.coef["x"] * float(f"1e{power}") == pytest.approx(0.551776, abs=1e-6)


def test_a_very_wide_file_is_told_before_anything_is_computed():
    data = {f"x{place}": [0.0, 1.0, 2.0] for place in range(6000)}
    with pytest.raises(DataError, match="6000 columns for a model, but only 3 rows: there is no unique maximum"):
        glmnn.fit({**data, "y": [0, 1, 0]})


def test_an_information_that_is_not_finite_never_reaches_lapack(capfd):
    here = SecondOrder(3, 1.0, np.array([1.0, 2.0]), np.array([[1.0, np.inf], [np.inf, 1.0]]))
    assert np.all(np.isnan(here.scoring_step()))
    assert here.condition() == np.inf
    assert capfd.readouterr() == ("", "")


def foreign(name, number, path):
    """Return the seeds of the cases of a reader that end in anything but an answer or our error, or take too long."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed, content in mutations.cases(name, number):
            began = time.process_time()
            try:
                mutations.READERS[name].read(content, path)
            except GlmnnError as error:
                if not str(error) or len(str(error)) > 2000:
                    found.append(f"{seed}: {len(str(error))} characters")
            except Exception as error:
                found.append(f"{seed}: {error!r}"[:200])
            if time.process_time() - began > 2.0:
                found.append(f"{seed}: {time.process_time() - began:.1f} s")
    return found


@pytest.mark.parametrize("name", mutations.READERS)
def test_some_mutations_of_every_reader(tmp_path, name):
    assert foreign(name, 20 * mutations.READERS[name].share, tmp_path / "input") == []


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", mutations.READERS)
def test_a_hundred_thousand_mutations(tmp_path, name):
    """The shares of the readers add up to a hundred; every case is made anew by its seed, see `mutations.cases`."""
    assert sum(reader.share for reader in mutations.READERS.values()) == 100
    assert foreign(name, 1000 * mutations.READERS[name].share, tmp_path / "input") == []


def test_letters_that_are_none_are_refused(tmp_path):
    path = tmp_path / "coef.npz"
    labels = np.frombuffer(b"\xff\xff\xff\x7f" * 2, dtype="<U1")
    np.savez(path, coef_=np.array([[1.0, 2.0]]), feature_names_in_=labels)
    with pytest.raises(DataError, match="'feature_names_in_' is cut short or damaged"):
        read_claim(str(path))


@pytest.mark.parametrize("columns", ["80", "100", "140"])  # below, names may be cut
def test_the_report_of_a_fit_is_read_at_every_width(glmnn, tmp_path, columns, monkeypatch):
    """With its labels of factors and its bars, as somebody copies it from a screen."""
    model = ["data/infertility.csv", "--formula", "case ~ age + parity + education + spontaneous + induced"]
    monkeypatch.setenv("COLUMNS", columns)
    (tmp_path / "screen.txt").write_text(glmnn("fit", *model).out, encoding="utf-8")
    read = glmnn("audit", *model, "--coef", tmp_path / "screen.txt")
    assert read.code == 0
    assert read.out.startswith("● The maximum likelihood estimate, correctly rounded")
