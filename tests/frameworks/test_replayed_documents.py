"""What the documents do in frameworks, done again: each row that says so has run and holds."""

import pytest

from glmnn.replaying.replay import DOCUMENTS, replayed
from glmnn.replaying.row import Verdict


@pytest.mark.parametrize(
    ("number", "what", "library", "limit"),
    [
        ("000", "by PyTorch", "torch", 5e-5),
        ("000", "by Lightning", "lightning", 5e-5),
        ("002", "in torch, step by step", "torch", 1e-11),
    ],
)
def test_a_document_is_done_again_where_its_library_is(number, what, library, limit):
    pytest.importorskip(library)
    (row,) = [item for item in replayed(DOCUMENTS[number]).rows if item.what == what]
    assert row.verdict is Verdict.METHOD
    assert 0 <= row.ours < limit
