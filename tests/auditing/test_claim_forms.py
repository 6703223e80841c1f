"""The forms in which people paste coefficients: each is read as the fit that it shows, and nothing else ever is."""

from contextlib import suppress

import numpy as np
import pytest
from reference_claims import BLOCKS

from glmnn.auditing.claims.names import match
from glmnn.auditing.claims.read import read_claim
from glmnn.errors import DataError, GlmnnError, UsageError

MLE = [-3.549070672801298, 0.5517759208389491]
TIBBLE = """# A tibble: 2 x 3
  term        estimate std.error
  <chr>          <dbl>     <dbl>
1 (Intercept)  -123.        2.74
2 x               0.552     0.422
"""  # as pillar rounds to three digits
ROUGH = {"sk print", "sk repr", "sk tuple", "sk dict", "sk dict2", "labels"}  # L-BFGS stops at 1e-4


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "claim.txt"
        path.write_text(text, encoding="utf-8")
        return read_claim(str(path))

    return read_text


@pytest.mark.parametrize("name", BLOCKS)
def test_a_form_is_the_fit_that_it_shows(read, name):
    claim = read(BLOCKS[name])
    found = match(claim, ("(Intercept)", "x"), {})
    assert not found.without_intercept
    slack = 4e-4 if name in ROUGH else 1e-5 if claim.half_units.max() < 1e-7 else 0.0
    assert np.all(np.abs(found.values - MLE) <= found.half_units * (1 + 1e-9) + slack)
    assert found.half_units.max() < 0.5
    assert claim.printed == (claim.half_units.max() > 1e-14)


@pytest.mark.parametrize(
    ("text", "names", "values"),
    [
        ("weight tensor([[-0.1290,  0.0996]])\nbias tensor([-0.1638])\n", None, [-0.1638, -0.129, 0.0996]),
        ("Intercept: [-3.5]\nCoefficients: [[0.25 0.5 ]]\n", None, [-3.5, 0.25, 0.5]),
        ("Coefficients: [0.5518,0.3] Intercept: -3.5491", None, [-3.5491, 0.5518, 0.3]),
        ("[[0.25 0.5 ]\n [0.75 1.5 ]] [1.5 3.5]\n", None, [2.0, 0.5, 1.0]),
        ("[('x', np.float64(0.25)), ('z', 1.5)]", ("x", "z"), [0.25, 1.5]),
        ("{'x': 1e-05, 'z': -.5, 'it\\'s': +2}", ("x", "z", "it's"), [1e-5, -0.5, 2.0]),
        ('{"coef": {"x": 0.5}, "intercept": [1.25]}', ("(Intercept)", "x"), [1.25, 0.5]),
        ('{"weights": [[0.5, 0.25]], "bias": [1.25]}', None, [1.25, 0.5, 0.25]),
        ('{"W": [0.5], "b": 1.25, "names": ["x"]}', ("(Intercept)", "x"), [1.25, 0.5]),
        ("term\tcoef\nIntercept\t\u2212\u20093.549\nx\t1\u202f234.5**\n", ("Intercept", "x"), [-3.549, 1234.5]),
        ('term,coef\nIntercept,-3.549\nx,"1,234.5"\n', ("Intercept", "x"), [-3.549, 1234.5]),
        ("term;coef\nIntercept;-1.234,5\nx;0,25\n", ("Intercept", "x"), [-1234.5, 0.25]),
        ('"","term","estimate"\n"1","(Intercept)",-3.5\n"2","x",0.25\n', ("(Intercept)", "x"), [-3.5, 0.25]),
        (",feature,coefficient\n0,a,0.5\n1,b,0.25\n", ("a", "b"), [0.5, 0.25]),
        ("Variable,ClassVal0,DF,Estimate\nIntercept,,1,-0.5\ng,b,1,0.25\n", ("Intercept", "g b"), [-0.5, 0.25]),
        ("term;B;Exp(B)\nconst;-3,549;0,029\nx;0,552;1,736\n", ("const", "x"), [-3.549, 0.552]),
        ("\tB\tStd. Error\tBeta\tt\tSig.\nx\t.552\t.4\t.75\t1.3\t.2\n", ("x",), [0.552]),
        (
            "\t\tB\tS.E.\tWald\tdf\tSig.\tExp(B)\t95% C.I.for EXP(B)\t\n\t\t\t\t\t\t\t\tLower\tUpper\n"
            "Step 1a\trank\t\t\t20.895\t3\t.000\t\t\t\n\trank(1)\t1.551\t.418\t13.787\t1\t.000\t4.718\t2.080\t10.701\n"
            "\tConstant\t-3.549\t2.744\t1.673\t1\t.196\t.029\t\t\n",
            ("rank(1)", "Constant"), [1.551, -3.549],
        ),
        (
            "| Coefficient | Estimate (SE) | p |\n|---|---|---|\n"
            "| x | 0.55* (0.42) | 0.2 |\n| z | 1.50 (0.40) | <0.001 |\n",
            ("x", "z"), [0.55, 1.5],
        ),
        (
            "\\begin{tabular}{lc}\n & \\multicolumn{1}{c}{y} \\\\ \n x & 0.552 \\\\ \n & (0.422) \\\\ \n & \\\\ \n"
            " big\\_income & $-$3.549$^{*}$ \\\\ \n & (2.744) \\\\ \nObservations & 1,234 \\\\ \n\\end{tabular}",
            ("x", "big_income"), [0.552, -3.549],
        ),
        (
            "                               Standard     Wald 95% Confidence          Wald\n"
            "Parameter         DF    Estimate       Error           Limits           Chi-Square    Pr > ChiSq\n\n"
            "Intercept          1     -3.5491      2.7439     -8.9270      1.8288          1.67        0.1959\n"
            "g          a       1      0.5518      0.4222     -0.2758      1.3793          1.71        0.1913\n"
            "g          b       0      0.0000      0.0000      0.0000      0.0000           .           .\n"
            "Scale              0      1.0000      0.0000      1.0000      1.0000\n",
            ("Intercept", "g a"), [-3.5491, 0.5518],
        ),
        (  # R with options(OutDec = ",")
            "            Estimate Std. Error z value Pr(>|z|)    \n"
            "(Intercept) -4,16709    0,82410  -5,057 4,27e-07 ***\n"
            "age          0,05310    0,01445   3,675 0,000238 ***\n"
            "dose         0,61768    0,13086   4,720 2,36e-06 ***\n"
            "sexM         0,23162    0,02853   8,812  < 2e-16 ***\n",
            ("(Intercept)", "age", "dose", "sexM"), [-4.16709, 0.0531, 0.61768, 0.23162],
        ),
        (  # conf_int() of statsmodels with a column of its own
            "                  0         1  Odds Ratio\nIntercept  0.003081  0.077944    1.000000\n"
            "x          1.025089  1.084837    1.000000\n",
            ("Intercept", "x"), [0.0, 0.0],
        ),
        ("const   -3.5***\nx        0.25\n---\nSignif. codes: 0 '***' 0.001\n", ("const", "x"), [-3.5, 0.25]),
    ],
)  # fmt: skip
def test_other_forms(read, text, names, values):
    claim = read(text)
    assert claim.names == (names or ("(Intercept)", *[None] * (len(values) - 1)))
    assert claim.values.tolist() == values


@pytest.mark.parametrize("damaged", ["2,36e", "2.36e-06 ?", "2,3,6"])
@pytest.mark.parametrize("first", [True, False])
def test_a_row_that_is_not_understood_is_never_the_beginning_or_end_of_the_table(read, damaged, first):
    rows = [f"dose 0,61768 0,13086 4,720 {damaged}", "(Intercept) -4,16709 0,82410 -5,057 0,01"]
    heading = "            Estimate Std. Error z value Pr(>|z|)"
    with pytest.raises(GlmnnError, match=r"'dose 0,61768 0,13086 4,720.*' is not a row of this table"):
        read("\n".join([heading, *rows[:: 1 if first else -1], "age 0,05310 0,01445 3,675 0,2"]))


def test_a_tibble_that_ends_in_a_point_is_rounded_to_a_whole_number(read):
    claim = read(TIBBLE)
    assert claim.values.tolist() == [-123.0, 0.552]
    assert claim.half_units.tolist() == [0.5, 5e-4]


@pytest.mark.parametrize("ratio", ["Odds ratio", "OR", "Exp(B)", "IRR", "OR (95% CI)", "exp(coef)"])
def test_ratios_alone_are_turned_into_logarithms(read, ratio):
    claim = read(f"term\t{ratio}\tp\n(Intercept)\t0.25\t0.1\nx\t1.736 (0.98, 6.01)\t<0.001\n")
    assert claim.values.tolist() == [np.log(0.25), np.log(1.736)]
    np.testing.assert_allclose(claim.half_units, [np.log(0.25 / 0.245), np.log(1.736 / 1.7355)], rtol=1e-12)
    assert (claim.printed, claim.digits) == (True, "2 to 3 decimals of the ratios")
    assert claim.notes == ("ratios there, so their logarithms are taken",)


TWO_MODELS = "             (1)       (2)\nx          0.552     0.6*\n         (0.422)    (0.2)\n"
REFUSED = {
    "p alone": ("term,p.value\n(Intercept),0.2\nx,0.19\n", "column 'p.value': these are not coefficients"),
    "se alone": ("|term|std.error|\n|-|-|\n|x|0.2|\n", "column 'std.error': these are not coefficients"),
    "no heading": ("x,0.5,0.2\nz,0.3,0.1\n", "which of the 2 columns of numbers has the coefficients?"),
    "two models": (TWO_MODELS, "2 models side by side"),
    "two models in Markdown": ("||(1)|(2)|\n|-|-|-|\n|x|0.5|0.6|\n||(0.1)|(0.2)|\n", "2 models side by side"),
    "two columns": ("term,estimate,coef\nx,0.5,0.4\n", "Candidates are term, estimate, coef"),
    "two tables": ("<table><tr><td></td><td>coef</td><tr><td>x</td><td>1.5</td></table>" * 2, "there are 2 tables"),
    "zero ratio": ("term,OR\nx,0.00\n", "'x': the ratio 0 has no logarithm; give coefficients"),
    "negative ratio": ("term,OR\nx,-1.5\n", "'x': the ratio -1.5 has no logarithm"),
    "thousands or decimals": ("term;coef\nx;1,234\n", "'1,234': is the comma for decimals or for thousands?"),
    "dots": ("|term|coef|\n|-|-|\n|x|0.5|\n|...|...|\n", "cut short by dots"),
    "cut name": ("  term   estimate std.error\n1 (Inter\u2026    -3.5       2.7\n", "cut short; print the table wider"),
    "a damaged row": ("     coef std err\nx   0.5   0.1\nz   0.5 ~ 0.1\n", "0.1' is not a row of this table"),
    "a cell is lacking": ("|term|coef|se|\n|-|-|-|\n|x|0.5|0.1|\n|z|0.1|\n", ":4: 2 cells, but the header has 3"),
    "a scrap": ("<tr><td>2.744</td><td>-1.293</td>", "no coefficients are recognised"),
    "a bound for a coefficient": ("term,coef\nx,<0.001\n", "'x': '<0.001' is not a number"),
    "two intercepts": ('{"intercept": 1.5, "coef": {"const": 1.0, "x": 2.0}}', "two intercepts"),
    "a name twice": ("{'x': 1.5, 'x': 2.5}", "the name 'x' occurs twice"),
    "code": ("{'x': __import__('os').getpid()}", "the JSON is cut short or damaged"),
    "infinite": ("{'x': np.float64(inf)}", "'x': 'inf' is not a finite number"),
    "not a number": ("[nan, 1.5]", "is not a finite number"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_stays_open_is_refused_in_one_line(read, case):
    text, message = REFUSED[case]
    with pytest.raises((UsageError, DataError)) as caught:
        read(text)
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_statsmodels_pandas_and_numpy_as_they_are_today(read):
    import pandas as pd
    import statsmodels.formula.api as smf
    from statsmodels.iolib.summary2 import summary_col

    fit = smf.logit("y ~ x", pd.read_csv("data/primes.csv")).fit(disp=0)
    frame = pd.DataFrame({"coef": fit.params, "se": fit.bse})
    for text in (
        str(fit.summary()), fit.summary().as_csv(), fit.summary().as_latex(), fit.summary().as_html(),
        str(fit.summary2()), fit.summary2().as_latex(), fit.summary2().as_html(), str(summary_col([fit], stars=True)),
        summary_col([fit]).as_latex(), summary_col([fit]).as_html(), str(fit.params), fit.params.to_csv(),
        fit.params.to_csv(header=False), fit.params.to_json(), fit.params.to_string(), repr(dict(fit.params)),
        repr(fit.params.to_dict()), str(fit.params.to_frame()), str(fit.params.to_frame().T), repr(fit.params.values),
        str(fit.params.values), repr(fit.params.tolist()), repr(list(fit.params.items())), str(frame), frame.to_csv(),
        frame.to_csv(sep="\t"), frame.to_csv(sep=";", decimal=","), frame.to_html(), str(frame.reset_index()),
        frame.reset_index().to_csv(),
    ):  # fmt: skip
        found = match(read(text), ("(Intercept)", "x"), {})
        assert np.all(np.abs(found.values - MLE) <= found.half_units + 1e-9), text
        assert max(found.half_units) < 1e-3


@pytest.mark.parametrize(
    "form", ["|{0}|{1}|0.1|", "<tr><td>{0}</td><td>{1}</td></tr>", "{0} & {1} & 0.1 \\\\", "{0}  {1} 0.1"]
)
def test_a_thousand_terms_are_no_matter(read, form):
    heads = {"|": "|term|coef|se|\n|-|-|-|", "<": "<table><tr><th></th><th>coef</th></tr>", "{": "term  coef  se"}
    head = " & coef & se \\\\" if "&" in form else heads[form[0]]
    claim = read("\n".join([head, *(form.format(f"x{place}", f"{place}.25") for place in range(1_000))]))
    assert claim.names == tuple(f"x{place}" for place in range(1_000))
    assert claim.values.tolist() == [place + 0.25 for place in range(1_000)]


def test_every_cut_of_a_form_ends_in_a_claim_or_in_one_sentence(read):
    for text in BLOCKS.values():
        for length in range(1, len(text), 131):
            with suppress(GlmnnError):  # any other exception fails
                assert np.all(np.isfinite(read(text[:length]).values))
