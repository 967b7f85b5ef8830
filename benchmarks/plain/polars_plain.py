"""Learn pizzas from bookings with Polars, reading lazily, and scikit-learn."""

import sys

import polars as pl
from sklearn.linear_model import LinearRegression

doughs = (
    pl.scan_csv(sys.argv[1])
    .filter(pl.col("item_name") == "pizza")
    .group_by(pl.col("ordered_at").str.head(10).alias("day"))
    .agg(pl.col("quantity").sum().alias("doughs"))
)
booked = (
    pl.scan_csv(sys.argv[2])
    .group_by(pl.col("datetime").str.head(10).alias("day"))
    .agg(pl.len().alias("booked"))
)
daily = (
    booked.join(doughs, on="day")
    .with_columns(pl.col("day").str.to_date())
    .filter(~pl.col("day").dt.weekday().is_in([5, 6]))  # Friday, Saturday
    .sort("day")
    .collect()
)

model = LinearRegression().fit(daily[["booked"]].to_numpy(), daily["doughs"].to_numpy())
print(model.coef_[0], model.intercept_, len(daily))
