"""The codes of notes: what each sentence that stands beside an answer, a fit or a table is about.

Stored models hold sentences alone, so that a code is read from its sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Noted(NamedTuple):
    """How the sentence of a note is known, and what it means."""

    sign: str
    meaning: str


OTHER: Final = "other"
"""The code of a sentence that none of these is, such as one about the cells of a file."""

REFUSED: Final = "refused"
"""The code of a sentence that says why a row has no answer."""

NOTES: Final[dict[str, Noted]] = {
    "stands_in": Noted(
        r"^no .* given: .*stands? in for it|^no .* given",
        "the question lacks a feature, and a constant or what was learned stands in for it",
    ),
    "outside_range": Noted(
        r" is outside the .* learned from$",
        "a number lies below or above all that the model learned from",
    ),
    "weekday_never": Noted(
        r"^no \w+day was learned from$",
        "no row that was learned from fell on that weekday, in four weeks or more",
    ),
    "unseen_word": Noted(
        r" that was learned from; |hold words that training never did",
        "a word that the model never met; it counts as the feature's  unseen:  says",
    ),
    "outside_rule": Noted(
        r"^outside what was learned: ",
        "a rule leaves such rows out; it was answered because of --anyway",
    ),
    "raised_to_zero": Noted(
        r"never fell below 0$", "no label was ever below 0, so that the answer is 0"
    ),
    "far_beyond": Noted(
        r" is far beyond all that it learned from", "the answer is far from every label"
    ),
    "by_threshold": Noted(
        r"is answered from a probability of ", "the threshold made another class the answer"
    ),
    "booked_so_far": Noted(
        r"^as the exports stand: ", "the day lies beyond the last label: more may come in"
    ),
    "period_cut": Noted(r" is cut: ", "an export does not hold the whole week or month"),
    "already_known": Noted(
        r"^the .* of that .* (is|are) known: ", "the exports hold the true figure already"
    ),
    "no_promise": Noted(
        r"nothing outside what was learned from$",
        "a range or a quantity means nothing where the question is outside",
    ),
    "too_few_rows": Noted(
        r"^decide: .* needs ", "it takes more rows that were not learned from to decide a quantity"
    ),
    "range_doubt": Noted(
        r" range held on ", "ranges held less often than they say, or not on later days"
    ),
    "decision_doubt": Noted(
        r"^what decide says was enough on ",
        "a decision was enough less often than is meant, or not on later days",
    ),
    "look_alike": Noted(
        r"differ only by |write them in one way", "two words of a column may be one"
    ),
    "list_split": Noted(
        r"together as one tag|if it stands between tags", "a list may have another separator"
    ),
    "codes_as_numbers": Noted(
        r"if these are codes", "numbers that begin with 0 lose it by being read as numbers"
    ),
    "blanks_trimmed": Noted(r"blanks before or after the text", "blanks around words were cut"),
    "zero_or_one": Noted(r" holds 0 and 1 only", "a label of 0 and 1 may mean two classes"),
    "dated_by": Noted(
        r"^held out: the newest 20 % by ", "which column dates the rows was found, not said"
    ),
    "drawn_at_random": Noted(
        r"^held out at random: ", "rows may have dates, and were held out at random all the same"
    ),
    "many_lost": Noted(
        r" are left out: .* is missing", "many rows lack a feature, and are not learned from"
    ),
    "many_unlabelled": Noted(r" have no .*, as ", "many rows lack a label that is known of others"),
    "week_begins": Noted(
        r"as  week of  begins on Monday", "dates may stand for weeks that begin on another day"
    ),
    "day_without_time": Noted(
        r"without a time, .* taken as that day", "dates without a time are their own day"
    ),
    "days_in_utc": Noted(
        r"every time is in UTC", "days are counted in UTC, which may not be meant"
    ),
    "time_without_offset": Noted(
        r"without an offset, .* taken as times of", "times without an offset hang in the zone said"
    ),
    "clock_changed": Noted(
        r"did not exist in |showed twice: the first is taken", "clocks were put forward or back"
    ),
    "footer_of_rows": Noted(
        r"(skip_footer|range): .* leaves out ",
        "what is left out as a footer, or below a range, looks like a row",
    ),
    "name_repeated": Noted(
        r" more than once \(.*: each row is a thing", "things have the same name"
    ),
    "without_tags": Noted(r"no wish can be met by them", "things lack what can be wished for"),
    "alphabet_decides": Noted(
        r"the alphabet decides", "ties between suggestions are broken by their names"
    ),
    "none_meets_all": Noted(
        r"^nothing is ", "no thing meets every wish; the best of them stand first"
    ),
    "meets_no_wish": Noted(r"of these meets? no wish$", "some suggestions meet no wish"),
    "last_ones": Noted(
        r"^these are (the last|all there are)|^no more suggestions", "the catalogue has no more"
    ),
    "final_count": Noted(
        r"^final_count: ", "a feature may count what was not there yet when the question is asked"
    ),
    "nothing_cut": Noted(r"^as of .*: nothing was cut", "the cut-off left every row in"),
    "scikit_learn": Noted(r"^scikit-learn: ", "what scikit-learn warned of while it learned"),
    "no_equation": Noted(
        r"answers come from scikit-learn", "the model has an equation that is not exact enough"
    ),
    "too_many_to_take_home": Noted(
        r"where they lie|drawn by their hash: ",
        "rows were too many to take home: what is said of a sample of them, and what of all",
    ),
    "engine_pays": Noted(
        r"--engine (duckdb|spark)$",
        "the exports are so large that another engine reads them sooner",
    ),
    "always_the_same": Noted(
        r"gives the same answer whatever is asked", "the model learned nothing of the features"
    ),
    "groups_on_both_sides": Noted(
        r"that is learned from too", "rows of one group were both learned from and held out"
    ),
    "class_not_learned": Noted(
        r"of classes that no row to learn from has", "a class is met in held-out rows alone"
    ),
    "no_threshold": Noted(r"^no threshold was chosen", "the threshold stays at 50 %"),
    "threshold_left_out": Noted(
        r"the threshold does not hold", "all rows hold a class that the judged model never met"
    ),
    "constant_feature": Noted(
        r"nothing can be learned from it$", "a feature is the same in every row"
    ),
    "is_an_id": Noted(r"no fit takes it", "a feature has as many words as there are rows"),
    "not_counted": Noted(
        r"^this look at the hold-out was not counted", "the history could not be written to"
    ),
    "row_refused": Noted(
        r"is the first that is refused", "rows of the file were left out, and this is the first"
    ),
    "learned_from_this": Noted(
        r"learned from rows of this very file", "the model is judged on what it has seen"
    ),
}
"""Every note, by its code; of two whose signs a sentence has, the first is meant."""


def codes(notes: Iterable[str], *, refused: bool = False) -> list[str]:
    """Return the code of each note, in their order; of a refused row they say why it is."""
    return [REFUSED if refused else _code(note) for note in notes]


def of_code(code: str, notes: Iterable[str]) -> list[str]:
    """Return the notes that have a code."""
    return [note for note in notes if _code(note) == code]


def _code(note: str) -> str:
    found = (code for code, one in NOTES.items() if re.search(one.sign, note))
    return next(found, OTHER)
