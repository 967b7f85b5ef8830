"""How a cell, and all cells of a column, may be dates that are not ISO 8601."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcli.grammar import date_ways
from mlcli.grammar.date_notation import DateNotation
from mlcli.grammar.date_ways import DateWays


def formats_of(cell: str) -> tuple[str, ...]:
    """Return the forms that a cell may have, in their order."""
    if not date_ways.are_any(cell):
        return ()
    return tuple(dict.fromkeys(form for form, _ in date_ways.forms(cell).values()))


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        ("31/12/2023", ("%d/%m/%Y",)),
        ("12/31/2023", ("%m/%d/%Y",)),
        ("05/06/2023", ("%d/%m/%Y", "%m/%d/%Y")),
        ("5.6.23", ("%d.%m.%y", "%m.%d.%y")),
        ("05-06-2023 18:30", ("%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M")),
        ("31/12/2023T18:30:05", ("%d/%m/%YT%H:%M:%S",)),
        ("2023/06/08", ("%Y/%m/%d",)),
        ("2023-6-8", ("%Y-%m-%d",)),
        ("2023-06-08", ()),  # as it should be
        ("31/02/2023", ()),
        ("05/06-2023", ()),
        ("05/06/2023 25:00", ()),
        ("05/06", ()),
        ("1.234.567", ()),
        ("June 8 2023", ("%B %d %Y",)),
        ("Table 8 2023", ()),
        ("", ()),
    ],
)
def test_how_a_cell_may_be_read_as_a_date(cell: str, formats: tuple[str, ...]) -> None:
    assert formats_of(cell) == formats


def test_both_readings_of_a_day() -> None:
    assert date_ways.by("05/06/2023", ["%d/%m/%Y"], "") == "2023-06-05"
    assert date_ways.by("05/06/2023", ["%m/%d/%Y"], "") == "2023-05-06"


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%Y/%m/%d", "%m-%d-%Y %H:%M:%S"]),
)
def test_the_way_in_which_a_date_was_written_is_among_its_readings(
    when: datetime, form: str
) -> None:
    assert form in formats_of(when.strftime(form))


@given(st.text(max_size=20))
def test_no_text_is_too_strange_to_be_looked_at(text: str) -> None:
    for form in formats_of(text):
        assert form
    DateWays().take(text)
    keys, meant = date_ways.suggested(text, DateNotation(), [text])
    assert keys or not meant


def ways(*cells: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the forms and the language of each way to read some cells."""
    found = DateWays()
    for cell in cells:
        found.take(cell)
    return [(way.forms, way.spoken()) for way in found.ways]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["05/06/2023", "13/06/2023"], [(("%d/%m/%Y",), "")]),
        (["05/06/2023", "06/13/2023"], [(("%m/%d/%Y",), "")]),
        (["05/06/2023"], [(("%d/%m/%Y",), ""), (("%m/%d/%Y",), "")]),
        (["05/05/2023"], [(("%d/%m/%Y",), "")]),  # the same day in either
        (["13/06/2023", "06/13/2023"], []),
        (["01.10.2021", "13.10.2021 14:30:00"], [(("%d.%m.%Y", "%d.%m.%Y %H:%M:%S"), "")]),
        (["08.06.23 7:30 PM"], [(("%d.%m.%y %I:%M %p",), ""), (("%m.%d.%y %I:%M %p",), "")]),
        (["13.06.2023 19:30 +0200"], [(("%d.%m.%Y %H:%M %z",), "")]),
        (["2025-01", "2025-12"], [(("%Y-%m",), "")]),
        (["01/2025"], [(("%m/%Y",), "")]),
        (["2025-13"], []),
        (["20230608", "20231231"], [(("%Y%m%d",), "")]),
        (["20230608193000"], [(("%Y%m%d%H%M%S",), "")]),
        (["03-May-2023", "04-Jun-2023"], [(("%d-%b-%Y",), "")]),
        (["May 3, 2023", "June 4, 2023"], [(("%b %d, %Y",), "")]),
        (["3. März 2023", "1. April 2023"], [(("%d. %B %Y",), "de")]),
        (["1. April 2023", "3. März 2023"], [(("%d. %B %Y",), "de")]),
        (["03-Mär-2023", "04-Dez-2023"], [(("%d-%b-%Y",), "de")]),
        (["3 marzo 2023", "4 giugno 2023"], [(("%d %B %Y",), "it")]),
        (["3 mars 2023", "14 juillet 2023"], [(("%d %B %Y",), "fr")]),
        (["3 mars 2023", "3 März 2023"], []),
        (["1 de mayo de 2023"], [(("%d de %B de %Y",), "es")]),
        (["12. Dez. 2023"], [(("%d. %b %Y",), "de")]),
        (["5. listopadu 2023"], [(("%d. %B %Y",), "cs")]),
        (["5. srpnja 2023"], [(("%d. %B %Y",), "hr")]),
    ],
)
def test_the_cells_of_a_column_decide_together(
    cells: list[str], found: list[tuple[tuple[str, ...], str]]
) -> None:
    assert ways(*cells) == found


def test_a_name_of_two_months_is_a_question() -> None:
    """The listopad is November in Czech and Polish, and October in Croatian."""
    found = DateWays()
    found.take("5. listopad 2023")

    assert [(way.spoken(), way.ends[0]) for way in found.ways] == [
        ("pl", datetime(2023, 11, 5)),
        ("hr", datetime(2023, 10, 5)),
    ]


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ([["13.06.2023"], ["13.06.2023 19:30"]], [(("%d.%m.%Y", "%d.%m.%Y %H:%M"), "")]),
        ([["13/06/2023"], ["05/06/2023"]], [(("%d/%m/%Y",), "")]),
        ([["06/13/2023"], ["05/06/2023"]], [(("%m/%d/%Y",), "")]),
        ([["05/06/2023"], ["07/06/2023"]], [(("%d/%m/%Y",), ""), (("%m/%d/%Y",), "")]),
        ([["13/06/2023"], ["06/13/2023"]], []),
        ([["13/06/2023"], ["06-13-2023"]], [(("%d/%m/%Y", "%m-%d-%Y"), "")]),
        ([["3. März 2023"], ["13.06.2023"]], [(("%d. %B %Y", "%d.%m.%Y"), "de")]),
        ([["3. März 2023"], ["3 juin 2023"]], []),
        ([["3 agosto 2023"], ["3 septiembre 2023"]], [(("%d %B %Y",), "es")]),
        ([["3 April 2023"], ["3 Mai 2023"]], [(("%d %B %Y",), "de")]),
    ],
)
def test_the_columns_of_a_source_decide_together(
    columns: list[list[str]], found: list[tuple[tuple[str, ...], str]]
) -> None:
    each = []
    for cells in columns:
        ways = DateWays()
        for cell in cells:
            ways.take(cell)
        each.append(ways.ways)

    assert [(way.forms, way.spoken()) for way in date_ways.in_one_source(each)] == found


def suggested(cell: str, *among: str, said: DateNotation | None = None) -> list[object]:
    keys, _ = date_ways.suggested(cell, said or DateNotation(), among)
    return [*keys]


@pytest.mark.parametrize(
    ("cell", "among", "keys"),
    [
        ("05/06/2023", ["13/06/2023"], [{"dates": {"format": "%d/%m/%Y"}}]),
        (
            "05/06/2023",
            ["2023-06-08", "-", "06/06/2023"],
            [{"dates": {"format": "%d/%m/%Y"}}, {"dates": {"format": "%m/%d/%Y"}}],
        ),
        (
            "13.06.2023",
            ["13.06.2023 19:30"],
            [{"dates": {"format": ["%d.%m.%Y", "%d.%m.%Y %H:%M"]}}],
        ),
        ("13/06/2023", ["never"], [{"dates": {"format": "%d/%m/%Y"}}]),  # the cell alone
        ("20230608", [], [{"dates": {"format": "%Y%m%d"}}]),
        ("1686252600", [], [{"dates": {"format": "epoch seconds"}}]),
        ("1686252600000", [], [{"dates": {"format": "epoch milliseconds"}}]),
        ("45085.8125", [], [{"dates": {"format": "excel serial"}}]),
        ("45085,8125", [], [{"decimal": ",", "dates": {"format": "excel serial"}}]),
        ("3. März 2023", [], [{"dates": {"format": "%d. %B %Y", "language": "de"}}]),
        ("12", [], []),
        ("soon", [], []),
    ],
)
def test_what_a_source_could_say_of_a_cell(cell: str, among: list[str], keys: list[object]) -> None:
    assert suggested(cell, *among, *([cell] if among else [])) == keys


def test_what_a_source_says_already_is_kept_unless_it_reads_cells_otherwise() -> None:
    german = DateNotation(dates=("%d.%m.%Y",))
    british = DateNotation(dates=("%d/%m/%Y",))

    assert suggested("13.06.2023 19:30", said=german) == [
        {"dates": {"format": ["%d.%m.%Y", "%d.%m.%Y %H:%M"]}}
    ]
    assert suggested("06/13/2023", "05/06/2023", said=british) == [
        {"dates": {"format": "%m/%d/%Y"}}
    ]
