"""The code of others that a page carries is what its authors published, with its licence, and is listed."""

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest

VENDOR = files("glmnn.report.page") / "vendor"
LISTED = re.findall(
    r"`([\w.]+\.js)` \| npm `(\S+?)@([\d.]+)`, `dist/` \| ([\d,]+) \| `([0-9a-f]{64})` \| ISC, `(\S+)`",
    (Path(__file__).parents[2] / "THIRD_PARTY.md").read_text(encoding="utf-8"),
)


@pytest.mark.parametrize(("name", "_package", "version", "size", "hashed", "licence"), LISTED)
def test_a_file_is_as_it_was_published(name, _package, version, size, hashed, licence):
    code = (VENDOR / name).read_bytes()
    assert len(code) == int(size.replace(",", ""))
    assert hashlib.sha256(code).hexdigest() == hashed
    assert f" v{version} Copyright".encode() in code[:100]
    assert "Permission to use, copy, modify, and/or distribute" in (VENDOR / licence).read_text(encoding="utf-8")
    assert b"</script" not in code  # it stands between such tags


def test_everything_is_listed():
    assert len(LISTED) == 2
    assert {path.name for path in VENDOR.iterdir()} == {name for row in LISTED for name in (row[0], row[-1])}
