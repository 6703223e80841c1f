"""Proofs and data that somebody has tampered with: no false claim may verify, nothing hang, nothing end in a traceback.

python tests/proving/forgeries.py 100000    makes so many, from proofs of all kinds, and counts what becomes of them.
"""

import copy
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import glmnn
import oracle
from glmnn.proving import verify

ROOT = Path(__file__).parents[2]
QUASI = "g,x,y\na,1,1\na,2,1\nb,0.5,0\nb,1.5,1\nb,2,0\nb,3,1\nb,1,1\nb,2.5,0\n"
ALIAS = "a,b,c,y\n0.1,0.2,0.3,1\n0.4,0.1,0.5,2\n0.3,0.3,0.6,1.5\n0.7,0.1,0.8,2.5\n0.2,0.9,1.1,2\n"
COUNTS = "x,w,y\n1,2,0\n2,1,1\n3,1.5,3\n4,1,2\n5,2,6\n"
CLASSES = "x,y\n" + "".join(f"{x},{y}\n" for x, y in zip((1, 2, 3, 1.5, 2.5, 0.5, 4, 2), "abcbacba", strict=True))
GAPS = "x;y\n1,5;0\n2,5;1\nNA;1\n3,1;0\n4,2;1\n0,4;0\n"
SPELLED = "g,x,y\n01,1,0\n1,2,1\n2,3,0\n2.0,4,1\n1,3,1\n2,1,0\n"
EDGE = "x,y\n0.5,0\n1,0\n2,1\n3,0\n4,1\n5,1\n6,1\n"
HARD = (
    "NaN", "nan", "Infinity", "-Infinity", "1e999999999", "1e-999999999", "1e400", "-1e307", "", "-", "1_0", "\u0663",
    "0x1",    "9" * 500, "1" + "0" * 300, "0", "-0", "1e-300", " 1", "1 ", "1,5", "null", "0.1" + "0" * 390 + "1",
    "+1", "++1", "007", "1.", ".5", ".", "1e", "1e+", "1e5.5", "1E0001", "sNaN", "1\u00a0", "\uff11", "\u00bd", "0b1",
    "1__0", "1e9999", "-1e-307", "\u22121", "1\u0000", "1\n", "1/2", "True", "1j",
)  # fmt: skip
TOKENS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "null",
    "true",
    "1e999999999",
    "9" * 6000,
    "[" * 5000,
    "{}",
    '"1"',
)


def originals():
    """Return proofs of all kinds with their data."""
    found = []

    def add(name, text, coef=None, **options):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            result = glmnn.prove(path, coef, **options)
        assert result.proved, (name, options, result)
        found.append((json.loads(result.text), text.encode()))

    primes = (ROOT / "data/primes.csv").read_text()
    beetles = (ROOT / "data/beetles.csv").read_text()
    add("a.csv", primes)
    add("a.csv", primes, {"(Intercept)": -3.5491, "x": 0.5518})
    add("a.csv", primes, {"(Intercept)": -3.1121, "x": 0.4783})
    add("a.csv", primes, l2=1.0)
    add("a.csv", primes, formula="y ~ log(x) + I(x**2)", l2=0.5)
    for link in ("logit", "probit", "cloglog"):
        add("a.csv", beetles, family="binomial", target="killed", trials="beetles", link=link)
    add("a.csv", COUNTS, family="poisson", features="x")
    add("a.csv", COUNTS, family="poisson", features="x", exposure="w")
    add("a.csv", COUNTS, family="negative_binomial", alpha=0.5, features="x")
    add("a.csv", COUNTS, family="gaussian", formula="y ~ x + I(x**2)", weights="w", weights_type="var")
    add("a.csv", COUNTS.replace(",0\n", ",0.5\n"), family="gamma", link="log", features="x")
    add("a.csv", COUNTS.replace(",0\n", ",0.5\n"), family="gamma", features="x")
    add("a.csv", COUNTS.replace(",0\n", ",0.5\n"), family="inverse_gaussian", link="inverse", features="x")
    add("a.csv", QUASI)
    add("a.csv", "x,y\n1,0\n2,0\n3,1\n4,1\n")
    add("a.csv", ALIAS, family="gaussian")
    add("a.csv", CLASSES, family="multinomial")
    add("a.csv", GAPS, na="drop")
    add("a.csv", EDGE, family="binomial", link="log")
    add("a.csv", EDGE, family="poisson", link="identity")
    add("a.csv", EDGE, formula="y ~ bs(x, df=4)", l2=0.5)
    add("a.csv", EDGE, formula="y ~ poly(x, 2)", family="gaussian")
    add("a.csv", SPELLED, formula="y ~ C(g) + x", l2=1.0)
    return found


def places(node, path=()):
    """Yield the path of every value inside a document."""
    yield path
    for key, item in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(item, (*path, key))


def at(node, path):
    for key in path:
        node = node[key]
    return node


def changed_text(rng, text):
    """Return a text with a digit, a sign or its size changed."""
    kind = rng.randrange(6)
    digits = [place for place, letter in enumerate(text) if letter.isdigit()]
    if kind == 0 or not digits:
        return rng.choice(HARD)
    if kind == 1:
        return text[1:] if text.startswith("-") else f"-{text}"
    if kind == 2:
        return f"{text}e{rng.choice((-6, -3, -1, 1, 3, 6))}" if "e" not in text else text
    if kind == 3:
        return text[: rng.randrange(1, len(text) + 1)]
    place = rng.choice(digits)
    return text[:place] + rng.choice("0123456789") + text[place + 1 :]


def change_proof(rng, proof):
    """Change something in a proof, in place."""
    path = rng.choice([path for path in places(proof) if path])
    owner, key = at(proof, path[:-1]), path[-1]
    old = owner[key]
    kind = rng.randrange(10)
    if isinstance(old, str) and kind < 8:
        owner[key] = changed_text(rng, old)
    elif isinstance(old, int) and kind < 8:
        owner[key] = rng.choice((old + 1, old - 1, 0, -1, 10**9, 10**30, 1.5, "1", None, True, 31, 75, 1000))
    elif isinstance(old, list) and old and kind < 8:
        other = rng.randrange(len(old))
        what = rng.randrange(5)
        if what == 0:
            del old[other]
        elif what == 1:
            old.append(copy.deepcopy(old[other]))
        elif what == 2:
            mine = rng.randrange(len(old))
            old[mine], old[other] = old[other], old[mine]
        elif what == 3:
            old.clear()
        else:
            old[other] = copy.deepcopy(at(proof, rng.choice(list(places(proof)))))
    elif isinstance(owner, dict) and kind == 8:
        del owner[key]
    else:
        other = copy.deepcopy(at(proof, rng.choice(list(places(proof)))))
        owner[key] = rng.choice((None, [], {}, "", "x", 0, [[[]]], "1", other))


def respelled(rng, proof):
    """Change the number of a level, or how the level is spelled: by blanks, by its Unicode form, by leading zeros."""
    steps = [step for term in [{"recipe": proof["response"]}, *proof["terms"]] for step in term["recipe"]]
    known = rng.choice([step[2] for step in steps if step[0] == "level"])
    cell = rng.choice(list(known))
    other = rng.choice(
        (f"{cell} ", f" {cell}", f"0{cell}", f"{cell}.0", unicodedata.normalize("NFKD", f"{cell}\u00e9"))
    )
    if rng.random() < 0.5:
        known[other] = known.pop(cell)
    else:
        known[cell] = rng.choice(("0", "1", "-1", "0.5", "2", "1e300", known[rng.choice(list(known))]))


AIMED = (
    lambda rng, p: p.update(radius=rng.choice(("0", "-1", "1e-30", "1e-3", "0.1", "0.5", "1", "10", "1e9", "1e300"))),
    lambda rng, p: p.update(family=rng.choice([*{k.split()[0] for k in verify.KINDS}, "tweedie", "x"])),
    lambda rng, p: p.update(link=rng.choice([*{k.split()[1] for k in verify.KINDS}, "cauchit"])),
    lambda rng, p: p.update(radius=changed_text(rng, p["radius"]), penalty=changed_text(rng, p["penalty"])),
    lambda rng, p: p["data"].update(decimal=rng.choice(",.;"), missing=rng.choice(("drop", "refuse", "x"))),
    lambda rng, p: p["data"]["columns"].append(rng.choice(("x", "y", "g", "z", "", " x"))),
    lambda rng, p: p["data"]["columns"].pop(),
    lambda rng, p: p.update(response=rng.choice(p["terms"])["recipe"]),
    lambda rng, p: p["response"].append(rng.choice((["exp"], ["ln"], ["sqrt"], ["positive"], ["plus"], ["x", "2"]))),
    lambda rng, p: rng.choice(p["terms"])["recipe"].extend(
        rng.choice(([["positive"]], [["exp"]], [["value", "1e-45"], ["plus"]], [["value", "0"], ["times"]],
                    [["value", "0"], ["over"]], [["value", "-1"], ["times"], ["sqrt"]], [["exp"]] * 40))),
    lambda rng, p: p.update(classes=rng.choice((0, 1, 2, 3, 10**6, -1, "2"))),
    lambda rng, p: rng.choice(p["terms"]).update(name=rng.choice([term["name"] for term in p["terms"]])),
    lambda rng, p: [p["coefficients"].append(line) for line in p["coefficients"][:1]],
    lambda rng, p: [line.append("0") for line in (*p["coefficients"], *p["separation"], *p["relations"])],
    lambda rng, p: rng.shuffle(p["terms"]),
    lambda rng, p: p.update(relations=p["relations"] + p["relations"][:1], separation=p["separation"][::-1]),
    respelled,
    lambda rng, p: p.update(alpha=rng.choice(("-1", "-0.5", "1e-9", "0", "2", "1e300"))),
    lambda rng, p: p.update(penalty=rng.choice(("-1", "1", "1e300", "0", "1e-9"))),
    lambda rng, p: p.update(penalized=[term["name"] for term in p["terms"][: rng.randrange(3)]]),
    lambda rng, p: p.update(separation=[[rng.choice(("0", "1", "-1", "0.5")) for _ in p["terms"]]]),
    lambda rng, p: p.update(relations=[[rng.choice(("0", "1", "-1")) for _ in p["terms"]]]),
    lambda rng, p: p["multipliers"].update({str(rng.randrange(8)): rng.choice(("1", "-1", "0", "1e9"))}),
    lambda rng, p: [line.clear() or line.extend(["0"] * 2) for line in p["scale"][:1]],
    lambda rng, p: [line.pop() for line in p["scale"] if line],
    lambda rng, p: [line.append("0") for line in p["scale"]],
    lambda rng, p: p["scale"] and p["scale"].__setitem__(rng.randrange(len(p["scale"])), ["0"] * len(p["scale"][0])),
    lambda rng, p: p.update(claim={"kind": rng.choice(("rounded", "away", "x")), "values": [
        changed_text(rng, t)[:8] for line in p["coefficients"] for t in line], "by": [
        rng.choice(("0", "1", "-1")) for line in p["coefficients"] for _ in line]}),
    lambda rng, p: p.update(weights=[rng.choice((["value", "-1"], ["value", "0"], ["number", "x"], ["value", "2"]))]),
    lambda rng, p: p.update(trials=rng.choice(([["value", "-1"]], [["value", "3"]], [["number", "x"]]))),
    lambda rng, p: p.update(offset=rng.choice(([["value", "1"]], [["number", "x"]], [["number", "x"], ["exp"]]))),
    lambda rng, p: p["terms"].append({"name": "new", "recipe": [["number", "x"], ["number", "x"], ["times"]]}),
    lambda rng, p: p["terms"].pop(),
)  # fmt: skip


def change_table(rng, data):
    """Return a data file with rows or columns that are not what they were: what a table program or a person may do."""
    lines = data.split(b"\n")
    header, *rows = (line.split(b",") for line in lines if line)
    kind = rng.randrange(9)
    place, row = rng.randrange(len(header)), rng.randrange(len(rows))
    if kind == 0:  # columns change places, their names stay
        for line in rows:
            line[0], line[-1] = line[-1], line[0]
    elif kind == 1:
        header[0] = header[-1]
    elif kind == 2:
        header[place] = rng.choice((b" %s ", b'"%s"', b"%s.1", b"\xef\xbb\xbf%s", b"%s\xc2\xa0")) % header[place]
    elif kind == 3:
        del rows[row]
    elif kind == 4:
        rows.insert(row, rows[rng.randrange(len(rows))])
    elif kind == 5:
        rows[row][-1:] = [b'"', rows[row][-1], b'\n"']  # a line break in quotes, or too many cells
    elif kind == 6:
        rows[row] = [b'"%s"' % cell for cell in rows[row]]
    elif kind == 7:
        rows[row][place] = b"-" + rows[row][place]
    else:
        rows.sort(key=lambda line: line[-1])
    return b"\n".join(b",".join(line) for line in (header, *rows)) + b"\n"


def change_data(rng, data):
    """Return other bytes for a data file."""
    if rng.random() < 0.3:
        return change_table(rng, data)
    kind = rng.randrange(9)
    lines = data.split(b"\n")
    if kind == 0:
        place = rng.randrange(len(data))
        return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]
    if kind == 1:
        return data[: rng.randrange(len(data))]
    if kind == 2:
        return b"\xef\xbb\xbf" + data
    if kind == 3:
        return data.replace(b"\n", b"\r\n")
    if kind == 4:
        return data.decode("latin-1").encode(rng.choice(("utf-16", "utf-32", "utf-16-le", "cp037")))
    if kind == 5:
        lines.insert(rng.randrange(1, len(lines)), rng.choice(lines))
        return b"\n".join(lines)
    if kind == 6:
        return data.replace(b",", rng.choice((b"\t", b";", b"|", b" , ", b'",')))
    row = rng.randrange(1, len(lines))
    cells = lines[row].split(b",")
    place = rng.randrange(len(cells))
    hard = rng.choice((*HARD, "1", "0", "2.5", "-1", "b", '"1"', '"', "NA", ".")).encode()
    cells[place] = hard if kind == 7 else changed_text(rng, cells[place].decode("latin-1")).encode()
    lines[row] = b",".join(cells)
    return b"\n".join(lines)


def change_bytes(rng, text):
    """Return other bytes for a proof: what no JSON writer makes."""
    raw = text.encode()
    kind = rng.randrange(7)
    place = rng.randrange(len(raw))
    if kind == 0:
        return raw[:place] + bytes([rng.randrange(256)]) + raw[place + 1 :]
    if kind == 1:
        return raw[:place]
    if kind == 2:
        return b"\xef\xbb\xbf" + raw
    if kind == 3:
        return text.encode(rng.choice(("utf-16", "utf-32", "utf-16-be")))
    if kind == 4:
        return b"{" + raw[1:].replace(b'"family"', b'"family": "poisson", "family"', 1)
    if kind == 5:
        start = raw.find(b'"', place)
        return raw[:start] + rng.choice(TOKENS).encode() + raw[start:]
    return raw.replace(b'"0"', rng.choice(TOKENS).encode(), 1)


def forged(rng, proof, data):
    """Return the bytes of a proof and of its data after one to three changes."""
    proof = copy.deepcopy(proof)
    raw = None
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.random()
        try:
            if kind < 0.45:
                change_proof(rng, proof)
            elif kind < 0.7:
                rng.choice(AIMED)(rng, proof)
            elif kind < 0.9:
                data = change_data(rng, data)
                if rng.random() < 0.9 and isinstance(proof.get("data"), dict):
                    proof["data"]["sha256"] = hashlib.sha256(data).hexdigest()
                    proof["data"]["rows"] = rng.choice((proof["data"].get("rows"), data.count(b"\n") - 1))
            else:
                raw = change_bytes(rng, json.dumps(proof))
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            continue  # an earlier change has taken away what this one is about
    return json.dumps(proof).encode() if raw is None else raw, data


def judge(proof, data):
    """Return what became of a forgery, and the seconds it took."""
    start = time.perf_counter()
    try:
        proved = verify.check(proof, data)
    except verify.NotProved:
        return "not proved", time.perf_counter() - start
    except verify.Unreadable:
        return "unreadable", time.perf_counter() - start
    seconds = time.perf_counter() - start
    oracle.check(json.loads(proof), data, proved)
    return "true, and proved", seconds


def run(made, many, seed):
    """Return how often forgeries ended how, the seconds of the slowest, and those that should not have ended so."""
    rng = random.Random(seed)
    ended, slowest, false = Counter(), 0.0, []
    for _ in range(many):
        proof, data = forged(rng, *rng.choice(made))
        try:
            end, seconds = judge(proof, data)
        except Exception as error:  # whatever it is, it should not be
            end, seconds = f"FAULT {type(error).__name__}: {error}"[:100], 0.0
            false.append((proof.decode("latin-1"), data.decode("latin-1"), end))
        ended[end.split(":")[0]] += 1
        slowest = max(slowest, seconds)
    return ended, slowest, false


def main(many, seed=0):
    ended, slowest, false = run(originals(), many, seed)
    sys.stdout.write(f"{dict(ended)}, slowest {slowest:.2f} s\n")
    Path(tempfile.gettempdir(), f"forgeries-{seed}.json").write_text(json.dumps(false))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
