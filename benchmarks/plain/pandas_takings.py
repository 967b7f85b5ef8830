"""Learn takings from bookings with pandas and scikit-learn, as most people would."""

import sys

import pandas as pd
from sklearn.linear_model import LinearRegression

orders = pd.read_csv(sys.argv[1], parse_dates=["sold_at"])
reservations = pd.read_csv(sys.argv[2], parse_dates=["datetime"])

takings = orders.groupby(orders["sold_at"].dt.normalize())["price"].sum().rename("takings")
booked = reservations.groupby(reservations["datetime"].dt.normalize()).size().rename("booked")
daily = pd.merge(booked, takings, left_index=True, right_index=True)

model = LinearRegression().fit(daily[["booked"]], daily["takings"])
print(model.coef_[0], model.intercept_, len(daily))
