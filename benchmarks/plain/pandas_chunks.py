"""Learn pizzas from bookings with pandas in chunks, reading only the columns needed."""

import sys

import pandas as pd
from sklearn.linear_model import LinearRegression

ROWS = 500_000

parts = []
for chunk in pd.read_csv(
    sys.argv[1],
    usecols=["item_name", "quantity", "ordered_at"],
    parse_dates=["ordered_at"],
    chunksize=ROWS,
):
    pizzas = chunk[chunk["item_name"] == "pizza"]
    parts.append(pizzas.groupby(pizzas["ordered_at"].dt.normalize())["quantity"].sum())
doughs = pd.concat(parts).groupby(level=0).sum().rename("doughs")

parts = []
for chunk in pd.read_csv(
    sys.argv[2], usecols=["datetime"], parse_dates=["datetime"], chunksize=ROWS
):
    parts.append(chunk.groupby(chunk["datetime"].dt.normalize()).size())
booked = pd.concat(parts).groupby(level=0).sum().rename("booked")

daily = pd.merge(booked, doughs, left_index=True, right_index=True)
daily = daily[~daily.index.day_name().isin(["Friday", "Saturday"])]

model = LinearRegression().fit(daily[["booked"]], daily["doughs"])
print(model.coef_[0], model.intercept_, len(daily))
