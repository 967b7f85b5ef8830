"""What can be wrong with a definition of classes, or of a catalogue: said where it stands.

Each case changes some lines of one of the definitions below. The places were counted off
by hand; no case has data, for a definition is judged before any is read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from support import Project, csv_of

CATALOGUE = """\
sources:
  games:
    file: data/games.csv
    rules:
      - bands: {of: cost, as: budget, dear: 20 or more, cheap: under 5, fair: 5 to 20}
      - split_list: {of: types, as: play}
features:
  - {name: budget, kind: category}
  - {name: play, kind: tags}
label: game
model: complement_naive_bayes
recommend:
  order: [wishes, rating]
  show: [cost]
  top: 5
"""

CLASSES = """\
sources:
  nights:
    file: data/nights.csv
    rules:
      - bands: {of: heat, as: sky, hot: 25 or more, cold: under 10, mild: 10 to 25}
features: [guests]
label: night
model: logistic_regression
holdout: none
"""

# Whose columns are all known: those that the rules make.
LENT = """\
sources:
  games:
    file: data/games.csv
    rules:
      - count: {per: game, as: lent}
      - bands: {of: lent, as: fame, rare: under 5, common: 5 or more}
features: [{name: fame, kind: category}]
label: game
model: match
recommend: {order: [wishes, lent]}
"""


class Problem(NamedTuple):
    """Where a problem is, what stands there, what is said of it, and what to do."""

    line: int
    column: int
    word: str
    message: str
    hint: str


def changed(text: str, lines: dict[int, str]) -> str:
    """Return a definition with some lines, counted from 1, written anew or added at its end."""
    written = text.splitlines()
    for number, line in lines.items():
        written[number - 1 : number] = [line]
    return "\n".join(written) + "\n"


RANKERS = (
    "the models that can are k_nearest, complement_naive_bayes, multinomial_naive_bayes, "
    "bernoulli_naive_bayes, match"
)
ORDINAL = "  - {name: budget, kind: ordinal}"

BAD: dict[str, tuple[str, dict[int, str], list[Problem]]] = {
    # the model and what is to be answered
    "recommend_with_a_model_that_cannot_rank": (
        CATALOGUE,
        {11: "model: logistic_regression"},
        [
            Problem(
                11,
                8,
                "logistic_regression",
                "logistic_regression cannot put things in order",
                RANKERS,
            )
        ],
    ),
    "recommend_with_a_mapping_that_cannot_rank": (
        CATALOGUE,
        {11: "model: {name: decision_tree, max_depth: 3}"},
        [Problem(11, 15, "decision_tree", "decision_tree cannot put things in order", RANKERS)],
    ),
    "recommend_with_a_class_name": (
        CATALOGUE,
        {11: "model: ComplementNB"},
        [Problem(11, 8, "ComplementNB", "ComplementNB cannot put things in order", RANKERS)],
    ),
    "match_without_recommend": (
        CLASSES,
        {8: "model: match"},
        [
            Problem(
                8,
                8,
                "match",
                "match puts things in order, and nothing is to be suggested",
                "add  recommend: {top: 5}",
            )
        ],
    ),
    "label_that_is_a_number_and_a_model_for_classes": (
        CLASSES,
        {7: "label: {name: night, kind: number}"},
        [
            Problem(
                7,
                28,
                "number",
                "logistic_regression answers with classes, and the label is a number",
                "take  kind:  away, or another model, such as linear_regression",
            )
        ],
    ),
    "label_that_is_a_category_and_a_model_for_numbers": (
        CLASSES,
        {7: "label: {name: night, kind: category}", 8: "model: {name: ridge, penalty: 2}"},
        [
            Problem(
                7,
                28,
                "category",
                "ridge answers with numbers, and the label is a category",
                "take  kind:  away, or another model, such as logistic_regression",
            )
        ],
    ),
    "label_that_is_a_number_and_a_classifier_by_its_class_name": (
        CLASSES,
        {7: "label: {name: night, kind: number}", 8: "model: SVC"},
        [
            Problem(
                7,
                28,
                "number",
                "SVC answers with classes, and the label is a number",
                "linear_regression",
            )
        ],
    ),
    "label_of_no_kind": (
        CLASSES,
        {7: "label: {name: night, kind: classes}"},
        [Problem(7, 28, "classes", "'kind' must be number or category, not 'classes'", "")],
    ),
    "label_of_a_catalogue_with_a_kind": (
        CATALOGUE,
        {10: "label: {name: game, kind: category}"},
        [
            Problem(
                10,
                21,
                "kind",
                "the label of a catalogue is the name of a thing",
                "take  kind:  away",
            )
        ],
    ),
    "whole_classes": (
        CLASSES,
        {7: "label: {name: night, whole: true}"},
        [Problem(7, 22, "whole", "'night' is no number that could be whole", "take  whole:  away")],
    ),
    "whole_things": (
        CATALOGUE,
        {10: "label: {name: game, whole: false}"},
        [Problem(10, 21, "whole", "'game' is no number that could be whole", "take  whole:  away")],
    ),
    "baseline_beside_classes": (
        CLASSES,
        {10: "baseline: 10 + guests"},
        [
            Problem(
                10,
                1,
                "baseline",
                "a formula answers with a number, and 'night' is none",
                "take  baseline:  away",
            )
        ],
    ),
    "baseline_in_a_catalogue": (
        CATALOGUE,
        {16: "baseline: 10 + cost"},
        [
            Problem(
                16,
                1,
                "baseline",
                "a formula answers with a number, and 'game' is none",
                "take  baseline:  away",
            )
        ],
    ),
    "holdout_in_a_catalogue": (
        CATALOGUE,
        {16: "holdout: random 20%"},
        [
            Problem(
                16,
                10,
                "random 20%",
                "every row is a thing of its own: none can be held out",
                "take  holdout:  away",
            )
        ],
    ),
    "holdout_by_date_in_a_dated_catalogue": (
        CATALOGUE,
        {16: "date: bought", 17: "holdout: newest 20%"},
        [
            Problem(
                17,
                10,
                "newest 20%",
                "every row is a thing of its own: none can be held out",
                "take  holdout:  away",
            )
        ],
    ),
    # hyperparameters
    "neighbours_in_a_catalogue": (
        CATALOGUE,
        {11: "model: {name: k_nearest, neighbours: 3}"},
        [
            Problem(
                11,
                26,
                "neighbours",
                "every thing of a catalogue is put in order, not some neighbours",
                "take  neighbours:  away",
            )
        ],
    ),
    "smoothing_of_nothing": (
        CATALOGUE,
        {11: "model: {name: complement_naive_bayes, smoothing: 0}"},
        [Problem(11, 50, "0", "'smoothing' must be 0.0001 or more", "")],
    ),
    "smoothing_of_too_much": (
        CLASSES,
        {8: "model: {name: bernoulli_naive_bayes, smoothing: 2000000}"},
        [Problem(8, 49, "2000000", "'smoothing' must be 1000000", "")],
    ),
    "penalty_of_nothing": (
        CLASSES,
        {8: "model: {name: logistic_regression, penalty: 0}"},
        [Problem(8, 45, "0", "'penalty' must be above 0", "")],
    ),
    "penalty_of_naive_bayes": (
        CLASSES,
        {8: "model: {name: multinomial_naive_bayes, penalty: 1}"},
        [
            Problem(
                8,
                40,
                "penalty",
                "multinomial_naive_bayes has no hyperparameter 'penalty'",
                "smoothing",
            )
        ],
    ),
    "hyperparameter_of_a_classifier_unknown": (
        CLASSES,
        {8: "model: {name: SVC, kernle: rbf}"},
        [Problem(8, 20, "kernle", "SVC has no hyperparameter 'kernle'", "did you mean 'kernel'?")],
    ),
    "hyperparameter_of_a_classifier_not_allowed": (
        CLASSES,
        {8: "model: {name: SVC, C: 0}"},
        [
            Problem(
                8,
                23,
                "0",
                "'C' must be a number above 0",
                "see SVC in scikit-learn's documentation",
            )
        ],
    ),
    "classifier_misspelt": (
        CLASSES,
        {8: "model: RandomForestClasifier"},
        [
            Problem(
                8,
                8,
                "RandomForestClasifier",
                "'RandomForestClasifier'",
                "did you mean 'RandomForestClassifier'?",
            )
        ],
    ),
    "naive_bayes_misspelt": (
        CLASSES,
        {8: "model: complement_naive_bays"},
        [
            Problem(
                8,
                8,
                "complement_naive_bays",
                "'complement_naive_bays'",
                "did you mean 'complement_naive_bayes'?",
            )
        ],
    ),
    # features
    "number_in_a_catalogue": (
        CATALOGUE,
        {8: "  - {name: cost, kind: number}"},
        [
            Problem(
                8,
                24,
                "number",
                "a wish is a word, and 'cost' is a number",
                "name ranges of it, with  bands: {of: cost, as: ..., low: under 5}",
            )
        ],
    ),
    "ordinal_in_a_catalogue": (
        CATALOGUE,
        {8: "  - {name: budget, kind: ordinal, levels: [cheap, fair, dear]}"},
        [
            Problem(
                8, 26, "ordinal", "an ordinal such as 'budget' is a number", "write  kind: category"
            )
        ],
    ),
    "ordinal_without_levels_of_a_column_of_bands": (
        CLASSES,
        {6: "features: [guests, {name: sky, kind: ordinal}]"},
        [
            Problem(
                6,
                27,
                "sky",
                "'sky' is ordinal, and its levels are not said",
                "add  levels: [cold, mild, hot]",
            )
        ],
    ),
    "ordinal_without_levels": (
        CLASSES,
        {6: "features: [{name: size, kind: ordinal}]"},
        [
            Problem(
                6,
                19,
                "size",
                "'size' is ordinal, and its levels are not said",
                "add  levels: [lowest, ..., highest]",
            )
        ],
    ),
    "levels_of_a_category": (
        CLASSES,
        {6: "features: [{name: sky, kind: category, levels: [cold, hot]}]"},
        [
            Problem(
                6,
                40,
                "levels",
                "'sky' is not ordinal: its levels are found out from the data",
                "take  levels:  away, or write  kind: ordinal",
            )
        ],
    ),
    "levels_of_no_kind": (
        CLASSES,
        {6: "features: [{name: sky, levels: [cold, hot]}]"},
        [Problem(6, 24, "levels", "'sky' is not ordinal", "kind: ordinal")],
    ),
    "level_twice": (
        CLASSES,
        {6: "features: [{name: sky, kind: ordinal, levels: [cold, hot, cold]}]"},
        [Problem(6, 39, "levels", "the level 'cold' stands here twice", "take one away")],
    ),
    "level_twice_as_a_number": (
        CLASSES,
        {6: "features: [{name: size, kind: ordinal, levels: [1, 2, 1.0]}]"},
        [Problem(6, 40, "levels", "the level '1' stands here twice", "take one away")],
    ),
    "levels_that_are_none": (
        CLASSES,
        {6: "features: [{name: sky, kind: ordinal, levels: []}]"},
        [Problem(6, 47, "[]", "levels", "")],
    ),
    "levels_that_are_a_mapping": (
        CLASSES,
        {6: "features: [{name: sky, kind: ordinal, levels: {cold: 1}}]"},
        [Problem(6, 47, "{", "not a mapping", "")],
    ),
    "missing_tags": (
        CATALOGUE,
        {9: "  - {name: play, kind: tags, missing: most_frequent}"},
        [
            Problem(
                9,
                39,
                "most_frequent",
                "'play' is a list, and an empty one is what  unseen:  says",
                "take  missing:  away",
            )
        ],
    ),
    "mean_of_an_ordinal": (
        CLASSES,
        {6: "features: [{name: sky, kind: ordinal, levels: [cold, mild, hot], missing: mean}]"},
        [Problem(6, 75, "mean", "have no mean", "write  missing: most_frequent")],
    ),
    # the order of suggestions, and what is shown of them
    "order_by_a_column_that_is_not_there": (
        LENT,
        {10: "recommend: {order: [wishes, lnet]}"},
        [
            Problem(
                10,
                29,
                "lnet",
                "there is no column 'lnet' to order things by",
                "did you mean 'lent'?",
            )
        ],
    ),
    "order_downwards_by_a_column_that_is_not_there": (
        LENT,
        {10: "recommend: {order: [wishes, -rating]}"},
        [
            Problem(
                10,
                29,
                "-rating",
                "there is no column 'rating' to order things by",
                "the columns are game, lent, fame",
            )
        ],
    ),
    "order_by_a_column_that_was_renamed": (
        CATALOGUE,
        {6: "      - rename: {rating: stars, types: play}"},
        [
            Problem(
                13,
                19,
                "rating",
                "there is no column 'rating' to order things by",
                "its name is 'stars' now",
            )
        ],
    ),
    "showing_a_column_that_is_not_there": (
        LENT,
        {10: "recommend: {show: [lent, price]}"},
        [
            Problem(
                10,
                26,
                "price",
                "there is no column 'price' to show",
                "the columns are game, lent, fame",
            )
        ],
    ),
    "showing_what_is_no_column": (
        LENT,
        {10: "recommend: {show: [score]}"},
        [
            Problem(
                10,
                20,
                "score",
                "there is no column 'score' to show",
                "the columns are game, lent, fame",
            )
        ],
    ),
    "order_by_a_column_of_words": (
        CATALOGUE,
        {13: "  order: [wishes, budget]"},
        [
            Problem(
                13,
                19,
                "budget",
                "'budget' is words, and things are ordered by numbers",
                "take it away",
            )
        ],
    ),
    "order_twice_by_one_column": (
        CATALOGUE,
        {13: "  order: [rating, wishes, rating]"},
        [Problem(13, 10, "[", "'rating' stands here twice", "take one away")],
    ),
    "order_up_and_down_by_one_column": (
        CATALOGUE,
        {13: "  order: [rating, wishes, -rating]"},
        [Problem(13, 10, "[", "'rating' stands here twice", "take one away")],
    ),
    "order_by_the_fewest_wishes": (
        CATALOGUE,
        {13: "  order: [-wishes, rating]"},
        [Problem(13, 10, "[", "'wishes' has one direction only", "write wishes")],
    ),
    "order_by_nothing": (
        CATALOGUE,
        {13: "  order: []"},
        [Problem(13, 10, "[]", "order", "")],
    ),
    "order_by_a_dash": (
        CATALOGUE,
        {13: "  order: [wishes, '-']"},
        [Problem(13, 10, "[", "a - without a column", "write  -COLUMN  for lowest first")],
    ),
    "order_by_a_number": (
        CATALOGUE,
        {13: "  order: [wishes, 5]"},
        [Problem(13, 19, "5", "an item of 'order' must be text, not 5", "")],
    ),
    "order_that_is_a_word": (
        CATALOGUE,
        {13: "  order: -score"},
        [Problem(13, 10, "-score", "'score' has one direction only", "write score")],
    ),
    "recommend_that_is_empty": (
        CATALOGUE,
        {12: "recommend:", 13: "", 14: "", 15: ""},
        [Problem(12, 1, "recommend", "'recommend' is empty", "write  recommend: {top: 5}")],
    ),
    "order_by_the_date_of_a_row": (
        CATALOGUE,
        {13: "  order: [wishes, since]", 16: "date: since"},
        [Problem(13, 19, "since", "'since' is read as", "a column is one thing")],
    ),
    "top_of_none": (
        CATALOGUE,
        {15: "  top: 0"},
        [Problem(15, 8, "0", "'top' must be 1 or more, not 0", "")],
    ),
    "top_of_many": (
        CATALOGUE,
        {15: "  top: many"},
        [Problem(15, 8, "many", "whole number", "")],
    ),
    "top_of_a_half": (
        CATALOGUE,
        {15: "  top: 2.5"},
        [Problem(15, 8, "2.5", "whole number", "")],
    ),
    "unknown_key_in_recommend": (
        CATALOGUE,
        {13: "  odrer: [wishes]"},
        [Problem(13, 3, "odrer", "unknown key 'odrer'", "did you mean 'order'?")],
    ),
    "unknown_key_far_from_any_in_recommend": (
        CATALOGUE,
        {15: "  colour: red"},
        [Problem(15, 3, "colour", "unknown key 'colour'", "order, show, top")],
    ),
    "recommend_that_is_a_number": (
        CLASSES,
        {8: "model: match", 10: "recommend: 5"},
        [Problem(10, 12, "5", "recommend", "")],
    ),
    "much_at_once": (
        CATALOGUE,
        {
            9: "  - {name: play, kind: tags, missing: mean}",
            10: "label: {name: game, whole: true}",
            11: "model: {name: k_nearest, neighbours: 4}",
            13: "  order: [wishes, play]",
            16: "holdout: random 10%",
            17: "baseline: 1 + cost",
        },
        [
            Problem(9, 39, "mean", "'play' is a list", "take  missing:  away"),
            Problem(10, 21, "whole", "'game' is no number", "take  whole:  away"),
            Problem(11, 26, "neighbours", "every thing of a catalogue", "take  neighbours:  away"),
            Problem(13, 19, "play", "'play' is words", "take it away"),
            Problem(16, 10, "random 10%", "none can be held out", "take  holdout:  away"),
            Problem(17, 1, "baseline", "a formula answers with a number", "take  baseline:  away"),
        ],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_definition_is_refused_at_its_place_and_in_plain_words(
    name: str, project: Project
) -> None:
    text, lines, problems = BAD[name]
    project.define(changed(text, lines), "bad")

    said = project.fails(2, "fit", "bad")

    found = re.findall(
        r"^error: configs/bad\.yaml:(\d+):(\d+): (.*)\n((?:.*\n)*?)hint: (.*)$", said, re.MULTILINE
    )
    places = [(int(line), int(column)) for line, column, *_ in found]
    assert places == [(problem.line, problem.column) for problem in problems], said
    for (_, column, message, excerpt, hint), problem in zip(found, problems, strict=True):
        assert problem.message in message
        assert problem.hint in hint
        shown, caret = excerpt.splitlines()[-2:]
        assert shown[caret.index("^") :].startswith(problem.word)
        assert (
            changed(text, lines)
            .splitlines()[problem.line - 1][int(column) - 1 :]
            .startswith(problem.word)
        )
        for sentence in (message, hint):
            assert 10 <= len(sentence) <= 200
            assert not re.search(
                r"pydantic|Input should|valid|None\b|tuple|Error\b|<class", sentence
            )
    assert said.count("error: ") == len(problems)
    assert said.endswith("bad: nothing was fitted\n")


@pytest.mark.parametrize("column", ["console", "play", "game"])
def test_words_that_are_asked_for_or_named_cannot_be_an_order(
    project: Project, column: str
) -> None:
    lines = {8: "  - {name: console, kind: category}", 13: f"  order: [wishes, {column}]"}
    project.define(changed(CATALOGUE, lines), "bad")

    said = project.fails(2, "fit", "bad")

    assert f"'{column}'" in said.splitlines()[0]
    assert said.startswith("error: configs/bad.yaml:")


# What only the data can tell.

GAMES = csv_of(
    "game,cost,types,rating,maker",
    [
        ("Pitfall!", 2, "Adventure", 4.5, "A"),
        ("Chess", 9, "Puzzle", 4, "B"),
        ("Tennis", 30, "Sports", 3, "A"),
        ("Golf", 3, "Sports", 3.5, "B"),
    ],
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (CATALOGUE, {}),
        (CATALOGUE, {16: "holdout: none"}),
        (CATALOGUE, {11: "model: k_nearest"}),
        (CATALOGUE, {13: "  order: [-rating, name]", 14: "  show: []"}),
        (CATALOGUE, {12: "recommend: {}", 13: "", 14: "", 15: ""}),
        (LENT, {}),
    ],
)
def test_the_definitions_around_the_faults_are_fit_to_be_used(
    project: Project, text: str, lines: dict[int, str]
) -> None:
    project.write("data/games.csv", GAMES)
    project.define(changed(text, lines), "games")

    project.works("fit", "games")


def test_the_definition_of_classes_is_fit_to_be_used(project: Project) -> None:
    rows = [(n, 3 * n, "full" if n > 5 else "calm") for n in range(12)]
    project.write("data/nights.csv", csv_of("guests,heat,night", rows))
    features = "features: [guests, {name: sky, kind: ordinal, levels: [cold, mild, hot]}]"
    project.define(changed(CLASSES, {6: features}), "nights")

    project.works("fit", "nights")


@pytest.mark.parametrize(
    ("lines", "said", "hint"),
    [
        (
            {13: "  order: [maker, score]"},
            "data/games.csv:2: column 'maker' (the 5th): 'A' is not a number",
            "",
        ),
        (
            {13: "  order: [ratign]"},
            "'ratign'",
            "did you mean 'rating'?",
        ),
        (
            {14: "  show: [prize]"},
            "'prize'",
            "",
        ),
        (
            {8: "  - cost"},
            "the feature 'cost' holds numbers, and a wish is a word",
            "bands",
        ),
    ],
)
def test_what_only_the_data_can_tell_is_the_fault_of_the_data(
    project: Project, lines: dict[int, str], said: str, hint: str
) -> None:
    project.write("data/games.csv", GAMES)
    project.define(changed(CATALOGUE, lines), "games")

    found = project.fails(3, "fit", "games")

    assert said in found.splitlines()[0]
    assert hint in found.splitlines()[1]
    assert found.splitlines()[1].startswith("hint: ")
    assert found.endswith("games: nothing was fitted\n")
    assert not (project.root / "models").exists()
