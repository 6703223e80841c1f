"""Is it a frame or a Series? Asked without loading pandas: where nobody has loaded it, there are none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def is_frame(data: Any) -> TypeGuard[pd.DataFrame]:
    """Say whether it is a DataFrame of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def is_series(data: Any) -> TypeGuard[pd.Series[Any]]:
    """Say whether it is a Series of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.Series)


def is_indexed(data: Any) -> TypeGuard[pd.Series[Any] | pd.DataFrame]:
    """Say whether it is one of both."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, (pandas.Series, pandas.DataFrame))


def is_column(data: Any) -> bool:
    """Say whether it is a Series, or an array of pandas with a type of its own."""
    pandas = sys.modules.get("pandas")
    if pandas is None or type(data) is np.ndarray:
        return False
    return isinstance(data, (pandas.Series, pandas.api.extensions.ExtensionArray))
