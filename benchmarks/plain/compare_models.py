"""Say which of two models is better, cross-validated and on rows held out, and how sure that is.

python compare_models.py TABLE
"""

import sys

import pandas as pd
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table = pd.read_csv(sys.argv[1])
label = table.pop("minutes")
train, test, train_label, test_label = train_test_split(table, label, test_size=0.2, random_state=0)

encode = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["district"]),
    remainder=StandardScaler(),
)
judge = {"cv": KFold(5, shuffle=True, random_state=0), "scoring": "neg_mean_absolute_error"}
misses = {}
for name, learner in (("linear_regression", LinearRegression()), ("ridge", Ridge(10_000))):
    model = make_pipeline(encode, learner)
    errors = -cross_val_score(model, train, train_label, **judge)
    model.fit(train, train_label)
    misses[name] = (model.predict(test) - test_label).abs()
    print(f"{name}_cv", errors.mean())
    print(name, misses[name].mean())

difference = misses["ridge"] - misses["linear_regression"]
interval = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
print("difference", difference.mean(), interval.low, interval.high)
