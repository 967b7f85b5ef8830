"""One session on a server of Spark Connect, and the queries of exports on it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from mlcli.errors import EnvironmentProblemError
from mlcli.exports.dialect import DoubtError, Running
from mlcli.exports.spark.cells_in_spark import as_double
from mlcli.exports.spark.session import Queries, kept
from mlcli.exports.spark.spark_engine import SparkEngine

pytestmark = pytest.mark.spark


def test_the_queries_of_an_export_are_stopped_without_those_of_others(spark_url: str) -> None:
    with closing(SparkEngine(url=spark_url)) as engine:
        session = engine.connected().spark
        from pyspark.sql.connect import functions as sf

        hashed = sf.length(sf.sha2(sf.col("id").cast("string"), 256)).alias("letters")
        rows = session.range(4_000_000).select(hashed).agg(sf.sum("letters").alias("letters"))
        stopped, others = Queries(engine.connected()), Queries(engine.connected())
        ones = [Running(lambda of=of: of.fetched(rows), of.interrupt) for of in (stopped, others)]

        ones[0].stop()

        with pytest.raises((DoubtError, EnvironmentProblemError)):
            ones[0].result()
        assert ones[1].goes_on
        assert ones[1].result()["letters"].to_list() == [4_000_000 * 64]


class Rows:
    """Rows that a server keeps, or cannot."""

    def __init__(self, *, able: bool) -> None:
        self.able, self.said = able, list[str]()

    def persist(self) -> Rows:
        from pyspark.errors import PySparkException

        if not self.able:
            raise PySparkException("this server keeps nothing")
        self.said.append("kept")
        return self

    def unpersist(self) -> None:
        self.said.append("let go")


def test_what_a_server_keeps_for_us_it_lets_go_again() -> None:
    able: Any = Rows(able=True)
    unable: Any = Rows(able=False)
    with kept(able) as rows, kept(unable) as others:
        assert (rows, others) == (able, unable)
        assert able.said == ["kept"]
    assert able.said == ["kept", "let go"]
    assert unable.said == []


def test_decimals_are_the_nearest_doubles(spark_url: str) -> None:
    text = "53619539.737023739"
    with closing(SparkEngine(url=spark_url)) as engine:
        session = engine.connected()
        table = session.spark.sql(f"select cast('{text}' as decimal(30, 9)) as of")
        found = session.fetched(table.select(as_double(table["of"], "decimal").alias("of")))
    assert found["of"].to_list() == [float(text)]
