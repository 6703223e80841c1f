"""What no loop that numba compiles does: squares of rows turned into columns in registers, and rows fetched ahead.

Written as instructions of LLVM, which makes of them what the processor has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

CELL = 8  # bytes
SIDE = 4  # of a square, whose rows fill the registers of most processors
BYTE: Any = ir.IntType(8)
SHORT: Any = ir.IntType(32)
INTEGER: Any = ir.IntType(64)
NUMBERS: Any = ir.VectorType(ir.DoubleType(), SIDE)


def _turned(_: Any, X: Any, row: Any, column: Any, columns: Any, to: Any, at: Any) -> Any:
    """Write the square of X that begins at [row, column] to columns[to, at], its rows as columns.

    X and `columns` hold float64, each row in one piece.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        X, row, column, columns, to, at = given
        source = _rows(context, builder, signature.args[0], X, row, column)
        target = _rows(context, builder, signature.args[3], columns, to, at)
        rows = [builder.load(place, align=CELL) for place in source]
        for distance in (2, 1):  # Eklundh (1972): exchange two corners of the square, then of its quarters
            for i in (i for i in range(SIDE) if not i & distance):
                upper, lower = rows[i], rows[i + distance]
                left = [k if not k & distance else k - distance + SIDE for k in range(SIDE)]
                rows[i] = builder.shuffle_vector(upper, lower, _order(left))
                rows[i + distance] = builder.shuffle_vector(upper, lower, _order([k + distance for k in left]))
        for place, value in zip(target, rows, strict=True):
            builder.store(value, place, align=CELL)
        return context.get_dummy_value()

    return types.void(X, row, column, columns, to, at), generate


def _rows(context: Any, builder: Any, kind: Any, array: Any, row: Any, column: Any) -> list[Any]:
    """Return where the rows of a square begin."""
    view = context.make_array(kind)(context, builder, array)
    stride, start = builder.extract_value(view.strides, 0), builder.bitcast(view.data, BYTE.as_pointer())
    places = []
    for i in range(SIDE):
        down = builder.mul(stride, builder.add(row, INTEGER(i)))
        place = builder.gep(start, [builder.add(down, builder.mul(column, INTEGER(CELL)))])
        places.append(builder.bitcast(place, NUMBERS.as_pointer()))
    return places


def _order(indices: list[int]) -> Any:
    return ir.Constant(ir.VectorType(SHORT, SIDE), indices)


def _asked(_: Any, array: Any, byte: Any) -> Any:
    """Ask for the line of memory that holds a byte of an array; where there is none, nothing happens."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, given[0])
        place = builder.gep(builder.bitcast(view.data, BYTE.as_pointer()), [given[1]])
        kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), SHORT, SHORT, SHORT])
        instruction = builder.module.declare_intrinsic("llvm.prefetch.p0", (), kind)
        builder.call(instruction, [place, SHORT(0), SHORT(3), SHORT(1)])  # to read, into the nearest cache, data
        return context.get_dummy_value()

    return types.void(array, byte), generate


turned: Any = intrinsic(_turned)
prefetch: Any = intrinsic(_asked)
