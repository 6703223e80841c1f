"""What a proof says, decided again in another way: by Fisher scoring with 60 digits of mpmath, and by fractions.

Nothing here is shared with the verifier: neither its reading of a file, nor a formula of a family.
"""

import csv
import io
from fractions import Fraction

import mpmath as mp

MISSING = {"", ".", "NA", "NaN", "nan", "N/A", "null", "NULL"}
LINKS = {  # eta -> mu, d mu / d eta
    "identity": (lambda e: e, lambda e: mp.mpf(1)),
    "log": (mp.exp, mp.exp),
    "logit": (lambda e: 1 / (1 + mp.exp(-e)), lambda e: mp.exp(-e) / (1 + mp.exp(-e)) ** 2),
    "probit": (mp.ncdf, mp.npdf),
    "cloglog": (lambda e: -mp.expm1(-mp.exp(e)), lambda e: mp.exp(e - mp.exp(e))),
    "inverse": (lambda e: 1 / e, lambda e: -1 / e**2),
    "inverse_squared": (lambda e: 1 / mp.sqrt(e), lambda e: -mp.mpf("0.5") / mp.sqrt(e) ** 3),
}
VARIANCES = {
    "gaussian": lambda m, a: mp.mpf(1),
    "binomial": lambda m, a: m * (1 - m),
    "poisson": lambda m, a: m,
    "gamma": lambda m, a: m**2,
    "inverse_gaussian": lambda m, a: m**3,
    "negative_binomial": lambda m, a: m + a * m**2,
}
LINEAR = {("poisson", "identity", 0): -1, ("binomial", "log", 1): 1}  # the slope of a likelihood linear in eta
FUNCTIONS = {"exp": mp.exp, "ln": mp.log, "sqrt": mp.sqrt}


def read_rows(data, stated):
    """Return the rows as dictionaries of text."""
    text = data.decode("utf-8-sig")
    header = text.lstrip("\r\n").split("\n")[0]
    outside = "".join(part for place, part in enumerate(header.split('"')) if place % 2 == 0)
    delimiter = max(",\t;|", key=outside.count)
    lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if line]
    names = [name.strip() for name in lines[0]]
    rows = [dict(zip(names, map(str.strip, line), strict=True)) for line in lines[1:]]
    kept = [
        (place, row) for place, row in enumerate(rows, 1) if not MISSING & {row[name] for name in stated["columns"]}
    ]
    if stated["decimal"] == ",":
        return [(place, {name: cell.replace(",", ".") for name, cell in row.items()}) for place, row in kept]
    return kept


def value(recipe, row, kind):
    """Return what a recipe makes of a row; `kind` is Fraction, for what is exact, or mpf."""
    stack = []
    for name, *rest in recipe:
        if name == "number":
            stack.append(kind(row[rest[0]]))
        elif name == "value":
            stack.append(kind(rest[0]))
        elif name == "level":
            stack.append(kind(rest[1][row[rest[0]]]))
        elif name == "positive":
            stack.append(max(stack.pop(), kind(0)))
        elif name in FUNCTIONS:
            stack.append(FUNCTIONS[name](stack.pop()))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(
                {
                    "plus": lambda a, b: a + b,
                    "minus": lambda a, b: a - b,
                    "times": lambda a, b: a * b,
                    "over": lambda a, b: a / b,
                }[name](left, right)
            )
    assert len(stack) == 1
    return stack[0]


def exact(recipe):
    return all(step[0] in ("number", "value", "level", "plus", "minus", "times", "over", "positive") for step in recipe)


class Model:
    """The rows of a proof, as numbers of mpmath."""

    def __init__(self, proof, data):
        self.proof, self.rows = proof, []
        self.several = proof["family"] == "multinomial"
        recipes = [term["recipe"] for term in proof["terms"]]
        for place, row in read_rows(data, proof["data"]):
            trials, weight = value(proof["trials"], row, mp.mpf), value(proof["weights"], row, mp.mpf)
            if weight * trials == 0:
                continue
            assert weight > 0, "a weight below 0"
            assert trials > 0, "trials below 0"
            kind = Fraction if all(map(exact, recipes)) else mp.mpf
            x = [value(recipe, row, kind) for recipe in recipes]
            y = value(proof["response"], row, mp.mpf) / trials
            self.rows.append((place, x, y, weight * trials, value(proof["offset"], row, mp.mpf)))

    def moved(self, place_of_row):
        """Return whether a row moves along the direction; it must not move the wrong way."""
        _, x, y, _, _ = self.rows[place_of_row]
        along = [sum(type(a)(d) * a for a, d in zip(x, line, strict=True)) for line in self.proof["separation"]]
        if self.several:
            along = [type(along[0])(0), *along]
            gains = [along[int(y)] - other for b, other in enumerate(along) if b != int(y)]
        else:
            up = y == 1 and self.proof["family"] == "binomial" and self.proof["link"] != "log"
            down = y == 0 and (self.proof["family"] == "binomial" or self.proof["link"] == "log")
            gains = [along[0] if up else -along[0] if down else -abs(along[0])]
        assert all(gain >= 0 for gain in gains), "a row that moves away from its response"
        return any(gain > 0 for gain in gains)


def number(rational):
    return mp.mpf(rational.numerator) / rational.denominator if isinstance(rational, Fraction) else rational


def solve(model, rows, kept, start):
    """Return the maximum and the observed information, by Fisher scoring from a start."""
    proof = model.proof
    outputs = len(proof["coefficients"])
    coef = mp.matrix(start)
    strength = mp.mpf(proof["penalty"])
    p = len(proof["terms"])
    active = [row for row in rows if mp.mpf(proof["multipliers"].get(str(row[0]), "0")) > 0]
    normals = [[number(x[j % p]) for j in kept] for _, x, *_ in active]
    inwards = 1 if proof["link"] == "identity" else -1
    held = [proof["terms"][j % len(proof["terms"])]["name"] in proof["penalized"] for j in kept]
    for _ in range(200):
        score, information, _ = sums(model, rows, kept, coef, outputs)
        for i, on in enumerate(held):
            if on and strength:
                score[i] -= strength * coef[i]
                information[i, i] += strength
        if active:  # Karush, Kuhn and Tucker: information step - normals' force = score, normals step = gap
            q, k = len(kept), len(active)
            system, right = mp.zeros(q + k, q + k), mp.zeros(q + k, 1)
            system[:q, :q], right[:q] = information, score
            for i, (row, normal) in enumerate(zip(active, normals, strict=True)):
                right[q + i] = -row[4] - sum(a * b for a, b in zip(normal, coef, strict=True))
                for j, cell in enumerate(normal):
                    system[q + i, j], system[j, q + i] = cell, -inwards * cell
            solved = mp.lu_solve(system, right)
            step = solved[:q]
            assert all(force >= 0 for force in solved[q:]), "the likelihood pulls a row off its edge"
        else:
            step = mp.lu_solve(information, score)
        coef += step
        if mp.norm(step) < mp.mpf("1e-40") * (1 + mp.norm(coef)):
            check_domain(model, rows, kept, coef)
            _, _, observed = sums(model, rows, kept, coef, outputs, observed=True)
            for i, on in enumerate(held):
                observed[i, i] += strength * on
            return coef, observed
    raise AssertionError("there is no maximum near the centre of the proof")


def check_domain(model, rows, kept, coef):
    """Assert that eta is where the link can be."""
    p, link = len(model.proof["terms"]), (model.proof["family"], model.proof["link"])
    side = {"identity": 1, "log": -1}.get(link[1], 1)
    free = (
        link[1] in ("logit", "probit", "cloglog")
        or link[0] == "gaussian"
        or (link[1] == "log" and link[0] != "binomial")
    )
    for _, x, y, _, offset in rows:
        eta = offset + sum(coef[i] * number(x[j % p]) for i, j in enumerate(kept) if not model.several)
        assert free or side * eta > (-mp.mpf("1e-50") if (*link, y) in LINEAR else 0), "outside of the domain"


def sums(model, rows, kept, coef, outputs, observed=False):
    """Return the score and the expected information, and the observed one where asked for."""
    q, p = len(kept), len(model.proof["terms"])
    score, information, seen = mp.zeros(q, 1), mp.zeros(q, q), mp.zeros(q, q)
    family, link = model.proof["family"], model.proof["link"]
    alpha = mp.mpf(model.proof["alpha"])
    for _, x, y, weight, offset in rows:
        x = [number(cell) for cell in x]
        etas = [offset] * outputs
        for i, j in enumerate(kept):
            etas[j // p] += coef[i] * x[j % p]
        if model.several:
            odds = [mp.exp(eta) for eta in etas]
            shares = [odd / (1 + sum(odds)) for odd in odds]
            pulls = [(y == a + 1) - share for a, share in enumerate(shares)]
            bend = [[s * (a == b) - s * t for b, t in enumerate(shares)] for a, s in enumerate(shares)]
            sight = bend
        else:
            mean, slope = LINKS[link]

            def pull(eta, y=y, mean=mean, slope=slope):
                if (family, link, y) in LINEAR:
                    return LINEAR[family, link, y]
                return (y - mean(eta)) * slope(eta) / VARIANCES[family](mean(eta), alpha)

            pulls = [pull(etas[0])]
            linear = (family, link, y) in LINEAR
            bend = [[0 if linear else slope(etas[0]) ** 2 / VARIANCES[family](mean(etas[0]), alpha)]]
            sight = [[-mp.diff(pull, etas[0])]] if observed else bend
        for i, j in enumerate(kept):
            score[i] += weight * pulls[j // p] * x[j % p]
            for k, m in enumerate(kept):
                information[i, k] += weight * bend[j // p][m // p] * x[j % p] * x[m % p]
                seen[i, k] += weight * sight[j // p][m // p] * x[j % p] * x[m % p]
    return score, information, seen


@mp.workdps(60)
def check(proof, data, proved):
    """Assert that what the verifier accepted is true."""
    model = Model(proof, data)
    rest = list(range(len(model.rows)))
    if proof["separation"]:
        moved = [place for place in rest if model.moved(place)]
        assert moved, "nothing moves"
        rest = [place for place in rest if place not in moved]
    rows = [model.rows[place] for place in rest]
    for relation in proof["relations"]:
        assert any(Fraction(text) for text in relation), "an empty relation"
        for _, x, *_ in rows:
            total = sum(type(a)(d) * a for a, d in zip(x, relation, strict=True))
            assert total == 0 or (isinstance(total, mp.mpf) and abs(total) < mp.mpf("1e-30")), "no relation"
    if not proof["coefficients"]:
        return
    p = len(proof["terms"])
    start = [mp.mpf(text) for line in proof["coefficients"] for text in line]
    kept = [i for i, line in enumerate(proof["scale"]) if any(Fraction(text) for text in line)]
    left = {j for j in range(p) if all(i % p != j for i in kept)}
    assert len(left) == len(proof["relations"]), "terms are left out for no reason"
    assert len(kept) == (p - len(left)) * len(proof["coefficients"]), "coefficients are left out"
    coef, observed = solve(model, rows, kept, [start[i] for i in kept])
    inverse = observed**-1
    for i, place in enumerate(kept):
        se = mp.sqrt(inverse[i, i])
        assert abs(coef[i] - start[place]) <= mp.mpf(str(proved.radius)) * se * (1 + mp.mpf("1e-20")), "outside"
    claim = proof["claim"]
    if claim and claim["kind"] == "rounded":
        for i, place in enumerate(kept):
            text = claim["values"][place]
            half = mp.mpf(10) ** -len(text.partition(".")[2]) / 2 if "e" not in text.lower() else mp.inf
            assert abs(coef[i] - mp.mpf(text)) <= half, "not rounded"
    elif claim:
        off = mp.matrix([mp.mpf(claim["values"][place]) - coef[i] for i, place in enumerate(kept)])
        assert mp.sqrt((off.T * observed * off)[0]) >= mp.mpf(str(proved.away)), "not as far"
