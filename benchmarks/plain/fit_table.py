"""Learn from ten numbers and a word with pandas and scikit-learn; judge and keep the model.

python fit_table.py TABLE MODEL linear|boosting|classes
"""

import sqlite3
import sys
from contextlib import closing

import figures
import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

path, kept, kind = sys.argv[1:]
if path.endswith(".db"):
    with closing(sqlite3.connect(path)) as connection:
        table = pd.read_sql("select * from deliveries", connection, index_col="id")
elif path.endswith(".parquet"):
    table = pd.read_parquet(path)
elif path.endswith(".xlsx"):
    table = pd.read_excel(path)
else:
    table = pd.read_csv(path)
label = table.pop("arrival" if kind == "classes" else "minutes")
train, test, train_label, test_label = train_test_split(table, label, test_size=0.2, random_state=0)

encode = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["district"]),
    remainder=StandardScaler() if kind == "classes" else "passthrough",
)
if kind == "linear":
    from sklearn.linear_model import LinearRegression

    model = make_pipeline(encode, LinearRegression())
elif kind == "boosting":
    from sklearn.ensemble import HistGradientBoostingRegressor

    boosting = HistGradientBoostingRegressor(early_stopping=False, random_state=0)
    model = make_pipeline(encode, boosting)
else:
    from sklearn.linear_model import LogisticRegression

    model = make_pipeline(encode, LogisticRegression(max_iter=1000))

model.fit(train, train_label)
score = figures.of_classes if kind == "classes" else figures.of_numbers
score(model, (train, train_label), (test, test_label))
joblib.dump(model, kept)
