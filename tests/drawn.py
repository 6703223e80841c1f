"""Fits of packaged data, with their picture documents."""

import json
from functools import cache

from glmnn.data.bundled import catalogue, folder
from glmnn.data.sources.files import read_asked
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.pictures import to_pictures
from glmnn.fitting.plan import make_spec
from glmnn.report.json import plain_values
from glmnn.report.schema import json_values

MODEL = (
    "target", "family", "link", "formula", "features", "trials", "offset", "exposure", "weights", "weights_type",
    "power",
)  # fmt: skip


@cache
def fitted(name, solver="both", **more):
    """Return the comparison of solvers on a packaged data set."""
    entry = {key: value for key, value in catalogue()[name].items() if key in MODEL}
    options = FitOptions(**{**entry, "solver": [solver], **more})
    return run(make_spec(options), read_asked(str(folder() / f"{name}.csv"), options))


@cache
def pictures(name, solver="both", plane=None, **more):
    """Return the picture document of a packaged data set as JSON has it."""
    return as_json(to_pictures(fitted(name, solver, **more), plane))


def as_json(document):
    """Return a document as a reader of its file gets it."""
    return json.loads(json.dumps(plain_values(json_values(document)), allow_nan=False))
