"""Learn takings from bookings with DuckDB: SQL to one row a day, then scikit-learn."""

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
        select sold_at::date as day, sum(price) as takings
        from read_csv($orders, header = true, auto_detect = false, delim = ',', columns = {
            'order_id': 'varchar', 'customer': 'varchar', 'item_name': 'varchar',
            'price': 'double', 'sold_at': 'timestamp'
        })
        group by day
    )
    select booked, takings
    from booked join sold using (day)
    order by day
"""

daily = duckdb.execute(DAILY, {"orders": sys.argv[1], "reservations": sys.argv[2]}).fetchnumpy()

model = LinearRegression().fit(daily["booked"].reshape(-1, 1), daily["takings"])
print(model.coef_[0], model.intercept_, len(daily["booked"]))
