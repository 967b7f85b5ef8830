"""Learn takings from bookings with Spark: SQL to one row a day, then scikit-learn."""

import os
import sys

import numpy as np
from pyspark.sql import SparkSession, functions
from sklearn.linear_model import LinearRegression

spark = SparkSession.builder.remote(os.environ["SPARK_REMOTE"]).getOrCreate()
orders = spark.read.csv(
    sys.argv[1],
    header=True,
    schema="order_id string, customer string, item_name string, price double, sold_at timestamp",
)
reservations = spark.read.csv(
    sys.argv[2], header=True, schema="name string, guests int, datetime string"
)

booked = reservations.groupBy(
    functions.to_date(functions.left("datetime", functions.lit(10))).alias("day")
).agg(functions.count("*").alias("booked"))
sold = orders.groupBy(functions.to_date("sold_at").alias("day")).agg(
    functions.sum("price").alias("takings")
)
daily = booked.join(sold, "day").orderBy("day").toArrow()

takings = np.array(daily["takings"], dtype=float)
model = LinearRegression().fit(np.array(daily["booked"], dtype=float).reshape(-1, 1), takings)
print(model.coef_[0], model.intercept_, len(takings))
