"""Compressed input grows no further than is allowed; the message names file, size, limit and option."""

import gzip
import io
import zipfile

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import glmnn
from glmnn.auditing.claims.read import read_claim
from glmnn.data.sources import raw
from glmnn.data.sources.files import read_table
from glmnn.errors import DataError, GlmnnError, UsageError

ROWS = b"x,y\n" + b"1,0\n2,1\n3,0\n4,1\n" * 5_000  # 80 kB, of which gzip leaves half a hundredth


@pytest.fixture
def small(monkeypatch):
    """Make the limits small, so that the tests are quick: 1 MB, and 50 kB for what grows 100-fold."""
    monkeypatch.setattr(raw, "MOST", 1_000_000)
    monkeypatch.setattr(raw, "MOST_STEEP", 50_000)


def packed(tmp_path, content, name="data.csv.gz"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content))
    return str(path)


def test_the_limits_are_those_of_the_help_text():
    assert (raw.MOST, raw.MOST_STEEP, raw.STEEP) == (2_000_000_000, 200_000_000, 100)


def test_what_grows_steeply_is_refused_early(small, tmp_path):
    path = packed(tmp_path, ROWS)
    with pytest.raises(
        DataError,
        match=r"data\.csv\.gz: unpacked it has more than 0\.05 MB, over 100 times its size \(packed 0\.\d+ kB\)",
    ):
        read_table(path)
    assert read_table(path, 1).rows == 20_000


def test_what_grows_slowly_may_grow_further(small, tmp_path):
    digits = np.random.default_rng(1).integers(0, 10**8, (2, 60_000))
    text = b"x,y\n" + b"".join(b"%d,%d\n" % (a, b) for a, b in digits.T)
    assert read_table(packed(tmp_path, text[:900_000].rpartition(b"\n")[0])).rows > 40_000
    with pytest.raises(DataError, match=r"more than 1 MB .*; give a higher --max-unpacked"):
        read_table(packed(tmp_path, text))


def test_a_bomb_is_never_unpacked_whole(monkeypatch, tmp_path):
    """A thousand times a thousand lines: what is read stays a piece over the limit."""
    path = tmp_path / "bomb.csv.gz"
    member = gzip.compress(b"1,0\n" * 250_000)
    path.write_bytes(gzip.compress(b"x,y\n") + member * 1000)
    asked = []
    true_read = gzip.GzipFile.read

    def read(file, size=-1):
        asked.append(size)
        return true_read(file, size)

    monkeypatch.setattr(gzip.GzipFile, "read", read)
    with pytest.raises(DataError, match="more than 20 MB"):
        read_table(str(path), 20)
    assert min(asked) > 0
    assert sum(asked) < 25_000_000


def test_parquet_says_how_far_it_grows(small, tmp_path):
    path = tmp_path / "data.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"x": np.ones(200_000), "y": np.zeros(200_000)}), path)
    with pytest.raises(DataError, match=r"unpacked it has more than 1 MB \(packed"):
        read_table(str(path))
    assert read_table(str(path), 10).rows == 200_000


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_arrays_in_a_zip_have_a_limit_that_can_be_raised(tmp_path, method):
    file = io.BytesIO()
    np.save(file, np.zeros(7_000_000))
    path = tmp_path / "coef.npz"
    with zipfile.ZipFile(path, "w", method, compresslevel=1) as made:
        made.writestr("coef_.npy", file.getvalue())
    with pytest.raises(DataError, match=r"coef\.npz: unpacked it has more than 50 MB .*; give a higher --max-unpacked"):
        read_claim(str(path))
    if method == zipfile.ZIP_DEFLATED:
        assert read_claim(str(path), 60).values.size == 7_000_000


def test_a_zip_of_very_many_arrays_is_refused_unread(tmp_path):
    path = tmp_path / "coef.npz"
    path.write_bytes(b"PK\x03\x04" + b"PK\x01\x02" * 20_000)
    with pytest.raises(DataError, match="more than 10000 arrays"):
        read_claim(str(path))


@pytest.mark.parametrize("most", [0, -1, float("nan")])
def test_the_limit_must_be_positive(tmp_path, most):
    with pytest.raises(UsageError, match="--max-unpacked must be positive"):
        read_table("data/primes.csv", most)


def test_every_command_has_the_option(small, tmp_path):
    path = packed(tmp_path, ROWS)
    with pytest.raises(GlmnnError, match="a higher max_unpacked"):
        glmnn.fit(path, solver="fisher")
    with pytest.raises(GlmnnError, match="max_unpacked must be a number"):
        glmnn.fit(path, max_unpacked="many")
    found = glmnn.fit(path, solver="fisher", max_unpacked=5)
    with pytest.raises(GlmnnError, match="a higher max_unpacked"):
        glmnn.audit(path, {"(Intercept)": 0, "x": 1})
    found.save(tmp_path / "model.json")
    with pytest.raises(GlmnnError, match="a higher max_unpacked"):
        glmnn.load(tmp_path / "model.json").predict(path)
