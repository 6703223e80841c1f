"""An exact answer to whether data are separated: the simplex method in fractions, with Bland's rule.

It shares no code with glmnn and has no tolerance; it is slow, and meant for some dozen rows.
"""

from fractions import Fraction


def movable(rows, sides):
    """Return which rows some direction d moves, with side_i x_i'd >= 0 for all rows and = 0 where the side is 0."""
    exact = [[Fraction(value) for value in row] for row in rows]
    held = [row for row, side in zip(exact, sides, strict=True) if side == 0]
    forbid = held + [[-value for value in row] for row in held]
    free = {i: [int(side) * value for value in exact[i]] for i, side in enumerate(sides) if side}
    moves = [False] * len(sides)
    while free:
        direction = _best([*forbid, *free.values()])
        gains = {i: sum(a * d for a, d in zip(row, direction, strict=True)) for i, row in free.items()}
        if not any(gains.values()):
            return moves
        for i, gain in gains.items():
            moves[i] = moves[i] or gain > 0
        free = {i: row for i, row in free.items() if not moves[i]}
    return moves


def _best(rows):
    """Maximise the sum of all a_i'd under a_i'd >= 0 and that sum <= 1; all zeros where the sum stays 0."""
    p = len(rows[0])
    goal = [sum(row[j] for row in rows) for j in range(p)]
    signed = [[*row, *(-value for value in row)] for row in [[-v for v in row] for row in rows] + [goal]]
    count = len(signed)
    table = [
        [*row, *(Fraction(i == k) for k in range(count)), Fraction(i == count - 1)] for i, row in enumerate(signed)
    ]
    price = [-value for value in goal] + goal + [Fraction(0)] * (count + 1)
    basis = list(range(2 * p, 2 * p + count))
    while True:
        entering = next((j for j in range(2 * p + count) if price[j] < 0), None)
        if entering is None:
            break
        _, _, leaving = min((row[-1] / row[entering], basis[i], i) for i, row in enumerate(table) if row[entering] > 0)
        scale = table[leaving][entering]
        table[leaving] = [value / scale for value in table[leaving]]
        for i, row in enumerate(table):
            if i != leaving and row[entering]:
                table[i] = [a - row[entering] * b for a, b in zip(row, table[leaving], strict=True)]
        price = [a - price[entering] * b for a, b in zip(price, table[leaving], strict=True)]
        basis[leaving] = entering
    values = [Fraction(0)] * (2 * p + count)
    for row, place in zip(table, basis, strict=True):
        values[place] = row[-1]
    return [values[j] - values[p + j] for j in range(p)]
