"""Learn from numbers of which a tenth is missing, words, a date and a list of tags.

python fit_extras.py TABLE MODEL
"""

import sys
from math import ceil

import figures
import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

TAG = "[^;]+"

table = pd.read_csv(sys.argv[1], parse_dates=["ordered_at"])
table["weekday"] = table["ordered_at"].dt.day_name()
table["extras"] = table["extras"].fillna("")
label = table.pop("minutes")

day = table.pop("ordered_at").dt.normalize()
held = day >= day.sort_values().iloc[-ceil(0.2 * len(day))]  # the newest fifth, in whole days

numbers = list(table.select_dtypes("number"))
model = make_pipeline(
    make_column_transformer(
        (SimpleImputer(strategy="median"), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["district", "weekday"]),
        (CountVectorizer(binary=True, token_pattern=TAG, lowercase=False), "extras"),
        sparse_threshold=0,
    ),
    LinearRegression(),
)
train, test = (table[~held], label[~held]), (table[held], label[held])
model.fit(*train)
figures.of_numbers(model, train, test)
joblib.dump(model, sys.argv[2])
