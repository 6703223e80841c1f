"""The rows that the options ask for: in memory, or a chunk at a time where they are too many for it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glmnn.arrays import Mask
from glmnn.data.dask_rows import DaskFrame, scan_dask
from glmnn.data.numerals import numerals_of
from glmnn.data.pieces import is_spilled, scan_by
from glmnn.data.response import offset_of, response_of
from glmnn.data.sources.batches import ParquetFile
from glmnn.data.sources.chunked import ChunkSource, open_source
from glmnn.data.sources.files import GZIP, read_asked
from glmnn.data.sources.kinds import in_chunks, is_dask, refuse_without_order
from glmnn.data.sources.parquet import PARQUET
from glmnn.data.sources.several import is_many
from glmnn.data.table import Column, Table
from glmnn.data.typed import TypedRows, scan
from glmnn.data.typer import Check
from glmnn.data.variables import Roles, find_target
from glmnn.engines.dask import Dask
from glmnn.engines.local import Engine, Local, Run
from glmnn.engines.memory import free_memory, keep_freed_memory, parse_size
from glmnn.engines.processes import INHERITED, Processes
from glmnn.errors import OptionError, UsageError, option, printable, quoted, unknown
from glmnn.fitting.build import is_multinomial, make_roles, split_features
from glmnn.kernels.threads import cores, most_workers
from glmnn.models.families import BINOMIAL, find_family, start_of
from glmnn.models.families.family import Family
from glmnn.options.model import ModelOptions

ENGINES = ("auto", "memory", "stream", "processes", "dask")
TEXT, PACKED = 13, 60  # times its size that a text file may take in memory, and a packed one
CELLS = 6 * 8  # bytes that a cell of Parquet may take
MANY = 2_000_000  # rows from which several processes are worth their start
LARGE = 100_000_000  # bytes that probably have so many rows


def read_rows(data: Any, options: ModelOptions, client: Any = None) -> Table:
    """Return the rows of a path, or of an object with an Arrow stream; a client of Dask has them read by its workers.

    Raises
    ------
    GlmnnError
        If they cannot be read, or the options contradict each other.
    """
    memory = memory_of(options)
    if not in_parts(data, options, memory):
        return read_asked(data, options)
    keep_freed_memory()
    source: ChunkSource = (
        DaskFrame(data)
        if is_dask(data)
        else open_source(data, numerals_of(options.decimal, options.thousands), options.max_unpacked)
    )
    roles, several = roles_of(options, source), None
    if is_dask(data) or options.engine == "dask" or options.scheduler:
        table = scan_dask(source, roles, _check(options, roles), dask_client(options.scheduler, client))
    else:
        several = _processes(options, source)
        check = _check(options, roles)
        table = (scan if several is None else partial(scan_by, several))(source, roles, check, options.spill)
    rows: TypedRows = table.stream
    rows.run = Run(rows.store if isinstance(rows.store, Dask) else _engine(options, rows, several), memory)
    return _whole(table, options)


def in_parts(data: Any, options: ModelOptions, memory: int | None = None) -> bool:
    """Say whether rows are to be read a chunk at a time."""
    check_rows(options)
    refuse_without_order(data)
    if in_chunks(data) or is_dask(data) or (isinstance(data, str) and is_many(data)):
        return True
    if isinstance(data, str) and data == "-":
        return False
    if options.sample is not None:
        return True
    if options.engine == "memory":
        return False
    if options.engine != "auto" or options.spill or options.workers or options.scheduler:
        return True
    return isinstance(data, str) and size_in_memory(data) > (memory_of(options) if memory is None else memory)


def dask_client(address: str | None, client: Any = None) -> Any:
    """Return the client that is given, or that of a scheduler; without an address the current one.

    Raises
    ------
    UsageError
        If dask is not installed, nothing answers there, there is no current one, or what is given cannot be used.
    """
    if client is not None:
        return _usable(client, address)
    try:
        import distributed
    except ImportError:
        raise UsageError(f"{option('engine', 'dask')} needs dask: pip install 'glmnn[dask]'") from None
    try:
        connect: Any = distributed.get_client if address is None else distributed.Client
        return connect() if address is None else connect(address, timeout="10s", set_as_default=False)
    except (ValueError, OSError, TimeoutError) as error:
        if address is None:
            raise UsageError(
                f"{option('engine', 'dask')} needs a cluster: give {option('scheduler')} with its address, or make a "
                "distributed.Client first"
            ) from None
        raise OptionError("scheduler", f"{quoted(address)} does not answer ({printable(error)[:100]})") from None


def _usable(client: Any, address: str | None) -> Any:
    if address is not None:
        raise UsageError(f"give client or {option('scheduler')}, not both")
    if not (hasattr(client, "submit") and hasattr(client, "nthreads")):
        raise UsageError(f"client must be a distributed.Client, not {quoted(type(client).__name__)}")
    if getattr(client, "asynchronous", False):
        raise UsageError("client is asynchronous: make one with distributed.Client(address)")
    if client.status != "running":
        raise UsageError(f"client is {client.status}: make a new distributed.Client")
    return client


def check_rows(options: ModelOptions) -> None:
    """Check the options on where rows are.

    Raises
    ------
    UsageError
        If one is unknown or out of range.
    """
    if options.engine not in ENGINES:
        raise UsageError(unknown("engine", options.engine, ENGINES))
    if options.memory is not None and parse_size(options.memory) is None:
        raise OptionError("memory", f"{quoted(options.memory)}: write it as 8GB or 500MB")
    for name in ("workers", "sample"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise OptionError(name, "must be 1 or more", getattr(options, name))
    if options.workers is not None and options.workers > most_workers():
        raise OptionError("workers", f"must be at most {most_workers()} on this machine", options.workers)
    if options.scheduler is not None and options.engine not in ("auto", "dask"):
        raise OptionError("scheduler", f"needs {option('engine', 'dask')}")


def memory_of(options: ModelOptions) -> int:
    """Return the bytes that rows may take."""
    given = None if options.memory is None else parse_size(options.memory)
    return free_memory() // 2 if given is None else given


def roles_of(options: ModelOptions, source: ChunkSource) -> Roles:
    """Return which column plays which part, by the names alone."""
    bare = Table(source.source, {name: Column(name, np.empty(0)) for name in source.names}, 0, "")
    roles = make_roles(options)
    return replace(roles, features=split_features(options, bare), target=find_target(bare, roles))


def _check(options: ModelOptions, roles: Roles) -> Check:
    return partial(_refuse_unfit, roles, _family(options))


def _refuse_unfit(roles: Roles, family: Family | None, table: Table, rows: Mask) -> None:
    target = roles.target or ""
    offset_of(table, rows, roles)
    if family is not None and table.column(target).numbers is not None and roles.event is None:
        response_of(table, target, rows, roles, family)


def _family(options: ModelOptions) -> Family | None:
    """Return the family, where the options tell."""
    if options.family is None:
        return BINOMIAL if options.trials is not None else None
    if is_multinomial(options.family):
        return None
    alpha = start_of(options.family, options.alpha, options.power) if options.alpha is None else options.alpha
    return find_family(options.family, alpha, options.power)


def size_in_memory(path: str) -> float:
    """Return how many bytes a file may take in memory, about; 0 where it is not there."""
    try:
        with Path(path).open("rb") as file:
            size, start = Path(path).stat().st_size, file.read(4)
    except (OSError, ValueError):
        return 0
    if start == PARQUET:
        about = ParquetFile(path)
        return about.cells * CELLS
    return size * (PACKED if start[:2] == GZIP else TEXT)


def _processes(options: ModelOptions, source: ChunkSource) -> Processes | None:
    """Return processes to start while rows are read; None where they are not asked for, or too few for them."""
    asked = options.engine == "processes"
    if asked and not INHERITED:
        raise OptionError("engine", "processes needs files that processes can inherit, as Linux and macOS have them")
    if asked and options.spill == "none" and source.again:
        raise OptionError("engine", f"processes needs the spill file: not with {option('spill', 'none')}")
    workers = options.workers or cores()
    many = options.engine == "auto" and workers > 1 and source.size >= LARGE and INHERITED
    return Processes(workers) if asked or many else None


def _engine(options: ModelOptions, rows: TypedRows, several: Processes | None) -> Engine:
    if options.engine == "processes" and several is not None:
        return several
    workers = options.workers or cores()
    if options.engine == "auto" and rows.rows >= MANY and workers > 1 and INHERITED and is_spilled(rows.store):
        return several or Processes(workers)
    if several is not None:
        several.end()
    return Local()


def _whole(table: Table, options: ModelOptions) -> Table:
    """Return a table with all rows where they are to be in memory, or with a sample of them."""
    rows: TypedRows = table.stream
    if options.sample is not None:
        sample, stride = rows.sample(options.sample)
        note = f"a sample is fitted: every {stride:,}th of {rows.rows:,} rows"
        return replace(sample, notes=(*table.notes, *([note] if stride > 1 else [])))
    fits = (
        options.engine == "auto" and is_spilled(rows.store) and CELLS * len(rows.columns) * rows.rows <= rows.run.memory
    )
    asked = options.spill or options.workers or options.scheduler
    if options.engine == "memory" or (fits and not asked):
        return replace(rows.sample(rows.rows)[0], notes=table.notes)
    return table
