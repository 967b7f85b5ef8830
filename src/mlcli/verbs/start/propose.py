"""From a question and exports to a definition that fits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli.errors import (
    AskedWronglyError,
    DataError,
    DefinitionError,
    Fix,
    MlcliError,
    did_you_mean,
)
from mlcli.grammar import formula, phrases
from mlcli.store import versions
from mlcli.verbs import fit
from mlcli.verbs.start import drafts, questions, things
from mlcli.verbs.start.chosen import chosen
from mlcli.verbs.start.drafts import DATED, Draft
from mlcli.verbs.start.proposal import Proposal, ProposedRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.errors import Problem
    from mlcli.exports.reading_progress import Watch
    from mlcli.grammar.question import AskedFor
    from mlcli.learning.description import Given
    from mlcli.verbs.project import Project
    from mlcli.verbs.start.seen import SeenExport


class StartOptions(NamedTuple):
    """What was said beside the question.

    Attributes
    ----------
    known
        The only features there are to be, where any are named.
    drop_days
        Weekdays that are to be left out.
    because
        Why they are.
    baseline
        The rule that is in use today.
    name
        What the definition is to be called.
    """

    known: tuple[str, ...] = ()
    drop_days: tuple[str, ...] = ()
    because: str = ""
    baseline: str = ""
    name: str = ""


def propose(
    found: AskedFor,
    export: SeenExport,
    exports: Sequence[SeenExport],
    options: StartOptions,
    *,
    home: Project,
    watch: Watch,
) -> Proposal:
    """Return the definition that answers a question about an export.

    Parameters
    ----------
    found, export
        The question, and which export it is about; see `asked`.
    exports
        All exports.
    options
        What was said beside the question.
    home
        The project.
    watch
        Is told how far reading has come.

    Raises
    ------
    AskedWronglyError
        A column that is named is not there, or cannot be answered, or no feature is left.
    DataError
        An export is at fault.
    """
    if found.asked == "suggest":
        others = [one for one in exports if one is not export]
        return _named(_asked_by(things.catalogue(found, export, others), options), options)
    draft = _with_days(_draft(found, export, exports), options)
    proposal = _named(draft.proposal, options)
    return chosen(draft._replace(proposal=proposal), options.known, home, watch)


def _draft(found: AskedFor, export: SeenExport, exports: Sequence[SeenExport]) -> Draft:
    """Draft what answers a question about rows or periods of an export."""
    others = [one for one in exports if one is not export]
    return (drafts.of_rows if found.per is None else drafts.per_period)(found, export, others)


def _asked_by(proposal: Proposal, options: StartOptions) -> Proposal:
    """Return what suggests things, with the features that were named, where some were."""
    able = {one.name: one for one in proposal.features}
    for option, given in (("--drop-days", options.drop_days), ("--baseline", options.baseline)):
        if given:
            raise AskedWronglyError(
                f"{option}: things have no days and no rule", hint="leave it out"
            )
    for name in options.known:
        if name not in able:
            hint = did_you_mean(name, able)
            raise AskedWronglyError(f"--known: {name!r} cannot be wished for", hint=hint)
    named = tuple(able[name] for name in options.known)
    return replace(proposal, features=named or proposal.features)


def _with_days(draft: Draft, options: StartOptions) -> Draft:
    """Return the draft without some weekdays."""
    if not options.drop_days:
        return draft
    try:
        days = [phrases.weekday(day) for day in options.drop_days]
    except phrases.PhraseError as error:
        raise AskedWronglyError(f"--drop-days: {error}", hint=error.hint) from error
    key = draft.proposal.key
    if key is None or draft.proposal.holdout != DATED:
        raise AskedWronglyError("--drop-days: the rows have no date", hint="leave it out")
    because = {"because": options.because} if options.because else {}
    rule = ProposedRule("drop_weekdays", {"days": days, **because})
    return draft._replace(proposal=replace(draft.proposal, rules=(rule,)))


def _named(proposal: Proposal, options: StartOptions) -> Proposal:
    """Return the proposal with a name that a definition may have, and the rule of today."""
    name = options.name or _model_name(proposal.name)
    return replace(proposal, name=name, baseline=options.baseline or None)


def free(name: str, home: Project) -> None:
    """Raise where a definition cannot be called so, or is already.

    Raises
    ------
    AskedWronglyError
        It is no name of a model, or there is such a definition.
    """
    if not versions.is_name(name):
        hint = f"such as  --name {_model_name(name)}"
        raise AskedWronglyError(f"--name: {name!r} cannot be the name of a model", hint=hint)
    if (other := unused(name, home)) != name:
        raise AskedWronglyError(
            f"there is a definition {name!r} in configs/ already, and none is overwritten",
            hint=f"give this one another name:  --name {other}",
            fix=[Fix(other, option="--name")],
        )


def rule(text: str) -> str:
    """Return the rule of today, if it is a formula.

    Raises
    ------
    AskedWronglyError
        It is none.
    """
    try:
        formula.parse(text)
    except formula.FormulaError as error:
        commas = re.sub(r"(?a)(?<=\d),(?=\d\d?(?!\d))", ".", text)
        fix = [Fix(commas, option="--baseline")] if commas != text else []
        message = f"--baseline: {text!r} is no formula: {error}"
        raise AskedWronglyError(message, hint=error.hint, fix=fix) from error
    return text


def unused(name: str, home: Project) -> str:
    """Return a name that no definition has: this one, or with a number behind it."""
    known = {path.stem for path in home.definitions()}
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(one for one in names if one not in known)


def _model_name(text: str) -> str:
    """Return a name of a definition that is like a text."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "_", plain).strip("_") or "answer"


def able(found: AskedFor, export: SeenExport, exports: Sequence[SeenExport]) -> list[str]:
    """Return what can be a feature of the answer to a question; none where that is not asked."""
    if found.asked == "suggest":
        return []
    return _draft(found, export, exports).names


def plain_numbers(proposal: Proposal, exports: Sequence[SeenExport]) -> list[str]:
    """Return the features that are numbers, and that a formula may name as they are."""
    numbers = {name for one in exports for name in (*one.numbers, one.name)}
    names = [one.name for one in proposal.features if not one.keys]
    return [name for name in names if name in numbers and name.isidentifier()]


class FirstFit(NamedTuple):
    """A proposal, and what was learned by it; nothing is written yet."""

    proposal: Proposal
    given: Given
    made: fit.Made
    warnings: tuple[Problem, ...]


_FEWEST: Final = 10
"""Rows of an export, below which little can be asked of it."""

_MOST_TRIES: Final = 40
"""Words that are new among held-out rows come one feature at a time."""


def ready(proposal: Proposal, home: Project, watch: Watch) -> FirstFit:
    """Learn by a proposal; where held-out rows have new words, let them pass.

    Raises
    ------
    MlcliError
        It cannot be learned from.
    """
    tries = 0
    while True:
        try:
            made = fit.learned(home, proposal.read(), proposal.file, watch=watch)
            return FirstFit(proposal, *made)
        except DataError as error:
            after = proposal.after(error.fix)
            if after is None or tries == _MOST_TRIES:
                raise
            proposal, tries = after, tries + 1


def first_ready(
    exports: Sequence[SeenExport], options: StartOptions, home: Project, watch: Watch
) -> FirstFit:
    """Return the first of the likely questions that can be answered.

    Raises
    ------
    MlcliError
        None can.
    """
    first: MlcliError | None = None
    for one in questions.likely(exports):
        try:
            found, export = questions.asked(one.text, exports)
            proposal = propose(found, export, exports, options, home=home, watch=watch)
            return ready(proposal, home, watch)
        except (AskedWronglyError, DataError, DefinitionError) as error:
            first = first or error
    hint = "say what you want to know, with  --ask"
    if all(one.view.rows < _FEWEST for one in exports):
        hint = f"there are fewer than {_FEWEST} rows: bring more"
    raise first or AskedWronglyError("no column can be answered by the others", hint=hint)
