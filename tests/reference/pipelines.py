"""Write what scikit-learn's pipelines of a ColumnTransformer and a logistic regression say of the infertility data.

Run from the root of the repository, with scikit-learn 1.9.1: ``python tests/reference/pipelines.py``. It writes
``pipelines.json`` next to this script: for each pipeline its settings, and the names and values of its coefficients,
those of the columns as it has made them. The package under test is never imported.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

NUMBERS, LEVELS = ["age", "parity", "spontaneous"], ["education"]


def claims():
    """Yield each pipeline's settings and coefficients."""
    data = pd.read_csv("data/infertility.csv")
    for scaler, drop, C, weights in product(
        (StandardScaler, MinMaxScaler, RobustScaler), (None, "first"), (1.0, 0.1), (None, "balanced")
    ):
        columns = ColumnTransformer([("num", scaler(), NUMBERS), ("cat", OneHotEncoder(drop=drop), LEVELS)])
        model = LogisticRegression(C=C, class_weight=weights, tol=1e-12, max_iter=100_000)
        fitted = make_pipeline(columns, model).fit(data[NUMBERS + LEVELS], data["case"])
        names = ["(Intercept)", *fitted[0].get_feature_names_out().tolist()]
        values = np.concatenate([fitted[-1].intercept_, fitted[-1].coef_[0]]).tolist()
        settings = {"scaler": scaler.__name__, "drop": drop, "C": C, "class_weight": weights}
        yield settings | {"coef": dict(zip(names, values, strict=True))}


if __name__ == "__main__":
    lines = [json.dumps(claim) for claim in claims()]
    Path(__file__).with_suffix(".json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
