"""Learn pizzas from bookings with pandas and scikit-learn; cross-validate, score, and keep.

python fit_sample.py ORDERS RESERVATIONS MODEL
"""

import sys
from math import ceil

import figures
import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

orders = pd.read_csv(sys.argv[1], parse_dates=["ordered_at"])
reservations = pd.read_csv(sys.argv[2], parse_dates=["datetime"])

pizzas = orders[orders["item_name"] == "pizza"]
doughs = pizzas.groupby(pizzas["ordered_at"].dt.normalize())["quantity"].sum().rename("doughs")
booked = reservations.groupby(reservations["datetime"].dt.normalize()).size().rename("booked")

daily = pd.merge(booked, doughs, left_index=True, right_index=True).sort_index()
daily = daily[~daily.index.day_name().isin(["Friday", "Saturday"])]
held = ceil(0.2 * len(daily))
train, test = daily[:-held], daily[-held:]

model = LinearRegression()
folds = TimeSeriesSplit(n_splits=5, gap=1)
errors = -cross_val_score(
    model, train[["booked"]], train["doughs"], cv=folds, scoring="neg_mean_absolute_error"
)
model.fit(train[["booked"]], train["doughs"])
figures.of_numbers(model, *((part[["booked"]], part["doughs"]) for part in (train, test)))
print("cv_mae", errors.mean())
print("own", mean_absolute_error(test["doughs"], 10 + 2 * test["booked"]))
joblib.dump(model, sys.argv[3])
