"""What each code and word means, and what to do: alarms, notes, errors, exit codes, screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli.errors import ExitCode
from mlcli.grammar.note_codes import NOTES, OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.grammar.alarm_codes import AlarmCode


class Meaning(NamedTuple):
    """What a code means in plain words, and what to do about it, if anything."""

    means: str
    to_do: str = ""


_LEAVE_OUT: Final = (
    "Take the column out of  features:  if it is not known before the label is. If it is, write  "
    "acknowledge: "
)

ALARMS: Final[Mapping[AlarmCode, Meaning]] = {
    "copy": Meaning(
        "One column alone gives the label: the same figure in another unit, or as words. A model "
        "that is given the answer looks perfect, and knows nothing on the day you ask.",
        f"{_LEAVE_OUT}[copy COLUMN]",
    ),
    "sum": Meaning(
        "Some columns add up to the label, or the label and some columns to another: together "
        "they give the answer away.",
        f"{_LEAVE_OUT}[sum COLUMN]",
    ),
    "product": Meaning(
        "The label is a product or a quotient of columns, as a total is of price and quantity: "
        "together they give the answer away.",
        f"{_LEAVE_OUT}[product COLUMN]",
    ),
    "counter": Meaning(
        "A column has another value in each row, as a booking number has. What is learned of it "
        "holds for no new row.",
        "Take the column out of  features:",
    ),
    "alike": Meaning(
        "Two columns of numbers are nearly the same. A plain line then gives them large weights "
        "that cancel each other, which goes wrong where they differ.",
        "Take one of them out, or write  model: ridge",
    ),
    "duplicates": Meaning(
        "More held-out rows stand among the rows learned from than chance explains. The model "
        "has seen those, so they flatter its figures.",
        "Write the rule  drop_duplicates  if a row was exported twice; if rows belong together, "
        "name what they share with  group: COLUMN",
    ),
    "near_copies": Meaning(
        "Held-out rows are nearly the same as rows learned from, more often than chance "
        "explains. They flatter the figures.",
        "If rows belong together, such as those of one customer, write  group: COLUMN",
    ),
    "mean_encoding": Meaning(
        "A column holds the mean of the label for each group, worked out with the row's own "
        "label in it. So it tells a part of the answer.",
        "Take the column out of  features:  and give the group itself, as a category.",
    ),
    "strong": Meaning(
        "One column alone tells most of the label. That can be right; it can also be a column "
        "that is filled in later.",
        "Ask when the column is filled in. If that is before you ask, all is well.",
    ),
    "part": Meaning(
        "A column looks like a part of the label, as the sales of one shop are of all sales.",
        "Take it out of  features:  if it is not known when you ask.",
    ),
    "rising": Meaning(
        "A column only rises, or only falls, with the rows, as a year or an odometer does. Each "
        "new row then lies beyond all that was learned.",
        "Give what repeats instead, such as the month or the weekday.",
    ),
    "repeated": Meaning(
        "Some held-out rows stand among the rows learned from too: fewer than for an alarm, and "
        "more than chance makes.",
        "See whether rows were exported twice:  drop_duplicates",
    ),
}
"""What alarms and notes on the table mean; the codes are those of ``acknowledge:``."""

ENDS: Final[Mapping[ExitCode, Meaning]] = {
    ExitCode.OK: Meaning("All is done."),
    ExitCode.BUG: Meaning(
        "Something in mlcli is wrong, and nothing that you did.",
        "Report the line that it printed; with MLCLI_DEBUG=1 it says more.",
    ),
    ExitCode.ASKED_WRONGLY: Meaning(
        "An option, a name, a question or a definition makes no sense as it is written.",
        "The hint says what to write.  mlcli COMMAND --help  shows what a command takes.",
    ),
    ExitCode.DATA: Meaning(
        "An export holds something that cannot be read, or too few rows to learn from. The "
        "message names the file and the line.",
        "Put the cell right, or say in the definition how the file is written:  "
        "mlcli data FILE  proposes it.",
    ),
    ExitCode.MODEL: Meaning(
        "The stored model is missing or damaged, was made elsewhere, or is of another version.",
        "Learn it again:  mlcli fit NAME",
    ),
    ExitCode.ENVIRONMENT: Meaning(
        "The computer stands in the way: the disk is full, a folder may not be written to, a "
        "package is not installed, or a server does not answer.",
        "The message says which of them it is.",
    ),
    ExitCode.REFUSED: Meaning(
        "The question lies outside what the model learned, so that any answer would be a guess; "
        "or a new fit is not shown to be better than what is kept.",
        "--anyway  answers all the same, with a note.",
    ),
    ExitCode.INTERRUPTED: Meaning("Ctrl-C was pressed. What was stored by then is whole."),
    ExitCode.TERMINATED: Meaning("The process was asked to end. What was stored is whole."),
}
"""What each exit code means; an error has the name of its own, in small letters, as its code."""

FITS: Final[Mapping[str, Meaning]] = {
    "underfit": Meaning(
        "What the model misses follows a pattern over a column: a model that can bend, or a "
        "feature that it lacks, would catch it.",
        "Try the model that stands behind  try,  beside this one:  "
        "mlcli compare NAME --models ONE,OTHER",
    ),
    "overfit": Meaning(
        "The model has learned its own rows too closely: a simpler setting misses by less on "
        "rows that it has not seen.",
        "Write the model that stands behind  try  into the definition, and fit it again.",
    ),
    "interpolates": Meaning(
        "The model goes through every row that it learned from, by heart, so that its figures on "
        "those rows say nothing.",
        "Look at the figures on held-out rows, and compare it with a simpler model.",
    ),
    "even": Meaning("There is no sign of under- or overfitting: the model is balanced."),
    "unknown": Meaning(
        "Whether the model is underfit or overfit cannot be told, mostly as rows are few.",
        "Bring more rows, and look at the figures on held-out rows.",
    ),
}
"""What is said of how close a model keeps to its rows, as ``verdict`` in JSON has it."""

EXTRA: Final[Mapping[str, Meaning]] = {
    OTHER: Meaning("A note that has no code of its own: its sentence says it."),
    "final_count": Meaning(
        "A feature is counted or added up over a whole day, week or month. If you ask before it "
        "is over, more may still come in, and the model has only ever seen final counts.",
        "Write the rule  as_of  to count only what is there when you ask. If nothing comes in "
        "late, write  acknowledge: final_count",
    ),
}
"""Codes that are neither of alarms nor of ends, and about which there is more to say."""


WORDS: Final[Mapping[str, Meaning]] = {
    "held out": Meaning(
        "Rows that the model did not learn from, kept back to judge it by. How it does on those is "
        "how it may do on rows to come.",
        "holdout: newest 20%  in the definition says which rows they are.",
    ),
    "cross-validated": Meaning(
        "Rows to learn from are divided into folds; the model learns from all but one of them and "
        "is judged on that one, in turn. Figures are means over the folds, ± how far they differ."
    ),
    "mae": Meaning(
        "Mean absolute error: by how much answers miss on average, in the label's unit. Lower is "
        "better."
    ),
    "rmse": Meaning(
        "Root mean squared error: as MAE, in the same unit, but large misses weigh more. Lower is "
        "better."
    ),
    "r2": Meaning(
        "The share of how labels vary that answers explain: 1 is perfect, and 0 is what always "
        "answering the mean of the very rows that are judged gives. It is below 0 where that would "
        "have been better."
    ),
    "accuracy": Meaning("The share of rows that are answered rightly."),
    "balanced": Meaning(
        "Of classes, balanced accuracy: the share of right answers of each class, averaged, so "
        "that rare classes count as much as others. Of a fit in  mlcli history:  no sign of under- "
        "or overfitting."
    ),
    "precision": Meaning("Of the rows that were answered so, the share that are so."),
    "recall": Meaning("Of the rows that are so, the share that were answered so."),
    "macro f1": Meaning(
        "F1 is high where precision and recall both are. Macro F1 is its mean over the classes."
    ),
    "log loss": Meaning(
        "How wrong probabilities are: 0 where each true class was sure, and much where a false one "
        "was. Lower is better."
    ),
    "brier": Meaning(
        "How far probabilities are from what came true, squared and averaged. Lower is better."
    ),
    "auc": Meaning(
        "How often a row that is so gets a higher probability than one that is not: 0.5 by chance, "
        "1 at best."
    ),
    "the mean": Meaning(
        "Always answering the mean of the labels that were learned from: what a model should beat."
    ),
    "your rule": Meaning("What the definition's  baseline:  answers: the rule that you use today."),
    "95 %": Meaning(
        "An interval: by what these rows show, the true figure lies in it in 95 of 100 cases."
    ),
    "range": Meaning(
        "What  predict --range 80%  adds to an answer: in 80 of 100 such rows the truth lies in it."
    ),
    "log-odds": Meaning(
        "The logarithm of how probable a class is against another. They add up; +0.69 makes it "
        "twice as likely."
    ),
}
"""Words that screens use, and what they mean there."""

_ALSO: Final[Mapping[str, str]] = {
    "holdout": "held out",
    "cross-validation": "cross-validated",
    "balanced accuracy": "balanced",
    "f1": "macro f1",
    "interval": "95 %",
    "baseline": "your rule",
}


def by_kind() -> dict[str, dict[str, Meaning]]:
    """Return every code and word there is, with its meaning; exit codes by their numbers too."""
    ends = {code.name.lower(): meaning for code, meaning in ENDS.items()}
    numbers = {str(int(code)): meaning for code, meaning in ENDS.items()}
    notes = {code: Meaning(f"{_begun(note.meaning)}.") for code, note in NOTES.items()}
    return {
        "alarms": {code: ALARMS[code] for code in ALARMS},
        "what is said of a fit": {**FITS},
        "notes": {**notes, **EXTRA},
        "errors and exit codes": {**ends, **numbers},
        "words on screens": {**WORDS},
    }


def all_of_them() -> dict[str, Meaning]:
    """Return the same without their kinds."""
    return {code: one for codes in by_kind().values() for code, one in codes.items()}


def called(text: str) -> str:
    """Return the code or word that a text names, in whatever case and with blanks or not."""
    said = text.lower()
    spaced = said.replace("_", " ")
    return _ALSO.get(spaced, spaced if spaced in WORDS else said)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
