"""How formulaic codes the columns of a formula, for those who write it down in words of their own."""

from __future__ import annotations

from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from glmnn.arrays import Mask
from glmnn.data.formula.formula import Formula
from glmnn.data.formula.functions import context
from glmnn.data.formula.names import safe_level
from glmnn.data.formula.state import TransformState, codes_of, specification
from glmnn.data.table import Table


def specification_of(formula: Formula, table: Table, rows: Mask, memory: TransformState, intercept: bool) -> Any:
    """Return formulaic's specification of a design: its terms, the factors in them, and the contrasts of these.

    Parameters
    ----------
    formula : Formula
    table : Table
    rows : ndarray of bool, shape (table.rows,)
        The rows that were fitted.
    memory : TransformState
        Of the same rows.
    intercept : bool
    """
    import pandas as pd
    from formulaic import Formula as Parsed

    frame: dict[str, Any] = {}
    for variable, name in zip(formula.variables, formula.columns, strict=True):
        if name in memory.levels:
            levels = memory.levels[name]
            codes = codes_of(table, name, levels)[rows]
            frame[variable] = pd.Categorical.from_codes(codes, pd.Index(list(map(safe_level, levels))))
        else:
            frame[variable] = formula.numbers(table, name)[rows]
    parsed = formula.parsed if intercept else Parsed([term for term in formula.parsed if str(term) != "1"])
    with np.errstate(all="ignore"), catch_warnings():
        simplefilter("ignore")
        made = specification(parsed, memory).get_model_matrix(pd.DataFrame(frame), context=context(), output="numpy")
    return made.model_spec
