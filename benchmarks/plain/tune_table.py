"""Choose among three penalties by cross-validation, and say what such a choice is worth.

python tune_table.py TABLE MODEL
"""

import sys

import figures
import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table = pd.read_csv(sys.argv[1])
label = table.pop("minutes")
train, test, train_label, test_label = train_test_split(table, label, test_size=0.2, random_state=0)

encode = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["district"]),
    remainder=StandardScaler(),
)
model = Pipeline([("encode", encode), ("ridge", Ridge())])
judge = {"cv": KFold(5, shuffle=True, random_state=0), "scoring": "neg_mean_absolute_error"}
search = GridSearchCV(model, {"ridge__alpha": [10, 1, 0.1]}, **judge)
errors = -cross_val_score(search, train, train_label, n_jobs=-1, **judge)  # nested: of the choice
search.set_params(n_jobs=-1).fit(train, train_label)

print("tuned", errors.mean())
print("grid", *-search.cv_results_["mean_test_score"])
figures.of_numbers(search.best_estimator_, (train, train_label), (test, test_label))
joblib.dump(search.best_estimator_, sys.argv[2])
