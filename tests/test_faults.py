"""The page of faults says how many cases each has; here they are collected and counted."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| .+? \| [\d, ]+ \| (\d+) \|$", PAGE, re.MULTILINE)

# By fault, as the page has it: which cases of the tests try it.
TRIED_BY = {
    "a file that is missing, a folder, no regular file": r"bad_data.*\[a (file (that is not there|in a folder|whose folder)|folder with)|sources_of_files.*what_is_no_file",
    "a file that may not be read, or a disk that fails": "bad_data.*(may_not_be_read|system_does_not_hand_over)",
    "an empty file, only newlines or a mark, a header alone": r"bad_data.*\[(no byte at all|only |a byte order mark|a header (and|without))",
    "letters kept in another way: Latin-1, UTF-16 without its mark, cut in half": r"bad_data.*\[(UTF-16|a Latin-1 letter|a letter cut|half a letter)|sources_of_files.*another_encoding|cli.test_faults.*way_out\[encoding:",
    "an encoding that there is not": r"sources_of_files.*an_encoding_that_there_is_not|cli.test_faults.*way_out\[unknown encoding:",
    "NUL bytes": r"bad_data.*\[NUL|csv.test_reader.*nul_byte|cli.test_faults.*way_out\[odd characters:",
    "something else that is called .csv: gzip, Excel, PDF, HTML, JSON, SQLite, Parquet": r"bad_data.*whatever it|csv.test_reader.*file_of_another_format|cli.test_faults.*way_out\[another format:",
    "gzip that is cut off, damaged or none": r"test_text_file.*(packed_file_that_is_cut|flipped_byte|behind_what_is_packed|called_packed)|cli.test_faults.*way_out\[gzip:",
    "short and long rows, a mark too many, another delimiter": r"bad_data.*\[(a (short|long) row|a comma too many|rows separated)",
    "two tables in a file, empty lines": r"bad_data.*\[(two tables|an empty line)|csv.test_reader.*an_empty_line",
    "quotes never closed, bare, or within words": r"bad_data.*\[(a quote|a bare quote|two bare|a quoted word|letters after a clos|a space before a q)|cli.test_faults.*way_out\[quotes:",
    "a title above the header, a note to Excel, no header": r"bad_data.*\[(a title|a note to Excel|no header)|cli.test_faults.*way_out\[(above and below|no header):",
    "a delimiter that could be two, or is not there": r"bad_data.*\[(a header that two|a delimiter in)",
    "columns twice, without a name, not there": r"bad_data.*\[(two columns of|a column (without|that is nearly|that differs|that only a rule))|names_of_our_own",
    "text, currency, commas, infinity in a column of numbers": r"bad_data.*in a number column|bad_data.*\[(a word among|too large a number in|decimal commas|dates throughout|words for a label)|cli.test_faults.*way_out\[(numbers|missing words):",
    "cells that are neither true nor false, lists that are none": r"bad_data.*\[(a word where true|a list )",
    "an empty cell that a rule needs": r"bad_data.*\[an empty cell in",
    "dates that are ambiguous, impossible, in another form": r"bad_data.*for a date\]|csv.*notations?.*date|notation.*date|cli.test_faults.*way_out\[dates:",
    "offsets that differ, time zones": r"bad_data.*\[(offsets|a time zone|a time that its)|sources_of_files.*offsets",
    "10,000 columns and more, lines and cells of megabytes, quotes that run away, bombs": "test_hostile.*(refused_in_no_time|environments_fault)",
    "a file that changes while it is read": "bad_data.*changes_while|csv.test_reader.*changes_before|other_sources.*changes_while",
    "a rule that leaves no row": r"bad_data.*\[(a value that misses|a rule that leaves|a range that leaves|a column that is empty|a rule on the table)",
    "a rule that cannot take a value": r"bad_data.*\[(a number below|a number at the high|the logarithm|the root|the holidays|a new name)",
    "a join that keeps nothing, keys repeated, empty, of two kinds": r"bad_data.*\[(days that do not|keys that|a key |a column that both|an export without rows)|cli.test_faults.*way_out\[joins:",
    "one row, a constant label, an empty feature, no hold-out": r"bad_data.*\[(a label that|one row|a feature that is empty|a hold-out|a category that|a baseline that|fewer rows|a negative label)",
    "an id for a feature, a matrix that memory cannot hold": "test_hostile.*million_different|bad_data.*(an_id_is|memory_cannot_hold)",
    "classes too few or too rare, labels that are none": "bad_class_definitions.*(refused_at_its_place|cannot_be_an_order|fault_of_the_data)",
    "words that look alike, leading zeros, constant columns": "test_data.*(alike|zeros|never_changes)",
    "files of one source that do not fit together": r"sources_of_files.*(other_columns|later_file|second_file)|cli.test_faults.*way_out\[several files:",
    "standard input that is empty or a terminal": "sources_of_files.*(terminal_is_no|fault_in_standard)|unit.exports.test_reading.*standard",
    "Parquet files and workbooks that are damaged or none": "other_sources.*(what_is_no_|no_cut_and|zip_archive|unpacks_to)",
    "sheets, ranges, merged cells, errors and formulas of Excel": "other_sources.*(header_of_a_sheet|rows_of_a_sheet_that|merged_cells_of|error_of_excel_is|results_that_no|formulas_without)",
    "values of another kind, too fine, too large": "other_sources.*(another_kind|too_many_digits|would_be_cut|offsets_that_differ)",
    "databases: not there, wrong password, no such table": "test_sql.*(another_kind|text_that_is_none|cannot_be_read|not_there|without_rows|not_set|leads_nowhere|no_sqlite|cannot_read|outside_of_the|goes_away|lets_nobody)",
    "a package that is not installed": "other_sources.*package_that_is_not|test_engine.*(not_installed|missing)",
    "YAML: empty, a list, tabs, duplicate keys, tags, anchors, two documents, no UTF-8": r"bad_definitions.*(fault_is_refused|hardly_text|at_its_place\[(a_single|anchor|backtick|bracket|character|colon_in_text|comma|dash|directive|document|duplicate|empty_file|escape|everything|further|indentation|key_indented|line_|list_for|merge|not_a|only_|percent|question|second|star|tab|tag|text_after|unclosed|unknown_directive|angle|key_))",
    "definitions that say something wrong: keys, types, phrases, rules, contradictions": r"bad_definitions.*at_its_place\[(?!a_single|anchor|backtick|bracket|character|colon_in_text|comma|dash|directive|document|duplicate|empty_file|escape|everything|further|indentation|key_indented|line_|list_for|merge|not_a|only_|percent|question|second|star|tab|tag|text_after|unclosed|unknown_directive|angle|key_)|cli.test_faults.*way_out\[(keys of a source|definitions too large):",
    "sources that say something wrong: passwords, ranges, queries, options of another form": "bad_sources|sources_of_files.*asked_wrongly",
    "questions that cannot be answered": "bad_data.*question_without_an_answer",
    "files that a model cannot be judged on": "bad_data.*no_model_can_be_judged",
    "words of the data that look like markup, commands or control characters": "cli.test_faults.*does_nothing",
    "formulas in cells of text": "csv.test_writing.*(gets_a_quote|are_harmless)",
}


@pytest.fixture(scope="module")
def cases() -> list[str]:
    """Every case that pytest collects from the tests of faults, slow ones too, by name."""
    files = sorted((ROOT / "tests" / "cli").glob("test_*.py"))
    names = ("exports/csv/test_reader", "exports/csv/test_text_file", "exports/csv/test_writing")
    names += ("exports/test_reading", "grammar/test_notation")
    files += [ROOT / "tests" / "unit" / f"{name}.py" for name in names]
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "", *map(str, files)]
    out = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line for line in out.splitlines() if "::" in line]


def test_every_fault_of_the_page_is_tried() -> None:
    assert len(ROWS) == PAGE.count("\n| ") - 1  # but the head
    assert [fault for fault, _ in ROWS] == list(TRIED_BY)


@pytest.mark.slow
def test_each_fault_has_as_many_cases_as_the_page_says(cases: list[str]) -> None:
    found = {
        fault: sum(re.search(pattern, case) is not None for case in cases)
        for fault, pattern in TRIED_BY.items()
    }

    assert found == {fault: int(count) for fault, count in ROWS}
    assert all(found.values())


@pytest.mark.slow
def test_the_cases_are_two_hundred_and_more(cases: list[str]) -> None:
    counted = [c for c in cases if any(re.search(p, c) for p in TRIED_BY.values())]

    assert len(counted) >= 200
    assert f"In all {len(counted):,} cases" in PAGE
