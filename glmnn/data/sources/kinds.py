"""What an object with rows is, asked of its attributes: none of the libraries is loaded."""

from __future__ import annotations

from glmnn.errors import DataError

BRIDGE = (
    "give a folder of Parquet (df.write.parquet) or a dask.dataframe: rows of a {kind} frame have no order, and glmnn "
    "has no engine for it"
)
WITHOUT_ORDER = {"pyspark": "Spark", "ray": "Ray"}


def is_dask(data: object) -> bool:
    """Say whether it is a dask.dataframe."""
    return hasattr(data, "to_delayed") and hasattr(data, "partitions") and hasattr(data, "columns")


def is_lazy(data: object) -> bool:
    """Say whether it is a LazyFrame of polars."""
    return hasattr(data, "collect_schema") and hasattr(data, "collect")


def in_chunks(data: object) -> bool:
    """Say whether rows can be had in chunks only: from a reader, a relation, a LazyFrame."""
    return is_lazy(data) or (hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__len__"))


def refuse_without_order(data: object) -> None:
    """Refuse frames of Spark and Ray, with the way around.

    Raises
    ------
    DataError
        Naming the way.
    """
    kind = WITHOUT_ORDER.get(type(data).__module__.partition(".")[0])
    if kind:
        raise DataError(BRIDGE.format(kind=kind))
