"""How the suite runs: the command line in this process, and which of the slow tests take part.

Hypothesis draws afresh on a developer's machine and repeats itself in CI, where a failure must be a change's own.
"""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy; there is a worker for each core already
os.environ.setdefault("GLMNN_KERNELS", "numpy")  # what is loaded must not depend on the order of the tests

import pytest
from hypothesis import settings

from command import glmnn  # noqa: F401, a fixture of every file
from sampling import sampled

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# no arithmetic in them whose last digits could depend on the kernels of BLAS; all other files are `numerical`
WITHOUT_ARITHMETIC = {
    "test_bad_input", "test_claim_names", "test_claims", "test_docs", "test_documents", "test_foreign",
    "test_hostile_names", "test_table",
}  # fmt: skip


def pytest_addoption(parser):
    group = parser.getgroup("glmnn")
    group.addoption("--all", action="store_true", help="run every slow test, not only a sample of them")
    group.addoption("--sample", type=int, default=0, metavar="SEED", help="another sample of the slow tests (0)")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.stem not in WITHOUT_ARITHMETIC:
            item.add_marker("numerical")
    named = any("::" in argument for argument in config.args)  # whoever names a test wants that test
    if named or config.getoption("--all"):
        return
    slow = {item.nodeid for item in items if item.get_closest_marker("slow")}
    whole = {item.nodeid for item in items if item.get_closest_marker("slow") and item.get_closest_marker("whole")}
    left_out = slow - sampled(sorted(slow - whole), config.getoption("--sample"))
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left_out])
    items[:] = [item for item in items if item.nodeid not in left_out]


def pytest_configure():
    """Search for garbage rarely: among hundreds of thousands of objects that stay it took a sixth of the time."""
    gc.set_threshold(100_000, 50, 50)
