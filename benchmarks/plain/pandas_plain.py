"""Learn pizzas from bookings with pandas and scikit-learn, as most people would."""

import sys

import pandas as pd
from sklearn.linear_model import LinearRegression

orders = pd.read_csv(sys.argv[1], parse_dates=["ordered_at"])
reservations = pd.read_csv(sys.argv[2], parse_dates=["datetime"])

pizzas = orders[orders["item_name"] == "pizza"]
doughs = pizzas.groupby(pizzas["ordered_at"].dt.normalize())["quantity"].sum().rename("doughs")
booked = reservations.groupby(reservations["datetime"].dt.normalize()).size().rename("booked")

daily = pd.merge(booked, doughs, left_index=True, right_index=True)
daily = daily[~daily.index.day_name().isin(["Friday", "Saturday"])]

model = LinearRegression().fit(daily[["booked"]], daily["doughs"])
print(model.coef_[0], model.intercept_, len(daily))
