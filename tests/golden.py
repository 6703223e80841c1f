"""Some sixty runs of every command, to see what a change to the code moves: `python tests/golden.py record FOLDER`.

`python tests/golden.py compare FOLDER` runs them again and shows what is printed otherwise, with times masked. Both are
for one machine and one kernel of BLAS, on which every digit stays where it is. What holds on any machine, exit codes
and coefficients to 1e-9 standard errors, is in `golden.json`, held by test_golden.py, made by `golden.py write`.
"""

import difflib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from command import PIPE, run

TESTS = Path(__file__).parent
KEPT = TESTS / "golden.json"
SHIPS = (
    "data/ships.csv",
    "--formula",
    "incidents ~ type + built + period",
    "--family",
    "poisson",
    "--exposure",
    "months",
)
INFERTILITY = (
    "data/infertility.csv", "--formula", "case ~ age + parity + education + spontaneous + induced",
)  # fmt: skip
IRIS = ("data/iris.csv", "--formula", "species ~ sepal_width", "--family", "multinomial")
BEETLES = ("data/beetles.csv", "--formula", "killed ~ log_dose", "--trials", "beetles")
QUINE = ("data/quine.csv", "--formula", "days ~ ethnicity + sex + age + learner")
CARS = ("data/cars.csv", "--target", "distance")
INSURANCE = (
    "data/car_insurance.csv", "--formula", "average_cost ~ holder_age + car_group + car_age", "--family", "gamma",
    "--weights", "claims", "--weights-type", "var",
)  # fmt: skip
PRIMES = "data/primes.csv"

FITS = {
    "primes": (PRIMES, "--solver", "both"),
    "primes_profile": (PRIMES, "--ci", "profile"),
    "primes_hc3": (PRIMES, "--cov", "HC3"),
    "primes_l2": (PRIMES, "--l2", "1"),
    "primes_optimizers": (PRIMES, "--solver", "fisher,gd,momentum,nesterov,adam,statsmodels"),
    "primes_perceptron": (PRIMES, "--solver", "perceptron", "--max-iter", "1000"),
    "primes_config": ("--config", "configs/primes_neuron.toml"),
    "video": ("data/video.csv", "--solver", "both"),
    "video_short": ("data/video.csv", "--solver", "gd", "--lr", "0.01", "--max-iter", "1000"),
    "video_sgd": ("data/video.csv", "--solver", "sgd", "--tol", "0.05", "--tol-agree", "0.1"),
    "video_ci": ("--config", "configs/ci_example.toml"),
    "iris_setosa": ("data/iris_setosa.csv",),
    "iris_setosa_perceptron": ("data/iris_setosa.csv", "--solver", "perceptron"),
    "iris_setosa_firth": ("data/iris_setosa.csv", "--penalty", "firth", "--solver", "fisher"),
    "iris": (*IRIS, "--ref", "species=versicolor"),
    "iris_separated": ("data/iris.csv", "--target", "species", "--features", "petal_length", "--family", "multinomial"),
    "ships": SHIPS,
    "ships_cluster": (*SHIPS, "--cov", "cluster:type"),
    "infertility": INFERTILITY,
    "beetles_logit": BEETLES,
    "beetles_cloglog": (*BEETLES, "--link", "cloglog"),
    "beetles_probit": (*BEETLES, "--link", "probit"),
    "beetles_cauchit": (*BEETLES, "--link", "cauchit"),
    "quine_poisson": (*QUINE, "--family", "poisson"),
    "quine_negative_binomial": (*QUINE, "--family", "negative_binomial", "--alpha", "0.7"),
    "quine_tweedie": (*QUINE, "--family", "tweedie", "--power", "1.5", "--link", "log"),
    "cars_gaussian": (*CARS, "--family", "gaussian"),
    "cars_gamma_log": (*CARS, "--family", "gamma", "--link", "log"),
    "cars_inverse_gaussian": (*CARS, "--family", "inverse_gaussian", "--link", "log"),
    "cars_poisson_identity": (*CARS, "--family", "poisson", "--link", "identity"),
    "insurance": INSURANCE,
    "longley": ("data/longley.csv", "--target", "employed", "--family", "gaussian"),
    "warpbreaks": ("data/warpbreaks.csv", "--formula", "breaks ~ wool * tension", "--family", "poisson"),
    "admissions": ("data/admissions.csv", "--formula", "admitted ~ department + gender", "--trials", "applicants"),
}
NETWORKS = {
    "network": ("fit", "data/video.csv", "--hidden", "8:tanh", "--cv", "3", "--holdout", "0.2", "--max-iter", "200"),
    "network_iris": (
        "fit", "data/iris.csv", "--target", "species", "--loss", "cce", "--hidden", "8:relu,4:tanh",
        "--solver", "sgd", "--max-iter", "50",
    ),
}  # fmt: skip
OTHERS = {
    "audit_rounded": ("audit", PRIMES, "--coef", "(Intercept)=-3.5491,x=0.5518"),
    "audit_penalised": ("audit", PRIMES, "--coef", "(Intercept)=-3.1121,x=0.4783"),
    "audit_l2": ("audit", PRIMES, "--coef", "(Intercept)=-3.1121,x=0.4783", "--l2", "1"),
    "audit_negated": ("audit", PRIMES, "--coef", " -3.5491,0.5518", "--against", "3.5491,-0.5518"),
    "audit_separated": ("audit", "data/iris_setosa.csv", "--coef", " -23.12,11.66,-12.82"),
    "anova": ("anova", "data/warpbreaks.csv", "--formula", "breaks ~ wool * tension", "--family", "poisson"),
    "anova_3": ("anova", *INSURANCE, "--type", "3"),
    "effects": ("effects", *INFERTILITY),
    "effects_grid": (
        "effects",
        "data/warpbreaks.csv",
        "--formula",
        "breaks ~ wool * tension",
        "--family",
        "gaussian",
        "--at",
        "grid",
    ),
    "check": ("check", "configs/locks"),
    "gradcheck": ("gradcheck", "--hidden", "32:relu,8:tanh", "--family", "poisson"),
    "gradcheck_gamma": ("gradcheck", *CARS, "--family", "gamma"),
    "gradcheck_lecture": ("gradcheck", "--net", "lecture"),
    "gradcheck_2221": ("gradcheck", "--net", "2-2-2-1"),
    "replay_003": ("replay", "--only", "003"),
    "replay_000_004": ("replay", "--only", "000", "--only", "004"),
    "predict": ("predict", "configs/models/infertility.json", "data/infertility.csv", "--interval"),
    "predict_class": ("predict", "configs/models/infertility.json", "data/infertility.csv", "--type", "class"),
    "predict_wrong": ("predict", "configs/models/infertility.json", PRIMES),
    "simulate": ("simulate", "--n", "50", "--seed", "1"),
    "simulate_fit": ("simulate", "--family", "poisson", "--beta", "1,0.5", "--fit"),
    "no_column": ("fit", PRIMES, "--target", "z"),
    "no_solver": ("fit", PRIMES, "--solver", "fischer"),
    "datasets": ("datasets",),
    "solvers": ("solvers",),
    "help_fit": ("fit", "--help"),
    "help_audit": ("audit", "--help"),
    "lock": ("lock", PRIMES, "-o", "{folder}/primes.toml"),
}
FORMATS = {
    "fit": ("", "--json", "--md", "--csv", "--verbose"),
    "anova": ("", "--json", "--csv"),
    "effects": ("", "--json", "--csv"),
    "audit": ("", "--json", "--md"),
    "check": ("", "--json"),
    "gradcheck": ("", "--json", "--md"),
    "replay": ("", "--json", "--md"),
}
MASKS = (
    (r"\b\d+(\.\d+)? (ms|s|us)\b", "TIME"),
    (r'("[a-z_]*(seconds|time)": )[\d.e+-]+', r"\1TIME"),
    (r'("created": )"[^"]*"', r"\1DATE"),
    (r"/tmp/\S+", "FOLDER"),
    (r"  +", " "),  # columns are as wide as their times
    (r"-{3,}|─{3,}", "---"),
)


def commands():
    """Yield (name, arguments) of every run in every format."""
    for name, arguments in {**{name: ("fit", *rest) for name, rest in FITS.items()}, **NETWORKS, **OTHERS}.items():
        for shape in FORMATS.get(arguments[0], ("",)) if "--help" not in arguments else ("",):
            yield f"{name}{shape}", (*arguments, shape) if shape else arguments


def outputs():
    """Return what every run prints, by name, with times masked."""
    shown = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in commands():
            ended = run(*(str(part).replace("{folder}", folder) for part in arguments), **PIPE)
            text = f"exit {ended.code}\n{ended.out}\n{ended.err}"
            if name == "lock":
                text += (Path(folder) / "primes.toml").read_text()
            for pattern, instead in MASKS:
                text = re.sub(pattern, instead, text)
            shown[name] = text
    return shown


def kept_of(name):
    """Return exit code and coefficients of a fit, which are the same on any machine."""
    ended = run("fit", *FITS[name], "--json", **PIPE)
    inference = json.loads(ended.out)["inference"] or {"coefficients": ()}
    rows = [[item["term"], item["estimate"], item["std.error"]] for item in inference["coefficients"]]
    return {"exit": ended.code, "coefficients": rows}


def main(action, folder=None):
    os.chdir(TESTS.parent)
    if action == "write":
        lines = (f"{json.dumps(name)}: {json.dumps(kept_of(name))}" for name in FITS)
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        return 0
    place = Path(folder)
    if action == "record":
        place.mkdir(parents=True, exist_ok=True)
        for name, text in outputs().items():
            (place / f"{name}.txt").write_text(text)
        return 0
    differences = 0
    for name, text in outputs().items():
        before = (place / f"{name}.txt").read_text() if (place / f"{name}.txt").exists() else ""
        if before != text:
            differences += 1
            lines = difflib.unified_diff(before.splitlines(), text.splitlines(), lineterm="", n=0)
            sys.stdout.write("\n".join((f"== {name}", *lines, "")))
    sys.stdout.write(f"{differences} of {len(list(commands()))} outputs differ\n")
    return int(differences > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
