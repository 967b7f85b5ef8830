"""What is asked of somebody who starts: in a terminal, or as JSON for a program."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeVar

from mlcli import wording
from mlcli.errors import AskedWronglyError, DataError, DefinitionError, InterruptedByUserError
from mlcli.screens import say
from mlcli.verbs import dated_rows, next_steps
from mlcli.verbs.start import propose, questions, seen
from mlcli.verbs.start.drafts import DATED, date_to_gather_by, shared_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.errors import MlcliError, Problem
    from mlcli.exports.reading_progress import Watch
    from mlcli.grammar.cells import Json
    from mlcli.grammar.question import AskedFor
    from mlcli.verbs.project import Project
    from mlcli.verbs.source_of_file import Export
    from mlcli.verbs.start.proposal import Proposal
    from mlcli.verbs.start.propose import FirstFit, StartOptions
    from mlcli.verbs.start.questions import StartQuestion
    from mlcli.verbs.start.seen import SeenExport

_MOST_COLUMNS = 12
_MOST_NOTES = 3

Put = Callable[["StartQuestion"], tuple[str, ...]]
"""Puts a question, and returns what was answered."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a start was told, and the ways to go on.

    ``files`` are exports with the names that sources would give them, ``of_folders`` those that
    were not named themselves, ``said`` keys of sources, ``unread`` what could not be read.
    """

    home: Project
    files: list[tuple[Export, str]]
    of_folders: frozenset[str]
    said: Mapping[str, Json]
    ask: str | None
    options: StartOptions
    watch: Watch
    unread: dict[str, str] = field(default_factory=dict)

    def looked(self) -> list[SeenExport]:
        """Look at the exports."""
        exports, unread = seen.look(self.files, self.said, self.of_folders)
        self.watch.close()
        self._leave_out(unread)
        return exports

    def _leave_out(self, unread: dict[str, str]) -> None:
        """Say which exports of a folder are left out, and why; the definition says it too."""
        for name, why in unread.items():
            say.note(f"note: {name} is left out: {why}")
        self.unread.update(unread)

    def all_proposed(self, exports: list[SeenExport]) -> FirstFit:
        """Return what is learned where nothing is asked.

        Exports of a folder that cannot say something for themselves are left out, where the
        others do.

        Raises
        ------
        MlcliError
            A file cannot say something for itself, or nothing can be learned.
        """
        open_keys = [one for export in exports for one in seen.undecided(export)]
        for keys in open_keys:
            if keys.export.export.name not in self.of_folders:
                raise keys.error()
        about = [keys.export for keys in open_keys]
        try:
            first = self._ready([one for one in exports if one not in about])
        except AskedWronglyError:
            for keys in open_keys:
                raise keys.error() from None
            raise
        propose.free(first.proposal.name, self.home)
        self._leave_out({keys.export.export.name: keys.why for keys in open_keys})
        unused = {**(first.proposal.unused or {}), **self.unread}
        return first._replace(proposal=replace(first.proposal, unused=unused))

    def _ready(self, exports: list[SeenExport]) -> FirstFit:
        """Return what is learned by what is proposed."""
        if self.ask is None:
            return propose.first_ready(exports, self.options, self.home, self.watch)
        proposal = self._proposal(exports, *questions.asked(self.ask, exports), self.options)
        return propose.ready(proposal, self.home, self.watch)

    def _proposal(
        self, exports: list[SeenExport], found: AskedFor, export: SeenExport, options: StartOptions
    ) -> Proposal:
        made = propose.propose(found, export, exports, options, home=self.home, watch=self.watch)
        self.watch.close()
        return made

    # ---- for a program ----------------------------------------------------------------------

    def print_questions(self, exports: list[SeenExport], files: Sequence[str]) -> None:
        """Print the questions that are open, as JSON; ``files`` as they were named.

        Raises
        ------
        MlcliError
            What is asked cannot be learned.
        """
        open_keys = [one for export in exports for one in seen.undecided(export)]
        found = [questions.about_file(one) for one in open_keys]
        about = [one.export.export.name for one in open_keys]
        then = []
        if not open_keys:
            first = self._first(exports)
            question = first.proposal.question if first else None
            if self.ask is None:
                asks = questions.about_ask(exports)
                found.append(replace(asks, default=(question,) if question else ()))
            if first:
                found += self._more(exports, first.proposal)
                words = ("start", *files, "--yes", *self._options(first.proposal))
                then.append(next_steps.NextCommand(words, "take what is proposed"))
        about += [one.export.name for one in exports if not then]
        then += [next_steps.NextCommand(("data", file), "what the file holds") for file in about]
        self.watch.close()
        say.result({"questions": [one.to_json() for one in found]}, next_steps.as_json(then))

    def _first(self, exports: list[SeenExport]) -> FirstFit | None:
        """Return what would be learned; nothing where no question was put, and none is likely."""
        try:
            return self._ready(exports)
        except (AskedWronglyError, DataError, DefinitionError):
            if self.ask is not None or self.options._replace(name="") != propose.StartOptions():
                raise
            return None

    def _options(self, proposal: Proposal) -> list[str]:
        """Return the options that lead to a proposal: those that were said, and a free name."""
        said = self.options
        several = {"--known": said.known, "--source": map(_in_yaml, self.said.items())}
        name = said.name or propose.unused(proposal.name, self.home)
        one = {
            "--ask": proposal.question,
            "--drop-days": ",".join(said.drop_days),
            "--because": said.because,
            "--baseline": said.baseline,
            "--name": "" if name == proposal.name and not said.name else name,
        }
        return [
            *(word for option, text in one.items() if text for word in (option, text)),
            *(
                word
                for option, texts in several.items()
                for text in texts
                for word in (option, text)
            ),
        ]

    def _more(self, exports: list[SeenExport], proposal: Proposal) -> list[StartQuestion]:
        """Return the questions that follow what is asked."""
        question, export = questions.asked(proposal.question, exports)
        names = [one.name for one in proposal.features]
        found = []
        if not self.options.known and proposal.recommend is None:
            found.append(questions.about_known(propose.able(question, export, exports), names))
        by_day = proposal.holdout == DATED and questions.stands_for_days(question, export)
        if by_day and not self.options.drop_days:
            found += [questions.ABOUT_DAYS, questions.ABOUT_REASON]
        if not self.options.baseline and proposal.answers_numbers:
            found.append(questions.about_baseline(propose.plain_numbers(proposal, exports)))
        if not self.options.name:
            found.append(questions.about_name(propose.unused(proposal.name, self.home)))
        return found

    # ---- in a terminal ----------------------------------------------------------------------

    def by_asking(self, exports: list[SeenExport], *, plain: bool) -> FirstFit:
        """Show what is seen, ask, show what would be learned from, and learn.

        Raises
        ------
        InterruptedByUserError
            Ctrl-C was pressed, or nothing is to be written.
        MlcliError
            Nothing can be learned.
        """
        ask = _by_number if plain else _by_arrow_keys

        def put(asked: StartQuestion) -> tuple[str, ...]:
            self.watch.close()  # nothing may be drawn over a question
            return ask(asked)

        exports = self._settled(exports, put)
        for export in exports:
            _show(export)
        for one, other in combinations(exports, 2):
            if shared := _shared(one, other):
                say.answer(f"{one.export.name} and {other.export.name} share {shared}")
        say.answer("")
        while True:
            try:
                return self._by_questions(put, exports)
            except (AskedWronglyError, DataError, DefinitionError) as error:
                self.watch.close()
                if self.ask is not None or _OF_OPTIONS.match(str(error)):
                    raise
                _tell(error)

    def _by_questions(self, put: Put, exports: list[SeenExport]) -> FirstFit:
        """Put the questions from what is asked to the last one, and learn."""
        question, export = self._question(put, exports)
        proposal = self._proposal(exports, question, export, self.options)
        options = self._known(put, proposal, propose.able(question, export, exports))
        by_day = proposal.holdout == DATED and questions.stands_for_days(question, export)
        dated = by_day and not options.drop_days
        if dated and (days := put(questions.ABOUT_DAYS)):
            because = "".join(put(questions.ABOUT_REASON))
            options = options._replace(drop_days=days, because=because)
        if options != self.options:
            proposal = self._proposal(exports, question, export, options)
        made = self._named(put, self._with_rule(put, proposal, exports))
        made = replace(made, unused={**(made.unused or {}), **self.unread})
        made.read()
        self._preview(made)
        if put(_CONFIRM) != ("yes",):
            raise InterruptedByUserError
        return propose.ready(made, self.home, self.watch)

    def _settled(self, exports: list[SeenExport], put: Put) -> list[SeenExport]:
        """Return the exports once what they cannot say was asked."""
        said = self.said
        while found := [keys for export in exports for keys in seen.undecided(export)]:
            (answer,) = put(questions.about_file(found[0]))
            said = seen.keys_said([answer], said)
            exports, _ = seen.look(self.files, said, self.of_folders)
        return exports

    def _question(self, put: Put, exports: list[SeenExport]) -> tuple[AskedFor, SeenExport]:
        """Return what somebody wants to know, and of which export."""
        if self.ask is not None:
            return questions.asked(self.ask, exports)
        (row,) = put(questions.about_row(exports))
        asks = questions.about_wanted(exports, row)
        found, export = _right(put, asks, lambda text: questions.asked(text, exports))
        where = questions.about_where(found, export)
        return (found, export) if where is None else questions.asked(put(where)[0], exports)

    def _known(self, put: Put, proposal: Proposal, able: list[str]) -> StartOptions:
        """Return the options with what is known beforehand; as they are where all is taken."""
        names = [one.name for one in proposal.features]
        if self.options.known or len(able) < _SEVERAL:
            return self.options
        known = put(questions.about_known(able, names))
        return self.options._replace(known=() if {*known} == {*names} else known)

    def _with_rule(self, put: Put, proposal: Proposal, exports: list[SeenExport]) -> Proposal:
        """Return the proposal with the rule of today, where there is one."""
        if proposal.baseline or not proposal.answers_numbers:
            return proposal

        def having(rule: str) -> Proposal:
            if not rule:
                return proposal
            made = replace(proposal, baseline=propose.rule(rule))
            try:
                dated_rows.read_exports(self.home.root, made.read(), self.watch)
            finally:
                self.watch.close()
            return made

        asked = questions.about_baseline(propose.plain_numbers(proposal, exports))
        return _right(put, asked, having)

    def _named(self, put: Put, proposal: Proposal) -> Proposal:
        """Return the proposal with a name that no definition has."""
        if self.options.name:
            return proposal

        def called(name: str) -> Proposal:
            propose.free(name, self.home)
            return replace(proposal, name=name)

        asked = questions.about_name(propose.unused(proposal.name, self.home))
        return _right(put, asked, called)

    def _preview(self, proposal: Proposal) -> None:
        """Show the definition, and the table that it makes."""
        from mlcli.screens import data
        from mlcli.verbs import show_table

        path = self.home.root / proposal.file
        table = show_table.of_read(self.home, proposal.read(), path, watch=self.watch)
        self.watch.close()
        data.of_table(table, ())
        say.answer("")
        for line in proposal.text().splitlines():
            say.answer(line)
        say.answer("")


def _in_yaml(said: tuple[str, Json]) -> str:
    """Return what ``--source`` says of an export."""
    return wording.in_yaml({said[0]: said[1]})


Found = TypeVar("Found")

_SEVERAL = 2
_CONFIRM = questions.StartQuestion(
    "write",
    "Write this definition, and fit it?",
    "one",
    "--yes",
    (questions.Offer("yes", "yes"), questions.Offer("no", "no: nothing is written")),
    ("yes",),
)


def _right(put: Put, asked: StartQuestion, check: Callable[[str], Found]) -> Found:
    """Put a question until its answer is one."""
    while True:
        try:
            return check("".join(put(asked)).strip())
        except (AskedWronglyError, DataError, DefinitionError) as error:
            _tell(error)


def _tell(error: MlcliError) -> None:
    """Say what is wrong to somebody who answers questions, and is asked again."""
    error.problems = tuple(map(_without_options, error.problems))
    say.problems(error)


_OF_OPTIONS = re.compile("--(known|drop-days|baseline|name|source): ")
"""What an error begins with that is about an option of the command, and no answer."""


def _without_options(problem: Problem) -> Problem:
    """Return a problem for somebody who answers a question, and has no option to write."""
    message, hint = (re.sub(r"--[a-z-]+:? +", "", text) for text in (problem.message, problem.hint))
    return problem._replace(message=message, hint="" if "COLUMN  takes" in hint else hint)


def _show(export: SeenExport) -> None:
    """Show what is seen in an export, in a few lines."""
    view = export.view
    written = f"; {view.encoding}, a {view.delimiter} between cells" if view.encoding else ""
    more = len(export.export.more)
    files = f"{view.name} and {more} more of the same columns" if more else view.name
    say.answer(f"{files}  {wording.count(view.rows, 'row')}{written}")
    rows = []
    for name, one in [*view.columns.items()][:_MOST_COLUMNS]:
        lists = seen.separator([level for level, _ in one.summary.levels])
        holds = "list" if lists else export.holds(name)
        rows.append([f"  {name}", holds, one.summary.holds(most=3)])
    for line in wording.aligned(rows, [False, False, False]):
        say.answer(wording.cut(line, 78))
    more = len(view.columns) - _MOST_COLUMNS
    if more > 0:
        say.answer(f"  and {more} more:  mlcli data {wording.quoted(view.name)}")
    for note in view.doubts[:_MOST_NOTES]:
        for line in wording.wrapped(wording.plain(f"note: {note}"), 76):
            say.answer(f"  {line}")
    say.answer("")


def _shared(one: SeenExport, other: SeenExport) -> str:
    """Say which days or which key two exports have in common."""
    spans: list[tuple[datetime, datetime]] = []
    for export in (one, other):
        date = date_to_gather_by(export)
        summary = export.view.columns[date].summary if date else None
        match summary and (summary.low, summary.high):
            case datetime() as low, datetime() as high:
                spans.append((low, high))
            case _:
                return shared_key(one, other) or ""
    first, last = max(low for low, _ in spans), min(high for _, high in spans)
    return f"days, {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first <= last else ""


def _by_arrow_keys(asked: StartQuestion) -> tuple[str, ...]:
    """Put a question to be answered with arrow keys, or typed."""
    import questionary

    text = wording.plain(asked.text)
    offers = [
        questionary.Choice(
            wording.plain(one.shown or one.answer),
            one.answer,
            checked=asked.takes == "several" and one.answer in asked.default,
        )
        for one in asked.offers
    ]
    first = next(iter(asked.default), "")
    style = questionary.Style([*_COLOURS.items()])
    try:
        match asked.takes:
            case "one":
                found = questionary.select(
                    text,
                    offers,
                    default=first or None,
                    instruction="(arrow keys, Enter)",
                    style=style,
                ).unsafe_ask()
                return (str(found),)
            case "several":
                return tuple(
                    questionary.checkbox(
                        text, offers, instruction="(space marks, Enter ends)", style=style
                    ).unsafe_ask()
                )
            case "text":
                return (str(questionary.text(text, default=first, style=style).unsafe_ask()),)
    except (KeyboardInterrupt, EOFError):
        raise InterruptedByUserError from None


_COLOURS: Final = {
    "qmark": "bold",
    "question": "bold",
    "answer": "fg:ansimagenta bold",
    "pointer": "fg:ansimagenta bold",
    "highlighted": "bold",
    "instruction": "",
}
"""How questions look: what can be read on a dark and on a light ground alike."""


def _by_number(asked: StartQuestion) -> tuple[str, ...]:
    """Put a question to be answered with the numbers of a list, or typed."""
    say.answer(asked.text)
    answers = [one.answer for one in asked.offers]
    for number, one in enumerate(asked.offers, start=1):
        say.answer(f"  {number:>2}  {one.shown or one.answer}")
    default = ", ".join(
        str(answers.index(one) + 1) if one in answers else one for one in asked.default
    )
    hint = {"one": "a number", "several": "numbers", "text": "text"}[asked.takes]
    if asked.takes == "text" and answers:
        hint = "a number, or text"
    while True:
        try:
            typed = input(f"{hint} [{default}]: " if default else f"{hint}: ").strip()
        except (KeyboardInterrupt, EOFError):
            raise InterruptedByUserError from None
        if not typed:
            if asked.default or asked.takes != "one":
                return asked.default
            continue
        words = [typed] if asked.takes == "text" else typed.replace(",", " ").split()
        chosen = [
            answers[int(word) - 1] if word.isdecimal() and 0 < int(word) <= len(answers) else ""
            for word in words
        ]
        if asked.takes == "text":
            return (chosen[0] or typed,)
        if all(chosen) and (asked.takes == "several" or len(chosen) == 1):
            return tuple(chosen)
        say.answer(f"  write {hint} from 1 to {len(answers)}")
