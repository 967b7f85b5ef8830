"""mlcli recommend - suggest things of a catalogue for what is wished for."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.cli import options, progress
from mlcli.grammar import note_codes
from mlcli.screens import say

if TYPE_CHECKING:
    from mlcli.answering.ranking import Suggestion
    from mlcli.verbs.recommend import Above, Standing, Suggested

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?")
_MOST_DECIMALS = 4
_HELP = """Suggest things of a catalogue, the best first.

Each says which wishes it meets. To wish for several at once, repeat the
option, as in  --play adventure --play puzzle."""


def command(shelf: options.Shelf) -> Callable[..., None]:
    """Return the command; its options are the features of the fitted catalogues."""

    def recommend(**values: Any) -> None:
        from mlcli.verbs import recommend

        given = options.given(shelf, values)
        manifest = shelf.choose(values["model"], list(given))
        texts = {f.name: given[flag(f.name)] for f in manifest.features if flag(f.name) in given}
        doing = f"suggested by {manifest.id}" if values["verbose"] else ""
        with progress.watch(quiet=True, doing=doing):
            found = recommend.suggest(
                manifest,
                texts,
                top=values["top"],
                skip=values["skip"],
                why=values["why"],
                where=values["where"],
            )
        if values["json"]:
            from mlcli.verbs import next_steps

            top, skip = values["top"], values["skip"]
            then = next_steps.after_suggestions(found, top=top, skip=skip)
            say.result(found.to_json(), next_steps.as_json(then))
            return
        with say.quietly(quiet=values["quiet"]):
            if found.where is not None:
                _show_where(found, found.where)
            else:
                _show(found, values["skip"])

    return options.command(
        recommend, [*options.parameters(shelf), *options.beside(shelf, _FIXED)], _HELP
    )


_MISSED = {"none_meets_all", "meets_no_wish", "unseen_word"}
"""Notes that say that what is suggested is not what was wished for."""

_QUIET = "Beside the suggestions, say only that they miss what was wished for."
_TOP = "How many; as the definition says if not given."
_SKIP = "Leave out the first N: show me others."
_WHY = "Also say what puts each above the next."
_WHERE = "Say where the thing of this name stands, and what is before it."
_FIXED = (
    options.MODEL,
    options.fixed("top", int | None, _TOP, min=1, metavar="N"),
    options.fixed("skip", int, _SKIP, default=0, min=0, metavar="N"),
    options.switch("why", _WHY),
    options.fixed("where", str | None, _WHERE, metavar="NAME"),
    options.switch("quiet", _QUIET, "-q"),
    options.switch("verbose", progress.VERBOSE, "-v"),
    options.JSON,
)


def _show(found: Suggested, skip: int) -> None:
    """Print the suggestions, and what puts each above the next."""
    _table(found, found.suggestions, skip + 1)
    above = [(at, one) for at, one in enumerate(found.above or (), start=skip + 1) if one]
    if above:
        say.answer("why:")
    rows = [[f"{at} above {at + 1}", _decided(one)] for at, one in above]
    for line in wording.aligned(rows, [False, False]) if rows else ():
        say.answer(f"  {line}")
    for note, code in zip(found.notes, note_codes.codes(found.notes), strict=True):
        say.note(f"note: {note}", always=code in _MISSED)
    say.note(_summary(found, skip), always=False)


def _table(found: Suggested, suggestions: Sequence[Suggestion], first: int) -> None:
    """Print aligned columns: rank, name, the wishes that are met, and what is shown beside."""
    head = ["", found.manifest.label.name, "meets", *found.columns]
    rows = [
        [
            str(rank),
            suggestion.thing.name,
            ", ".join(wish.level for wish in found.met(suggestion)) or "-",
            *suggestion.thing.shown,
        ]
        for rank, suggestion in enumerate(suggestions, start=first)
    ]
    if rows:
        _aligned(head, rows, [False, False, False, *found.columns.values()])


_KEYS = {"wishes": "wishes met", "name": "the alphabet", "row": "the order of the export"}


def _decided(one: Above) -> str:
    """Say which key puts a thing above another, and by how much."""
    name = one.by.removeprefix("-")
    named = _KEYS.get(name, name)
    if name in {"name", "row"}:
        return f"{named} alone: all else is the same"
    value, other = map(_figure, (one.value, one.next))
    return f"{named}: {value}, then {other}{' (lowest first)' * (name != one.by)}"


def _figure(value: float | str | None) -> str:
    return "none" if value is None else wording.readable(float(f"{value:.6g}"))


def _show_where(found: Suggested, where: Sequence[Standing]) -> None:
    """Print where a thing stands, below those just before it, and what put all of them there."""
    wished = wording.both([wish.level for wish in found.wishes])
    for one in where:
        first = one.place - len(one.before)
        say.answer(f"{one.thing.thing.name}: place {one.place:,} of {found.things:,} for {wished}")
        _table(found, (*one.before, one.thing), first)
        each = [
            f"{count:,} by {_KEYS.get(by, by.removeprefix('-'))}" for by, count in one.by.items()
        ]
        say.answer(f"before it: {', '.join(each)}" if each else "nothing is before it")
    say.note(f"{found.every_wish} - {found.manifest.id}", always=False)


def _summary(found: Suggested, skip: int) -> str:
    """Say how many things meet every wish, and how to see others."""
    shown = skip + len(found.suggestions)
    more = f"; --skip {shown} shows the next" if shown < found.things else ""
    return f"{found.every_wish}{more} - {found.manifest.id}"


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> None:
    """Print a table; in a terminal that is too narrow, two lines for each thing."""
    columns = [
        [title, *(_even(cells) if number else cells)]
        for title, number, *cells in zip(head, numbers, *rows, strict=True)
    ]
    head, *rows = map(list, zip(*columns, strict=True))
    lines = wording.aligned([head, *rows], numbers)
    room = get_terminal_size().columns if sys.stdout.isatty() else None
    if room is not None and max(map(wording.width, lines)) > room:
        ranks = wording.aligned([row[:1] for row in rows], [True])
        for rank, (_, name, *rest) in zip(ranks, rows, strict=True):
            named = (f"{title} {cell}" for title, cell in zip(head[2:], rest, strict=True) if cell)
            say.answer(f"{rank}  {name}")
            say.answer(f"{'':{len(rank)}}  {'; '.join(named)}")
        return
    for line in lines:
        say.answer(line)


def _even(column: Sequence[str]) -> list[str]:
    """Give the numbers of a column as many decimals as the one that has most, within reason."""
    if any(cell and not _DECIMAL.fullmatch(cell) for cell in column):  # such as 1e+20
        return list(column)
    most = max(len(cell.partition(".")[2]) for cell in column)
    most = most if most <= _MOST_DECIMALS else 2  # an average, say
    return [cell and f"{float(cell):.{most}f}" for cell in column]
