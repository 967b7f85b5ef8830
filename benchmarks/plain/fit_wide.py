"""Learn from very many numbers with pandas and scikit-learn; cross-validate, and draw a curve.

python fit_wide.py TABLE MODEL
"""

import sys

import figures
import joblib
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score, learning_curve, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = pd.read_csv(sys.argv[1])
label = table.pop("strength")
train, test, train_label, test_label = train_test_split(table, label, test_size=0.2, random_state=0)

model = make_pipeline(StandardScaler(), Ridge())
judge = {"cv": KFold(5, shuffle=True, random_state=0), "scoring": "neg_mean_absolute_error"}
errors = -cross_val_score(model, train, train_label, **judge)
shares = [0.125, 0.25, 0.5, 1]
sizes, _, curve = learning_curve(model, train, train_label, train_sizes=shares, **judge)

model.fit(train, train_label)
figures.of_numbers(model, (train, train_label), (test, test_label))
print("cv_mae", errors.mean())
print("curve", *-curve.mean(axis=1))
joblib.dump(model, sys.argv[2])
