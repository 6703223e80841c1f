"""Claims are read as written, digits and all, from what other tools write; nothing is unpickled, nothing guessed.

The tables of R 4.2.2 and statsmodels 0.15 are what these print for data/primes.csv and for small made-up data, e.g.
`print(summary(glm(y ~ x, binomial, read.csv("data/primes.csv"))))`; those of Stata follow its manual's layout.
"""

import io
import json
import pickle
import struct
import zipfile
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest

from glmnn.auditing.claims import read as module
from glmnn.auditing.claims.read import read_claim
from glmnn.errors import DataError, GlmnnError, UsageError

R_SUMMARY = """
Call:
glm(formula = y ~ x + g + b + `big income` + xx, family = binomial,
    data = d)

Deviance Residuals:
    Min       1Q   Median       3Q      Max
-1.5809  -0.9566  -0.1322   1.0006   1.6984

Coefficients: (1 not defined because of singularities)
             Estimate Std. Error z value Pr(>|z|)
(Intercept)    0.1487     2.2047   0.067    0.946
x              0.5187     0.3980   1.303   <2e-16 ***
gb             0.5772     2.4905   0.232  < 2e-16 ***
gc            -0.3932     1.8347  -0.214    0.080 .
bTRUE          0.2473     1.2019   0.206    0.837
`big income`  -0.1468     0.1896  -0.774    0.439
xx                 NA         NA      NA       NA

(Dispersion parameter for binomial family taken to be 1)

    Null deviance: 19.408  on 13  degrees of freedom
Residual deviance: 16.777  on  8  degrees of freedom
"""
R_NAMES = ("(Intercept)", "x", "gb", "gc", "bTRUE", "`big income`")
R_VALUES = [0.1487, 0.5187, 0.5772, -0.3932, 0.2473, -0.1468]
R_NARROW = """Coefficients:
             Estimate Std. Error
(Intercept)    0.1487     2.2047
`big income`  -0.1468     0.1896
             z value Pr(>|z|)
(Intercept)    0.067    0.946
`big income`  -0.774    0.439
"""
R_COEF_SUMMARY = """> coef(summary(m))
              Estimate Std. Error   z value  Pr(>|z|)
(Intercept) -3.549e+00  2.7438853 -1.293447 0.1958565
x            5.518e-01  0.4222159  1.306857 0.1912612
"""
R_PRINT = """
Call:  glm(formula = y ~ poly(x, 2) + factor(g) * z + I(x^2), family = gaussian,
    data = d)

Coefficients:
 (Intercept)   poly(x, 2)1   poly(x, 2)2    factor(g)b    factor(g)c
     0.80539       0.54161      -0.24446      -0.32200      -1.07086
           z        I(x^2)  factor(g)b:z
    -0.07394            NA       0.03063

Degrees of Freedom: 13 Total (i.e. Null);  6 Residual
Null Deviance:\t    3.5
"""
R_COEF = """> coef(m)
 (Intercept)            x           gb           gc        bTRUE `big income`\x20
   0.1486679    0.5186847    0.5772464   -0.3931946    0.2473212   -0.1467982\x20
          xx\x20
          NA\x20
"""
STATSMODELS = """                 Generalized Linear Model Regression Results
==============================================================================
Dep. Variable:                      y   No. Observations:                   14
Model:                            GLM   Df Residuals:                        6
===================================================================================
                      coef    std err          z      P>|z|      [0.025      0.975]
-----------------------------------------------------------------------------------
Intercept           0.1664      0.878      0.189      0.850      -1.555       1.888
C(g, Treatment('b'))[T.c]  -0.0449   0.623     -0.072      0.943      -1.267       1.177
Q('big income')    -0.0452      0.063     -0.712      0.477      -0.170       0.079
I(x ** 2)         2.39e-05      0.038     -0.637      0.524      -0.098       0.050
===================================================================================
Omnibus:                        5.445   Durbin-Watson:                   3.410
"""
SUMMARY2 = """                        Results: Logit
===============================================================
Model:              Logit            Method:           MLE
----------------------------------------------------------------
              Coef.   Std.Err.     z     P>|z|    [0.025  0.975]
----------------------------------------------------------------
Intercept    -3.5491    2.7439  -1.2934  0.1959  -8.9270  1.8289
x             0.5518    0.4222   1.3068  0.1913  -0.2758  1.3793
===============================================================
"""
AS_CSV = """      Generalized Linear Model Regression Results
Dep. Variable:  ,y               ,  No. Observations:  ,    14
Df Residuals, 5, Df Model, 2
                           ,   coef   , std err ,    z    ,P>|z| ,  [0.025 ,  0.975]
Intercept                  ,    1.0305,    0.522,    1.972, 0.049,    0.006,    2.055
C(g, Treatment('b'))[T.a]  ,   -1.2305,    0.684,   -1.798, 0.072,   -2.572,    0.111
Omnibus:      , 5.445,  Durbin-Watson:     ,   3.410
"""
SERIES = "Intercept    -3.549071\nC(g)[T.b]     0.551776\ndtype: float64\n"
STATA = """. logit admit gre i.rank c.gre#c.gre rank#c.gpa rank#sex

Iteration 0:   log likelihood = -249.98826
Log likelihood = -229.25875                       Pseudo R2       =     0.0829

------------------------------------------------------------------------------
       admit | Coefficient  Std. err.      z    P>|z|     [95% conf. interval]
-------------+----------------------------------------------------------------
         gre |   .0022644    .001094     2.07   0.038     .0001202    .0044086
             |
        rank |
          1  |          0  (base)
          2  |  -.6754429   .3164897    -2.13   0.033    -1.295752   -.0551346
  very high  |  -1.340204   .3453064    -3.88   0.000    -2.016988   -.6634204
             |
 c.gre#c.gre |   .0000123     .00001     1.23   0.218    -.0000073    .0000319
             |
  rank#c.gpa |
          2  |   1.23e-06     .01001     1.23   0.218    -.0000073    .0000319
             |
    rank#sex |
        2 1  |         .5     .01001     1.23   0.218    -.0000073    .0000319
     2#high  |       .625     .01001     1.23   0.218    -.0000073    .0000319
             |
        late |          0  (omitted)
       _cons |  -3.989979   1.139951    -3.50   0.000    -6.224242   -1.755717
-------------+----------------------------------------------------------------
    /lnalpha |   .4402524   .0631121                      .3165550    .5639498
------------------------------------------------------------------------------
"""
STATA_NAMES = (
    "gre", "2.rank", "very high.rank", "c.gre#c.gre", "2.rank#c.gpa", "2.rank#1.sex", "2.rank#high.sex", "_cons"
)  # fmt: skip
STATA_VALUES = [0.0022644, -0.6754429, -1.340204, 1.23e-5, 1.23e-6, 0.5, 0.625, -3.989979]
XZ, BOTH = ("(Intercept)", "x"), [-3.5491, 0.5518]
OWN = {
    "schema": "glmnn.fit/1",
    "inference": {"coefficients": [{"term": "(Intercept)", "estimate": -3.549070672801298, "std.error": 2.7}]},
    "solvers": [{"solver": "gd", "coefficients": {"(Intercept)": -3.549070654943762}}],
}
TORCH, INPUTS = "PyTorch state_dict", ("(Intercept)", None, None)
FULL = [-3.549070672801298, 0.5517759208389491]


@pytest.fixture
def read(tmp_path):
    """Write text, bytes or anything that JSON knows to a file and read the claim in it."""

    def read_file(content, name="claim.txt"):
        path = tmp_path / name
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_claim(str(path))

    return read_file


def npy(array):
    file = io.BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


def npz(*arrays, **named):
    file = io.BytesIO()
    np.savez(file, *arrays, **named)
    return file.getvalue()


def tensors(data=b"", length=None, **entries):
    """Bytes of a safetensors file as its library writes them: keys sorted, the header padded to 8 bytes."""
    header = entries.pop("raw", None) or json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


PRINTED = {
    "R summary": (R_SUMMARY, "R summary", R_NAMES, R_VALUES, "4 decimals"),
    "R narrow": (R_NARROW, "R summary", ("(Intercept)", "`big income`"), [0.1487, -0.1468], "4 decimals"),
    "R exponents": (R_COEF_SUMMARY, "R summary", XZ, [-3.549, 0.5518], "4 significant digits"),
    "R print": (
        R_PRINT,
        "R coefficients",
        ("(Intercept)", "poly(x, 2)1", "poly(x, 2)2", "factor(g)b", "factor(g)c", "z", "factor(g)b:z"),
        [0.80539, 0.54161, -0.24446, -0.322, -1.07086, -0.07394, 0.03063],
        "5 decimals",
    ),
    "R coef": (
        R_COEF,
        "R coefficients",
        R_NAMES,
        [0.1486679, 0.5186847, 0.5772464, -0.3931946, 0.2473212, -0.1467982],
        "7 decimals",
    ),
    "statsmodels": (
        STATSMODELS,
        "statsmodels summary",
        ("Intercept", "C(g, Treatment('b'))[T.c]", "Q('big income')", "I(x ** 2)"),
        [0.1664, -0.0449, -0.0452, 2.39e-5],
        "4 to 7 decimals",
    ),
    "summary2": (SUMMARY2, "statsmodels summary", ("Intercept", "x"), BOTH, "4 decimals"),
    "as_csv": (AS_CSV, "CSV", ("Intercept", "C(g,Treatment('b'))[T.a]"), [1.0305, -1.2305], "4 decimals"),
    "Series": (SERIES, "pandas Series", ("Intercept", "C(g)[T.b]"), [-3.549071, 0.551776], "6 decimals"),
    "Series without names": ("0 -3.5491\n1  0.5518\ndtype: float64", "pandas Series", (None, None), BOTH, "4 decimals"),
    "Stata": (STATA, "Stata table", STATA_NAMES, STATA_VALUES, "1 to 8 decimals"),
    "one to a line": ("(Intercept) = -3.5491\nx y: 0.5518", "text", ("(Intercept)", "x y"), BOTH, "4 decimals"),
    "one column of R": ("                   est\n(Intercept) -3.5491\nx  0.5518", "text", XZ, BOTH, "4 decimals"),
    "NumPy print": ("[[-3.5491  0.5518]]", "text", (None, None), BOTH, "4 decimals"),
    "tensor print": ("tensor([-3.5491, 0.5518])", "text", (None, None), BOTH, "4 decimals"),
    "pairs in a file": ("(Intercept)=-3.5491,x=0.5518\n", "text", XZ, BOTH, "4 decimals"),
    "minus as typeset": ("(Intercept) \u22123.5491\nx 0.5518", "text", XZ, BOTH, "4 decimals"),
}  # fmt: skip


@pytest.mark.parametrize("case", PRINTED)
def test_what_programs_print_is_read_with_its_digits(read, case):
    text, kind, names, values, digits = PRINTED[case]
    claim = read(text)
    assert (claim.kind, claim.names) == (kind, names)
    assert claim.values.tolist() == values
    assert claim.printed
    assert claim.digits == digits


def test_what_is_left_out_is_told(read):
    assert read(R_SUMMARY).notes == ("not defined there, so left out: xx",)
    assert read(R_PRINT).notes == ("not defined there, so left out: I(x^2)",)
    assert read(STATA).notes == ("left out by Stata: late",)
    assert read([{"term": "x", "estimate": 0.5}, {"term": "xx", "estimate": None}]).notes == (
        "not defined there, so left out: xx",
    )


DOCUMENTS = {
    "glmnn with inference": (OWN, "glmnn document", ("(Intercept)",), FULL[:1]),
    "glmnn without": (OWN | {"inference": None}, "glmnn document", ("(Intercept)",), [-3.549070654943762]),
    "mapping": ({"(Intercept)": FULL[0], "x": FULL[1]}, "JSON mapping", XZ, FULL),
    "nested": ({"params": {"(Intercept)": FULL[0], "x": FULL[1]}, "aic": 8.7}, "JSON mapping", XZ, FULL),
    "coefficients": ({"coefficients": FULL}, "JSON list", (None, None), FULL),
    "list": (FULL, "JSON list", (None, None), FULL),
    "column": ([[FULL[0]], [FULL[1]], [0.25]], "JSON list", (None,) * 3, [*FULL, 0.25]),
    "records": (
        [{"term": "(Intercept)", "estimate": FULL[0], "std.error": 1}, {"term": "x", "estimate": FULL[1]}],
        "JSON list", XZ, FULL,
    ),
    "frame": ({"Coef.": {"(Intercept)": FULL[0], "x": FULL[1]}, "z": {"x": 1.3}}, "JSON mapping", XZ, FULL),
    "jsonlite": ({"(Intercept)": [-3.5491], "weight": [0.5518]}, "JSON mapping", ("(Intercept)", "weight"), BOTH),
    "pandas without names": ({"0": -3.5491, "1": 0.5518}, "JSON mapping", (None, None), BOTH),
    "scikit-learn": (
        {"coef_": [[0.5518359225192191]], "intercept_": [-3.54941053799372], "feature_names_in_": ["x"]},
        "scikit-learn", XZ, [-3.54941053799372, 0.5518359225192191],
    ),
    "scikit-learn, flat": ({"coef": [0.5518], "intercept": -3.5491}, "scikit-learn", ("(Intercept)", None), BOTH),
    "two classes": (
        {"coef_": [[0.25], [1.0]], "intercept_": [1.5, 3.75], "feature_names_in_": ["x"]},
        "scikit-learn", XZ, [2.25, 0.75],
    ),
    "PyTorch": (
        {"0.weight": [[-0.005293981172144413, 0.37932288646698]], "0.bias": [-0.5819807648658752]},
        TORCH, INPUTS, [-0.5819807648658752, -0.005293981172144413, 0.37932288646698],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DOCUMENTS)
def test_json_of_many_tools(read, case):
    content, kind, names, values = DOCUMENTS[case]
    claim = read(content)
    assert (claim.kind, claim.names) == (kind, names)
    assert claim.values.tolist() == values


def test_numbers_of_torch_in_json_are_known_to_be_single(read):
    claim = read({"weight": [[-0.005293981172144413]], "bias": [-0.5819807648658752]})
    assert claim.single
    assert claim.digits == "float32"
    np.testing.assert_array_equal(claim.half_units, np.spacing(np.abs(claim.values).astype(np.float32)) / 2)
    assert not read({"weight": [[0.005293981172144414]], "bias": [-0.5819807648658752]}).single
    assert read({"weight": [[0.3333333333333333]], "bias": [0.0]}).half_units.max() < 1e-16


def test_first_solver_and_two_rows_are_told(read):
    assert read(OWN | {"inference": None}).notes == (
        "there are no standard errors in it: the coefficients of solver 'gd'",
    )
    assert read(DOCUMENTS["two classes"][0]).notes == ("two-class softmax: the difference of its two rows",)
    two = read({"coef_": [[0.1234], [1.0001]], "intercept_": [0.5002, 0.1]})
    assert two.half_units.tolist() == [0.1, 1e-4]  # the errors of two written values add up
    assert (two.printed, two.digits) == (True, "1 to 4 decimals")
    claim = read("term,estimate,solver\nx,0.25,fisher\nx,0.375,gd\n")
    assert (claim.values.tolist(), claim.notes) == ([0.25], ("of 2 solvers in it the first, 'fisher'",))


@pytest.mark.parametrize(
    "text",
    [
        "term,estimate,std.error\n(Intercept),-3.5491,2.7\nx,0.5518,0.4\n",
        '"","Estimate","Std. Error"\n"(Intercept)",-3.5491,2.7\n"x",0.5518,0.4\n',
        '"","x"\n"(Intercept)",-3.5491\n"x",0.5518\n',
        "Variable;Std.Err.;Coef.\n(Intercept);2.7;-3.5491\nx;0.4;0.5518\n",
        "(Intercept)\t-3.5491\r\nx\t0.5518\r\n",
        "\ufeffname,value\n\n(Intercept),-3.5491\nx,0.5518\n",
        "(Intercept),x\n-3.5491,0.5518\n",
    ],
)
def test_csv_of_many_tools(read, text):
    claim = read(text)
    assert (claim.kind, claim.names, claim.values.tolist()) == ("CSV", XZ, BOTH)
    assert claim.digits == "4 decimals"


@pytest.mark.parametrize(
    ("text", "value", "half", "printed", "digits"),
    [
        ("0.4783", 0.4783, 5e-5, True, "4 decimals"),
        ("1.2e-3", 1.2e-3, 5e-5, True, "4 decimals"),
        ("-3.549e+00", -3.549, 5e-4, True, "3 decimals"),
        ("1.50", 1.5, 5e-3, True, "2 decimals"),
        (".5", 0.5, 5e-2, True, "1 decimal"),
        ("12", 12.0, 2.0**-50, False, "full precision"),
        ("0.0", 0.0, 5e-2, True, "1 decimal"),
        ("0.4782897317", 0.4782897317, 5e-11, True, "10 decimals"),
        ("0.00012345678901234", 0.00012345678901234, 5e-18, True, "17 decimals"),
        ("0.123456789012345", 0.123456789012345, 2.0**-57, False, "full precision"),
        ("0.5517759208389491", 0.5517759208389491, 2.0**-54, False, "full precision"),
    ],
)
def test_half_a_unit_of_the_last_digit(read, text, value, half, printed, digits):
    for claim in (read_claim(f"x={text}"), read(f"x {text}\n"), read(f"term,estimate\nx,{text}\n")):
        assert (claim.values.tolist(), claim.half_units.tolist()) == ([value], [half])
        assert (claim.printed, claim.digits) == (printed, digits)
    if text[0] not in ".-":
        assert read('{"x": %s}' % text).half_units.tolist() == [half]  # noqa: UP031


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("a=0.4783,b=12.5", "1 to 4 decimals"),
        ("a=0.4783,b=12", "4 decimals"),
        ("a=0.04783,b=12.50,c=1.123", "4 significant digits"),
    ],
)
def test_digits_of_several_values(text, digits):
    assert read_claim(text).digits == digits


def test_a_short_number_among_full_ones_is_full_in_documents_only(read):
    content = {"a": 0.5, "b": 0.5517759208389491, "c": 0.3333333333333333}
    assert read(content).half_units[0] == 2.0**-54
    assert read_claim("a=0.5,b=0.5517759208389491,c=0.3333333333333333").half_units[0] == 0.05
    mostly_rounded = {"a": 0.5, "b": 0.5517759208389491, "c": 0.33, "d": 0.25}
    assert read(mostly_rounded).half_units[[0, 2]].tolist() == [0.05, 0.005]


def test_pairs_and_lists():
    claim = read_claim("(Intercept)=-3.11, C(g, Treatment('b'))[T.a]=1,`a,b`=.5,'c,d'=2,g=b=7,don't=1,bs(x, df=4)[1]=3")
    assert claim.names == (
        "(Intercept)", "C(g, Treatment('b'))[T.a]", "`a,b`", "c,d", "g=b", "don't", "bs(x, df=4)[1]"
    )  # fmt: skip
    assert claim.values.tolist() == [-3.11, 1.0, 0.5, 2.0, 7.0, 1.0, 3.0]
    assert (claim.source, claim.kind, claim.notes) == ("--coef", "text", ())
    assert read_claim("-3.55, 0.55").names == (None, None)


def test_a_file_goes_before_a_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("x=1", "0.5"):
        (tmp_path / name).write_text('{"z": 0.25}')
        assert read_claim(name).names == ("z",)


ARRAYS = {
    "npy": (npy([-3.5, 0.25]), "NumPy array", (None, None), [-3.5, 0.25]),
    "npy row": (npy([[-3.5, 0.25]]), "NumPy array", (None, None), [-3.5, 0.25]),
    "npy column": (npy([[-3.5], [0.25], [1.0]]), "NumPy array", (None,) * 3, [-3.5, 0.25, 1.0]),
    "npy Fortran": (npy(np.array([[1.0, 2, 3], [2, 4, 7]], order="F")), "NumPy array", (None,) * 3, [1.0, 2.0, 4.0]),
    "big-endian": (npy(np.array([-3.5, 0.25], dtype=">f8")), "NumPy array", (None, None), [-3.5, 0.25]),
    "whole": (npy([1, 2]), "NumPy array", (None, None), [1.0, 2.0]),
    "one array": (npz([-3.5, 0.25]), "NumPy array", (None, None), [-3.5, 0.25]),
    "scalars": (npz(**{"(Intercept)": -3.5, "weight": 0.25}), "NumPy array", ("(Intercept)", "weight"), [-3.5, 0.25]),
    "PyTorch": (npz(weight=[[1.0, 2.0]], bias=[3.0]), TORCH, INPUTS, [3.0, 1.0, 2.0]),
    "Sequential": (npz(**{"0.weight": [[1.0]], "0.bias": [3.0]}), TORCH, ("(Intercept)", None), [3.0, 1.0]),
    "softmax": (
        npz(weight=[[1.0, 2.0], [4.0, 8.0]], bias=[3.0, 5.0]),
        TORCH, INPUTS, [2.0, 3.0, 6.0],
    ),
    "Keras": (npz([[1.0], [2.0]], [3.0]), "Keras weights", INPUTS, [3.0, 1.0, 2.0]),
    "Keras softmax": (
        npz(kernel=[[1.0, 4.0], [2.0, 8.0]], bias=[3.0, 5.0]),
        "Keras weights", INPUTS, [2.0, 3.0, 6.0],
    ),
    "scikit-learn": (
        npz(coef_=[[1.0, 2.0]], intercept_=[3.0], feature_names_in_=np.array(["x", "z"])),
        "scikit-learn", ("(Intercept)", "x", "z"), [3.0, 1.0, 2.0],
    ),
    "names as objects": (
        npz(coef_=[[1.0]], intercept_=[3.0], feature_names_in_=np.array(["x"], dtype=object)),
        "scikit-learn", ("(Intercept)", None), [3.0, 1.0],
    ),
    "safetensors": (
        tensors(struct.pack("<fff", 3, 1, 2), bias=entry([1], 0, 4), weight=entry([1, 2], 4, 12)),
        TORCH, INPUTS, [3.0, 1.0, 2.0],
    ),
    "F64": (tensors(struct.pack("<d", 0.1), weight=entry([1, 1], 0, 8, "F64")), TORCH, (None,), [0.1]),
    "metadata": (
        tensors(b"\0\0\0\x3f", raw=json.dumps({"__metadata__": {"a": "b"}, "weight": entry([1, 1], 0, 4)}).encode()),
        TORCH, (None,), [0.5],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_of_many_tools(read, case):
    content, kind, names, values = ARRAYS[case]
    claim = read(content)
    assert (claim.kind, claim.names) == (kind, names)
    assert claim.values.tolist() == values


@pytest.mark.parametrize(
    ("dtype", "data", "value", "half", "digits"),
    [
        ("F64", struct.pack("<d", 0.1), 0.1, 2.0**-57, "full precision"),
        ("F32", struct.pack("<f", 0.1), float(np.float32(0.1)), 2.0**-28, "float32"),
        ("F16", struct.pack("<e", 0.1), float(np.float16(0.1)), 2.0**-15, "half precision"),
        ("BF16", struct.pack("<f", 0.15625)[2:], 0.15625, 2.0**-11, "half precision"),
        ("F32", bytes(4), 0.0, 2.0**-150, "float32"),
    ],
)
def test_binary_numbers_are_known_to_half_a_unit_in_the_last_place(read, dtype, data, value, half, digits):
    claim = read(tensors(data, weight=entry([1, 1], 0, len(data), dtype)))
    assert (claim.values.tolist(), claim.half_units.tolist()) == ([value], [half])
    assert (claim.single, claim.printed, claim.digits) == (dtype != "F64", False, digits)


def test_a_header_whose_length_begins_like_a_pickle(read):
    header = json.dumps({"weight": entry([1, 1], 0, 4)}).encode().ljust(0x280)
    assert read(tensors(b"\0\0\0\x3f", raw=header)).values.tolist() == [0.5]


def test_npz_of_float32_is_single(read):
    claim = read(npz(weight=np.float32([[0.1]]), bias=np.float32([0.2])))
    assert claim.single
    assert claim.half_units.tolist() == [2.0**-27, 2.0**-28]
    assert read(ARRAYS["names as objects"][0]).notes[0].startswith("feature_names_in_ is a pickled array")


class Bomb:
    """Would raise when unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


TORCH_OLD = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
PICKLES = {
    **{f"protocol {p}": (pickle.dumps(Bomb(), p), "json.dump({'coef_': model.coef_.tolist()") for p in range(6)},
    "a dict in protocol 0": (pickle.dumps({"x": 1.0}, 0), "json.dump({'coef_'"),
    "PyTorch": (zipped(m__data_pkl=b"\x80\x02}q\0.", m__data__0=b"1234"), "model.state_dict().items()})"),
    "old PyTorch": (TORCH_OLD, "np.savez('coef.npz', **{k: v.numpy()"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(40), "np.savez('coef.npz', *model.get_weights())"),
    "Keras": (zipped(config_json="{}", model_weights_h5=b"\x89HDF"), "np.savez('coef.npz', *model.get_weights())"),
    "objects": (npy(np.array([Bomb()], dtype=object)), "pickled objects"),
    "objects in npz": (npz(weight=np.array([Bomb()], dtype=object)), "pickled objects"),
}


@pytest.mark.parametrize("case", PICKLES)
def test_nothing_is_unpickled_and_the_safe_way_is_told(read, case):
    content, hint = PICKLES[case]
    with pytest.raises(UsageError) as caught:
        read(content, "model.csv")  # the ending does not matter
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


GOOD = ARRAYS["safetensors"][0]
DAMAGED = {
    "empty": (b" \n", "the file is empty"),
    "UTF-16": ("x=1".encode("utf-16"), "UTF-16; save it as UTF-8"),
    "Latin 1": (b"a\nx\xe9=1", ":2: byte 0xe9 is not UTF-8"),
    "binary": (bytes(range(256)), "binary data of no known kind"),
    "gzip": (b"\x1f\x8b\x08\0", "unpack it first"),
    "zip cut short": (npz([1.0])[:-30], "cut short or damaged"),
    "zip without arrays": (zipped(a_txt="1"), "a zip without NumPy arrays (it has a.txt)"),
    "npy cut short": (npy([1.0, 2.0])[:-3], "cut short or damaged"),
    "npy header cut short": (npy([1.0])[:20], "cut short or damaged"),
    "npy of a huge shape": (npy([1.0]).replace(b"(1,)", b"(9" + b"9" * 12 + b",)")[:200], "cut short or damaged"),
    "npy of texts": (npy(["a"]), "not numbers"),
    "npy of complex": (npy([1j]), "not numbers"),
    "npy empty": (npy([]), "shape 0"),
    "npy of a cube": (npy(np.ones((2, 2, 2))), "shape 2 x 2 x 2"),
    "npy of 3 rows": (npy(np.ones((3, 2))), "has 3 rows: only one neuron"),
    "npy nan": (npy([1.0, np.nan]), "'the array[1]' is nan: it must be finite"),
    "npz inf": (npz(weight=[[1.0, np.inf]], bias=[0.0]), "'weight[0, 1]' is inf: it must be finite"),
    "npz scalar nan": (npz(x=np.nan, z=1.0), "'x' is nan: it must be finite"),
    "safetensors cut short": (GOOD[:-4], "the offsets of 'weight' do not fit"),
    "safetensors header cut short": (GOOD[:40], "cut short: its header should have"),
    "safetensors offsets beyond": (tensors(b"1234", weight=entry([1, 1], 4, 8)), "the offsets of 'weight' do not fit"),
    "safetensors offsets negative": (tensors(b"1234", weight=entry([1, 1], -4, 0)), "the offsets of 'weight'"),
    "safetensors shape": (tensors(b"1234", weight=entry([1, 2], 0, 4)), "the offsets of 'weight' do not fit"),
    "safetensors negative shape": (tensors(b"1234", weight=entry([-1, -1], 0, 4)), "the offsets of 'weight'"),
    "safetensors huge shape": (tensors(b"", weight=entry([2**62, 4], 0, 0)), "the offsets of 'weight' do not fit"),
    "safetensors length": (tensors(b"", 2**63, weight=entry([1], 0, 0)), "its header should have 9223372036854775808"),
    "safetensors type": (tensors(b"1", weight=entry([1], 0, 1, "I8")), "has the type 'I8'"),
    "safetensors entry": (tensors(b"", raw=b'{"weight": [1]}'), "'weight' has no dtype, shape and data_offsets"),
    "safetensors header": (tensors(b"", raw=b'{"weight": '), "the header is not readable"),
    "safetensors deep": (tensors(b"", raw=b'{"a":' + b"[" * 100_000), "the header is not readable"),
    "safetensors empty": (tensors(b"", raw=b"{} "), "there is no tensor in it"),
    "hidden layer": (npz(**{"0.weight": [[1.0]], "0.bias": [1.0], "2.weight": [[1.0]]}), "without hidden layers"),
    "hidden layer of Keras": (npz([[1.0]], [1.0], [[1.0]], [1.0]), "2 weight arrays (arr_0, arr_2): only a single"),
    "three units": (npz(weight=np.ones((3, 2)), bias=np.ones(3)), "has 3 units: only one neuron"),
    "other arrays": (npz(a=[1.0, 2.0], b=[3.0]), "the arrays a, b are not the weights and bias"),
    "bias of another size": (npz(weight=[[1.0], [2.0]], bias=np.ones(3)), "2 units in 'weight', but 3 in the bias"),
    "too few names": ({"coef_": [[1.0, 2.0]], "feature_names_in_": ["x"]}, "1 feature names, but 2 values"),
    "names no texts": ({"coef_": [[1.0]], "feature_names_in_": [1]}, "must be a list of texts"),
    "multinomial": ({"coef_": [[1], [2], [3]], "intercept_": [1, 2, 3]}, "a multinomial model is not audited yet"),
    "rows of a list": ([[1, 2], [3, 4], [5, 6]], "'the list' has 3 rows: only one neuron"),
    "ragged": ([[1.0, 2.0], [3.0]], "rows of unequal length"),
    "empty list": ([], "'the list' is empty"),
    "empty mapping": ({}, "there is no coefficient in it"),
    "a text for a number": ({"x": "0.5"}, "'x': '0.5' is not a number"),
    "true for a number": ({"x": True}, "'x': 'True' is not a number"),
    "NaN": ('{"x": NaN}', "'x': 'NaN' is not a finite number"),
    "too large a number": ('{"x": 1e400}', "'x': '1e400' is not a finite number"),
    "too long an integer": ('{"x": 1%s}' % ("0" * 5000), "is not a finite number"),
    "twice": ('{"x": 1, "x": 2}', "the name 'x' occurs twice"),
    "twice in csv": ("term,estimate\nx,1\nx,2\n", "the name 'x' occurs twice"),
    "deep": ("[" * 100_000, "nested too deeply"),
    "cut short json": ('{"x": 1', "the JSON is cut short or damaged at line 1"),
    "another schema": ({"schema": "glmnn.simulate/1"}, "the schema is 'glmnn.simulate/1'"),
    "no solver": (OWN | {"inference": None, "solvers": []}, "neither inference nor a solver"),
    "records without estimate": ([{"term": "x"}], 'must look like {"term": "x", "estimate": 0.5}'),
    "objects": ({"a": {"b": {"c": 1}}}, "no coefficients are recognised in it (it has a)"),
    "json text": ('["a"]', "'the list[0]': 'a' is not a number"),
    "ragged csv": ("term,estimate\nx,1,2\n", ":2: 3 cells, but the header has 2 columns"),
    "comma or thousands": ("term;estimate\nx;1,234\nz;2,345\n", "'1,234': is the comma for decimals or for thousands"),
    "comma and point": ("term;estimate\nx;0,5\nz;0.5\n", "'0,5' has a decimal comma and '0.5' a point"),
    "two candidates": ("term,coef,value\nx,1,2\n", "Candidates are term, coef, value"),
    "nan in csv": ("term,estimate\nx,nan\n", "'x': 'nan' is not a finite number"),
    "inf in R": (R_SUMMARY.replace("   0.5187", "      Inf"), "'x': 'Inf' is not a finite number"),
    "two tables": (R_SUMMARY * 2, "there are 2 tables of coefficients"),
    "two tables of Stata": (STATA * 2, "there are 2 tables of coefficients"),
    "two vectors": (R_PRINT * 2, "there are 2 lists of coefficients"),
    "odds ratios": (STATA.replace("Coefficient", "Odds ratio "), "the ratio -0.675443 has no logarithm"),
    "elasticities": (STATA.replace("Coefficient", "ey/ex      "), "has ey/ex, not coefficients"),
    "heading alone": (R_SUMMARY[: R_SUMMARY.index("(Intercept)")], "no row of coefficients"),
    "shifted names": ("a b c d\n0.5   0.25\n", "the names do not stand above their numbers"),
    "dots": ("a   0.5\n..  ...\nz   0.25\nLength: 90, dtype: float64", "the listing is cut short by dots"),
    "prose": ("Dear all,\nthe effect is large.\n", "no coefficients are recognised in it; understood are"),
    "one long line": ("x " * 3_000, "no coefficients are recognised in it"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_what_cannot_be_read_is_told_in_one_line(read, case):
    content, message = DAMAGED[case]
    with pytest.raises((UsageError, DataError)) as caught:
        read(content)
    assert message in str(caught.value)
    assert "claim.txt" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("coef.json", "coef.json: there is no such file"),
        (".", "this is a folder"),
        ("x" * 5000, "File name too long"),
        ("  ", "give a file, or NAME=VALUE pairs"),
        ("x=1\0", "give a file, or NAME=VALUE pairs"),
        ("x=", "'x=': write NAME=VALUE"),
        ("=1", "'=1': write NAME=VALUE"),
        ("x=1,2", "'2': write NAME=VALUE"),
        ("x=1,x=2", "the name 'x' occurs twice"),
        ("x=nan", "'x': 'nan' is not a finite number"),
        ("x=NA", "is not a finite number"),
        ("x=-inf", "'x': '-inf' is not a finite number"),
        ("1,nan", "'value 2': 'nan' is not a finite number"),
        ("x=1e400", "'x': '1e400' is not a finite number"),
        ("1e400", "'1e400' is not a finite number"),
        ("x=1_0", "'x': '1_0' is not a number"),
        ("x\x1b[31m=a\nb", r"'x\x1b[31m': 'a\nb' is not a number"),
    ],
)
def test_texts_that_are_no_claim(tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((UsageError, DataError)) as caught:
        read_claim(text)
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_the_nearest_file_is_named(tmp_path):
    (tmp_path / "coef.json").write_text("{}")
    with pytest.raises(DataError, match=r"did you mean 'coef\.json'"):
        read_claim(str(tmp_path / "coeff.json"))


def test_size_is_limited(read, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 20)
    assert read('{"x": 0.5}').names == ("x",)
    with pytest.raises(DataError, match="more than"):
        read('{"x": 0.5}' + " " * 20)


def test_too_much_text_and_a_bomb(read):
    with pytest.raises(DataError, match="characters are too many"):
        read("x 0.5\n" * 1_000_000)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weight.npy", bytes(60_000_000))
    with pytest.raises(DataError, match="unpacked it has more than 50 MB"):
        read(file.getvalue())


def stdin(raw, tty=False):
    return SimpleNamespace(buffer=io.BytesIO(raw), isatty=lambda: tty)


def test_standard_input_takes_text_only(monkeypatch):
    monkeypatch.setattr("sys.stdin", stdin(R_SUMMARY.encode()))
    claim = read_claim("-")
    assert (claim.source, claim.names) == ("<stdin>", R_NAMES)
    monkeypatch.setattr("sys.stdin", stdin(npy([1.0])))
    with pytest.raises(UsageError, match="binary data on standard input"):
        read_claim("-")
    monkeypatch.setattr("sys.stdin", stdin(b"", tty=True))
    with pytest.raises(DataError, match="nothing on standard input"):
        read_claim("-")


@pytest.mark.parametrize("content", [R_SUMMARY, STATA, R_COEF, AS_CSV, json.dumps(OWN), GOOD, ARRAYS["softmax"][0]])
def test_any_cut_ends_in_a_claim_or_in_one_sentence(read, content):
    for length in range(0, len(content), 7):
        with suppress(GlmnnError):  # any other exception fails
            assert np.all(np.isfinite(read(content[:length]).values))


def test_a_whole_number_among_decimals_has_lost_its_zeros(read):
    claim = read_claim("(Intercept)=-4,x=0.55")
    assert claim.half_units.tolist() == [5e-3, 5e-3]
    alone = read_claim("(Intercept)=-4,x=1")
    assert alone.half_units.max() < 1e-15  # whole numbers alone are meant exactly
