"""Learn pizzas from bookings with DuckDB: Parquet by SQL to one row a day, then scikit-learn."""

import sys

import duckdb
from sklearn.linear_model import LinearRegression

DAILY = """
    with booked as (
        select datetime::date as day, count(*) as booked
        from read_csv($reservations, header = true, auto_detect = false, delim = ',', columns = {
            'name': 'varchar', 'guests': 'integer', 'datetime': 'timestamp'
        })
        group by day
    ), sold as (
        select ordered_at::date as day, sum(quantity)::double as doughs
        from read_parquet($orders)
        where item_name = 'pizza'
        group by day
    )
    select booked, doughs
    from booked join sold using (day)
    where dayname(day) not in ('Friday', 'Saturday')
    order by day
"""

daily = duckdb.execute(DAILY, {"orders": sys.argv[1], "reservations": sys.argv[2]}).fetchnumpy()

model = LinearRegression().fit(daily["booked"].reshape(-1, 1), daily["doughs"])
print(model.coef_[0], model.intercept_, len(daily["booked"]))
