"""Everything that can be wrong with a definition: where it is said, and in which words.

Each definition lies in `golden/bad/NAME.yaml`, with what `mlcli fit` says of it in
`NAME.txt`. The places below were read off the YAML by hand. No test here has data:
a definition is judged before any is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from support import Project

BAD = Path(__file__).parent.parent / "golden" / "bad"

# Each problem's line and column, counted from 1, and what stands there; "" is a line's end.
PLACES: dict[str, list[tuple[int, int, str]]] = {
    "tune_of_what_the_model_lacks": [(7, 3, "degre"), (8, 18, "12"), (9, 3, "name")],
    "tune_of_values_that_are_none": [
        (7, 15, "0.5 to 9"),
        (8, 6, "[]"),
        (9, 6, "[1, 2, 1]"),
        (10, 6, "1 to 1000"),
        (11, 6, "[[1]]"),
        (12, 6, "{from"),
    ],
    "tune_of_a_class_name": [(6, 23, "0"), (6, 58, "gini"), (6, 65, "alpha")],
    "tune_of_nothing": [(6, 6, "")],
    "tune_of_too_many": [(6, 7, "{trees")],
    "tune_of_a_word": [(6, 7, "trees")],
    "tune_of_a_catalogue": [(7, 1, "tune")],
    "tune_where_nothing_can_be": [(6, 8, "degree")],
    "threshold_for_no_class": [(4, 37, "threshold")],
    "threshold_for_what": [(4, 48, "f2")],
    "threshold_for_one_cost": [(4, 37, "threshold")],
    "threshold_for_costs_that_are_none": [(4, 63, "0"), (4, 66, "false_alarm_cost:")],
    "threshold_for_a_number": [(4, 23, "positive")],
    "positive_that_is_a_list": [(4, 31, "[yes"), (4, 42, "threshold")],
    "unknown_key_at_the_top": [(6, 1, "hold_out")],
    "unknown_key_in_a_source": [(4, 5, "delimeter")],
    "unknown_key_in_a_feature": [(5, 21, "unseeen")],
    "unknown_key_in_the_label": [(4, 23, "units")],
    "unknown_key_far_from_any": [(6, 1, "colour")],
    "unknown_key_near_no_other": [(2, 35, "path")],
    "a_misspelt_key_is_one_problem": [(3, 5, "fil")],
    "unknown_rule": [(5, 9, "kep")],
    "unknown_rule_far_from_any": [(5, 9, "frobnicate")],
    "unknown_rule_after_the_join": [(4, 5, "drop_weekday")],
    "rule_with_two_names": [(6, 9, "drop")],
    "rule_without_options": [(5, 9, "keep"), (6, 9, "drop_duplicates")],
    "rule_that_is_a_word": [(5, 9, "drop_duplicates")],
    "rule_that_is_empty": [(5, 9, "{"), (6, 8, "")],
    "rule_with_a_list_for_options": [(5, 24, "["), (6, 23, "quantity")],
    "rules_that_are_a_mapping": [(4, 12, "{")],
    "options_of_where_rules_misspelt": [
        (5, 48, "becuase"),
        (6, 50, "reason"),
        (7, 36, "becase"),
        (8, 36, "becuse"),
    ],
    "options_of_gathering_rules_misspelt": [(5, 17, "pre"), (6, 15, "off"), (7, 52, "ass")],
    "options_of_other_rules_misspelt": [(5, 27, "on"), (6, 43, "bi")],
    "of_misspelt_in_bands": [(5, 17, "fo")],
    "as_missing_in_bands": [(5, 9, "bands")],
    "bands_with_a_gap": [(5, 64, "20")],
    "bands_that_overlap": [(5, 65, "5")],
    "bands_without_a_band": [(5, 9, "bands")],
    "bands_of_dates": [(5, 45, "before")],
    "band_that_holds_nothing": [(5, 46, "5")],
    "band_that_is_no_range": [(5, 46, '"'), (5, 63, "5-20"), (5, 78, "20")],
    "range_that_mixes_a_number_with_a_date": [(5, 24, "5")],
    "range_that_goes_down": [(5, 27, "60"), (6, 24, "2023-12-01")],
    "rules_that_name_no_column": [
        (5, 9, "between"),
        (6, 9, "keep"),
        (7, 9, "derive"),
        (8, 9, "rename"),
        (9, 9, "fill_missing"),
    ],
    "keep_with_values_of_two_kinds": [(5, 23, "[")],
    "keep_with_a_list_in_a_list": [(5, 27, "["), (6, 22, "{"), (7, 21, "}"), (8, 22, "[")],
    "per_that_says_nothing": [(5, 22, "day"), (6, 22, "week"), (7, 22, '"')],
    "per_of_an_unknown_period": [(5, 22, "hour"), (6, 22, "days")],
    "per_from_no_time": [(5, 22, "day"), (6, 22, "day")],
    "per_that_is_a_number": [(5, 22, "2023")],
    "per_missing": [(5, 9, "count")],
    "derive_phrases": [
        (6, 20, "weekdy"),
        (7, 17, "log"),
        (8, 17, "holiday"),
        (9, 18, "log"),
        (10, 18, "holiday"),
    ],
    "derive_number_and_date_of_one_column": [(5, 45, "weekday")],
    "holdout_not_understood": [(6, 10, "20%")],
    "holdout_as_a_number": [(6, 10, "0.2")],
    "holdout_no": [(6, 10, "no")],
    "holdout_of_too_much": [(6, 10, "random")],
    "holdout_share_that_is_no_number": [(6, 10, "newest")],
    "holdout_from_no_date": [(7, 10, "from")],
    "holdout_from_a_time": [(7, 10, "from")],
    "holdout_by_date_without_a_key": [(6, 10, "newest")],
    "weekday_misspelt": [(5, 28, "friday"), (5, 36, "Sat"), (5, 49, "Xyz")],
    "weekday_as_a_number": [(5, 28, "5"), (5, 31, "yes"), (5, 36, "true")],
    "dates_that_are_none": [
        (7, 11, "2023-13-01"),
        (8, 11, "25.12.2023"),
        (9, 11, "2023-12-24"),
        (10, 11, "5"),
        (11, 11, "9999-12-31"),
    ],
    "weekdays_without_days": [(5, 5, "drop_weekdays"), (6, 25, "[")],
    "weekdays_without_a_date": [(4, 5, "drop_weekdays")],
    "formula_with_a_power": [(6, 23, "^")],
    "formula_with_two_stars": [(6, 25, "*")],
    "formula_that_stops": [(6, 19, "")],
    "formula_with_an_open_bracket": [(6, 27, "")],
    "formula_without_an_operator": [(6, 18, "guests")],
    "formula_with_a_call": [(6, 16, "(")],
    "formula_that_is_true": [(6, 11, "true")],
    "number_too_large_for_its_place": [(5, 46, "1e999")],
    "formula_that_is_a_list": [(6, 11, "[")],
    "formula_over_several_lines": [(6, 11, ">")],
    "baseline_with_an_unknown_column": [(14, 20, "reservation")],
    "baseline_with_the_label": [(6, 16, "doughs")],
    "engine_that_there_is_not": [(6, 9, "dask")],
    "engine_for_another_form": [(6, 1, "engine")],
    "engine_with_memory_for_pandas": [(6, 32, "4GB")],
    "engine_with_an_amount_of_nothing": [(6, 32, "lots")],
    "engine_with_too_little_memory": [(6, 32, "5")],
    "engine_that_is_empty": [(6, 8, "")],
    "engine_without_a_name": [(6, 1, "engine")],
    "unknown_model": [(5, 8, "linear_regresion")],
    "unknown_model_far_from_any": [(5, 15, "magic")],
    "model_without_a_name": [(5, 1, "model")],
    "model_that_is_a_number": [(5, 8, "5")],
    "model_that_is_a_list": [(5, 8, "[")],
    "model_name_that_is_a_list": [(5, 15, "[")],
    "hyperparameter_unknown": [(5, 38, "degre")],
    "hyperparameter_of_another_model": [(5, 34, "degree")],
    "hyperparameter_out_of_bounds": [(5, 46, "11")],
    "hyperparameter_of_the_wrong_type": [(5, 46, "2.5")],
    "hyperparameter_that_is_text": [(5, 31, '"')],
    "hyperparameter_that_is_true": [(5, 38, "true")],
    "class_hyperparameter_unknown": [(5, 46, "maxdepth")],
    "class_hyperparameter_not_allowed": [(5, 57, "0")],
    "class_name_in_small_letters": [(5, 8, "randomforestregressor")],
    "clusterer_asked_for": [(5, 8, "KMeans")],
    "missing_keys": [(1, 1, "sources"), (1, 1, "sources"), (1, 1, "sources")],
    "missing_file_in_a_source": [(2, 3, "nights")],
    "missing_name_in_a_feature": [(4, 5, "kind"), (5, 1, "label")],
    "source_that_is_a_path": [(2, 11, "data")],
    "sources_that_are_a_list": [(2, 3, "-")],
    "sources_that_are_empty": [(1, 9, "")],
    "source_without_a_name": [(2, 3, '"')],
    "features_that_are_a_word": [(3, 11, "guests")],
    "features_that_are_empty": [(3, 11, "[")],
    "features_of_wrong_types": [
        (3, 12, "2023"),
        (3, 18, "true"),
        (3, 24, "["),
        (3, 34, '"'),
        (3, 38, "~"),
    ],
    "label_of_a_wrong_type": [(4, 8, "[")],
    "text_where_true_or_false_is_needed": [(4, 30, "no")],
    "one_of_a_few_words": [(2, 46, '"'), (4, 26, "categry"), (5, 29, "yes"), (5, 43, "zero")],
    "seed_out_of_bounds": [(6, 7, "-1")],
    "seed_of_the_wrong_type": [(6, 7, "1.5")],
    "numbers_where_text_is_needed": [(2, 18, "2023"), (3, 7, "10"), (5, 29, "1.0")],
    "time_zone_unknown": [(2, 45, "Europe")],
    "feature_twice": [(3, 29, "guests")],
    "feature_whose_option_is_taken": [(3, 20, "Output"), (3, 28, "date")],
    "features_with_one_option": [(3, 23, "Table_Num")],
    "feature_without_a_letter": [(3, 20, '"')],
    "feature_that_nothing_makes": [(11, 12, "reservation")],
    "label_that_nothing_makes": [(12, 15, "dough")],
    "feature_that_is_the_label": [(3, 20, "doughs")],
    "feature_that_is_the_date": [(4, 20, "day")],
    "label_that_is_the_date": [(5, 8, "day")],
    "several_sources_without_a_join": [(1, 1, "sources")],
    "join_key_that_a_source_lacks": [(10, 7, "day")],
    "date_together_with_join": [(5, 1, "date")],
    "two_sources_that_make_one_column": [(9, 57, "guests")],
    "gathering_after_the_join": [(4, 5, "count")],
    "column_that_gathering_left_out": [(6, 16, "item_name")],
    "column_that_was_renamed": [(6, 28, "guests")],
    "feature_that_was_renamed": [(6, 12, "guests")],
    "two_columns_renamed_to_one": [(5, 44, "people")],
    "renamed_to_a_column_that_is_there": [(6, 26, "size")],
    "number_and_text": [(5, 16, "guests")],
    "date_and_number": [(5, 19, "ordered_at")],
    "gathered_as_its_own_key": [(5, 45, "day")],
    "unseen_on_a_number": [(3, 49, "other")],
    "median_of_a_category": [(3, 53, "median")],
    "filled_with_text_and_used_as_a_number": [(7, 20, "guests")],
    "filled_with_nothing": [(7, 27, "}"), (8, 28, "[")],
    "fill_missing_a_column_of_no_source": [(12, 20, "reservation")],
    "duplicate_key": [(6, 1, "label")],
    "duplicate_source": [(3, 3, "orders")],
    "anchor_and_alias": [(2, 13, "&same"), (3, 11, "*same")],
    "tag": [(2, 18, "!!python"), (4, 8, "!number")],
    "merge_key": [(3, 5, "<<")],
    "second_document": [(6, 1, "---")],
    "directive": [(1, 1, "%YAML")],
    "unknown_directive": [(1, 1, "%MLCLI")],
    "tab_indentation": [(2, 1, "\t")],
    "tab_deeper_in": [(5, 1, "\t")],
    "merge_conflict": [(4, 1, "<<<<<<<")],
    "merge_conflict_in_a_list": [(5, 1, "<<<<<<<")],
    "not_a_mapping": [(1, 1, "-")],
    "a_single_word": [(1, 1, "pizzeria")],
    "empty_file": [(1, 1, "")],
    "only_comments": [(1, 1, "#")],
    "unclosed_bracket": [(3, 11, "[")],
    "unclosed_brace": [(2, 11, "{")],
    "bracket_closed_twice": [(3, 19, "]")],
    "unclosed_quote": [(2, 18, '"')],
    "unclosed_single_quote": [(4, 8, "'")],
    "text_after_a_quote": [(4, 16, "doughs")],
    "line_without_a_colon": [(4, 1, "label")],
    "line_without_a_space_after_the_colon": [(4, 1, "label")],
    "colon_in_text": [(7, 22, ":")],
    "indentation_that_matches_nothing": [(4, 4, "rules")],
    "key_indented_by_mistake": [(4, 3, "label")],
    "rule_without_a_dash": [(6, 7, "drop")],
    "dash_after_a_key": [(3, 11, "-")],
    "character_that_begins_no_text": [(4, 8, "@")],
    "percent_sign_first": [(6, 10, "%20")],
    "backtick": [(3, 12, "`")],
    "star_first": [(6, 11, "*")],
    "angle_first": [(6, 15, ">")],
    "angle_first_in_braces": [(5, 23, ">")],
    "backslash_in_a_path": [(2, 30, "\\")],
    "list_for_a_key": [(3, 1, "[")],
    "question_mark_key": [(3, 3, "{")],
    "document_end_and_more": [(4, 1, "features")],
    "number_too_large": [(5, 24, "1e999")],
    "escape_of_a_control_character": [(2, 18, '"'), (4, 29, '"')],
    "escape_of_no_character": [(2, 24, "\\")],
    "everything_in_one_line": [(1, 162, "becase")],
    "wide_characters_before_the_fault": [(2, 33, "fil")],
    "many_mistakes": [
        (3, 5, "fil"),
        (5, 22, "hour"),
        (6, 9, "kep"),
        (7, 3, "bookings"),
        (9, 36, "saturday"),
        (10, 48, "word"),
        (11, 30, "no"),
        (12, 46, "20"),
        (13, 10, "newest"),
        (14, 29, "^"),
        (15, 1, "colour"),
    ],
    "many_contradictions": [
        (6, 16, "status"),
        (11, 7, "day"),
        (12, 1, "date"),
        (14, 20, "reservation"),
        (15, 5, "count"),
        (16, 12, "bookings"),
        (16, 22, "day"),
        (16, 49, "reservations"),
        (17, 8, "dough"),
        (18, 22, "alhpa"),
        (18, 37, "-1"),
        (19, 11, "guests"),
        (19, 20, "dough"),
    ],
    "because_misspelt_among_columns": [(5, 29, "becuase"), (6, 35, "becaus")],
    "dash_too_far_in": [(5, 4, "-")],
    "further_in_than_the_line_above": [(5, 3, "unit")],
    "dash_among_keys": [(6, 7, "-")],
    "comma_missing": [(2, 43, ":")],
    "comma_missing_in_a_list": [(3, 21, '"')],
    "comma_too_many": [(3, 20, ",")],
    "bracket_closed_by_a_brace": [(3, 11, "[")],
    "tab_after_a_key": [(4, 7, "\t")],
    "text_that_is_empty": [(2, 18, '"'), (3, 7, '"'), (5, 29, '"')],
    "column_without_a_name": [(5, 9, "keep")],
    "empty_values": [(2, 10, ""), (3, 10, ""), (4, 7, ""), (5, 7, "")],
    "date_renamed_away": [(6, 7, "day")],
    "category_in_the_baseline": [(6, 20, "weather")],
    "text_and_number_after_the_join": [(12, 12, "reservations")],
    "summed_under_the_name_of_the_key": [(5, 19, "day")],
    "colon_in_a_formula": [(6, 22, ":")],
    "formula_with_a_comma": [(6, 18, ",")],
    "range_that_is_too_large": [(5, 46, "under")],
    "range_of_no_date": [(5, 24, "from"), (6, 24, "2023-06-08")],
    "made_as_text_and_used_as_a_number": [(6, 19, "weekday"), (7, 8, "free"), (9, 20, "weekday")],
    "date_that_is_a_number": [(7, 7, "doughs")],
}


def _definition(name: str) -> str:
    return (BAD / f"{name}.yaml").read_text(encoding="utf-8")


def _said(name: str) -> str:
    return (BAD / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PLACES)
def test_a_bad_definition_is_refused_with_every_problem_at_its_place(
    name: str, project: Project, golden: Callable[[str, str], None]
) -> None:
    project.define(_definition(name), name)

    said = project.fails(2, "fit", name)

    places = re.findall(rf"^error: configs/{name}\.yaml:(\d+):(\d+): ", said, re.MULTILINE)
    assert [(int(line), int(column)) for line, column in places] == [
        (line, column) for line, column, _ in PLACES[name]
    ]
    assert said.count("error: ") == len(PLACES[name])
    golden(f"bad/{name}.txt", said)


@pytest.mark.parametrize("name", PLACES)
def test_the_places_were_read_off_the_definition(name: str) -> None:
    lines = _definition(name).split("\n")

    for line, column, word in PLACES[name]:
        rest = lines[line - 1][column - 1 :]
        assert rest.startswith(word) if word else rest == "" and column > len(lines[line - 1])


@pytest.mark.parametrize("name", PLACES)
def test_the_caret_stands_below_the_word_at_fault(name: str) -> None:
    said = _said(name).split("\n")
    carets = [number for number, line in enumerate(said) if re.fullmatch(r" +\| *\^", line)]

    assert len(carets) == (len(PLACES[name]) if any(_definition(name).split()) else 0)
    for number, (line, _, word) in zip(carets, PLACES[name], strict=False):
        above = said[number - 1]
        assert re.match(rf" +{line} \|", above)
        if word.strip():
            assert _from_column(above, said[number].index("^")).startswith(word)


def _from_column(text: str, column: int) -> str:
    """Return a text from a column of the terminal on, in which some characters take two."""
    at = 0
    while column > 0:
        column -= 2 if east_asian_width(text[at]) in "WF" else 1
        at += 1
    return text[at:]


def test_every_bad_definition_is_in_the_table_and_has_its_golden_text() -> None:
    assert {path.stem for path in BAD.glob("*.yaml")} == set(PLACES)
    assert {path.stem for path in BAD.glob("*.txt")} == set(PLACES)
    assert len({_definition(name) for name in PLACES}) == len(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_every_problem_is_one_plain_sentence_and_says_what_to_do(name: str) -> None:
    said = _said(name)
    sentences = [
        re.sub(r"^error: \S+?:\d+:\d+: |^hint: ", "", line)
        for line in said.split("\n")
        if line.startswith(("error: ", "hint: "))
    ]

    assert said.count("\nhint: ") == len(PLACES[name])
    for sentence in sentences:
        assert 10 <= len(sentence) <= 220
        assert not sentence.endswith(".")
        assert not re.search(
            r"pydantic|Input should|validat|valid (dict|list|str)|NoneType|None\b|Error\b|Traceback"
            r"|block (end|mapping|sequence)|scalar|token|stream|sequence|<class|__|\[key\]|inf\)",
            sentence,
        ), sentence


# What no text file can hold, or not well.
_WHOLE = b"sources:\n  nights: {file: data/nights.csv}\nfeatures: [guests]\nlabel: doughs\nmodel: ridge\n"
BYTES: list[tuple[str, bytes, str]] = [
    (
        "a_null_character",
        _WHOLE.replace(b"nights.csv", b"nig\0hts.csv"),
        "2:26: the character '\\x00' does not belong in a definition",
    ),
    (
        "a_colour_of_a_terminal",
        _WHOLE.replace(b"doughs", b"\x1b[31mdoughs"),
        "4:8: the character '\\x1b' does not belong in a definition",
    ),
    (
        "latin_1",
        _WHOLE.replace(b"doughs", "p\xe2tes".encode("latin-1")),
        "4:9: the byte 0xe2 is not UTF-8 text",
    ),
    (
        "latin_1_after_utf_8",
        _WHOLE.replace(b"doughs", "g\xe2teau p".encode() + b"\xe2tes"),
        "4:16: the byte 0xe2 is not UTF-8 text",
    ),
    ("utf_16", _WHOLE.decode().encode("utf-16"), "1:1: the byte 0xff is not UTF-8 text"),
    (
        "too_deep",
        _WHOLE.replace(b"guests", b"[" * 60 + b"]" * 60),
        "3:60: this is more than 50 levels deep",
    ),
    (
        "far_too_deep",
        _WHOLE.replace(b"guests", b"[" * 100_000),
        "3:60: this is more than 50 levels deep",
    ),
    (
        "too_long",
        _WHOLE + b"#" * 1_000_000,
        "1:1: the file is over a million characters long",
    ),
    (
        "an_anchor_that_would_grow_without_end",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        "1:4: anchors such as &a are not part of a definition",
    ),
    (
        "a_list_that_holds_itself",
        b"sources: &a [*a]\n",
        "1:10: anchors such as &a are not part of a definition",
    ),
    (
        "a_number_of_five_thousand_digits",
        _WHOLE + b"seed: " + b"9" * 5000 + b"\n",
        "6:7: this number is too large",
    ),
    (
        "carriage_returns",
        _WHOLE.replace(b"\n", b"\r\n").replace(b"model", b"modle"),
        "5:1: unknown key 'modle'",
    ),
    (
        "a_byte_order_mark",
        b"\xef\xbb\xbf" + _WHOLE.replace(b"file", b"fiel"),
        "2:12: unknown key 'fiel'",
    ),
]


@pytest.mark.parametrize(
    ("contents", "expected"), [row[1:] for row in BYTES], ids=[row[0] for row in BYTES]
)
def test_a_file_that_is_hardly_text_is_refused_at_its_place(
    contents: bytes, expected: str, project: Project
) -> None:
    project.write("configs/nights.yaml", contents)

    said = project.fails(2, "fit", "nights")

    assert said.startswith(f"error: configs/nights.yaml:{expected}\n")
    assert "\nhint: " in said


def test_the_definitions_around_the_faults_are_fit_to_be_read(project: Project) -> None:
    project.write("configs/nights.yaml", _WHOLE)

    said = project.fails(3, "fit", "nights")

    assert "data/nights.csv" in said


def test_many_mistakes_are_all_told_at_once_in_the_order_of_the_file() -> None:
    for name in ("many_mistakes", "many_contradictions"):
        assert len(PLACES[name]) > 6
        assert PLACES[name] == sorted(PLACES[name])
        assert f"\n{len(PLACES[name])} problems" in _said(name)


def test_a_bad_definition_leaves_the_model_that_was_fitted_before(eleven_days: Project) -> None:
    eleven_days.works("fit")
    eleven_days.define("label: pizzas\n")

    eleven_days.fails(2, "fit")

    assert eleven_days.works("predict", "--reservations", 15).out == "53 doughs\n"
