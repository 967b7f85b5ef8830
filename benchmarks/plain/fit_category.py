"""Learn from a category of very many words, as a sparse matrix, with pandas and scikit-learn.

python fit_category.py TABLE MODEL
"""

import sys

import figures
import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table = pd.read_csv(sys.argv[1])
label = table.pop("minutes")
train, test, train_label, test_label = train_test_split(table, label, test_size=0.2, random_state=0)

model = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["restaurant"]), remainder=StandardScaler()
    ),
    Ridge(tol=1e-10),  # the usual tolerance is off by some thousandths here
)
model.fit(train, train_label)
figures.of_numbers(model, (train, train_label), (test, test_label))
joblib.dump(model, sys.argv[2])
