"""What to go on with after a command: whole commands, the best first, for programs.

Each ends with exit 0 as things stand, and needs nothing more. So a question that is named was
asked, a definition that is to be fitted was read, and a command that lacks what only a person
can know is not named: `mlcli start` asks for it, and errors hold it as ``fix``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.errors import DefinitionError, MlcliError, StoppedError
from mlcli.store import cargo, versions
from mlcli.verbs import ask, ask_range, project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mlcli.answering.features import Input
    from mlcli.errors import Fix
    from mlcli.grammar.cells import Json
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.comparison import Comparison
    from mlcli.verbs.project import Project
    from mlcli.verbs.recommend import Suggested
    from mlcli.verbs.show_table import TableView

_MOST: Final = 3

_WRITES: Final = {
    "start": ("configs/", "models/"),
    "fit": ("models/",),
    "tune": ("models/",),
    "use": ("models/",),
    "evaluate": ("models/runs.jsonl",),
    "compare": ("models/runs.jsonl",),
    "report": ("reports/", "models/runs.jsonl"),
}
"""What a command changes in the project folder."""


class NextCommand(NamedTuple):
    """One command to go on with.

    ``words`` are those behind ``mlcli``; ``sure`` says that it is known to end well.
    """

    words: tuple[str, ...]
    why: str
    sure: bool = False

    @property
    def line(self) -> str:
        """Return it as a shell reads it."""
        return " ".join(["mlcli", *map(wording.quoted, self.words)])

    @property
    def writes(self) -> tuple[str, ...]:
        """Return what it changes in the project folder."""
        return () if "--dry-run" in self.words else _WRITES.get(self.words[0], ())

    def to_json(self, folder: str) -> Json:
        """Return the documented object; ``-C`` names a folder, where there is one to name."""
        before = ("-C", folder) if folder else ()
        return {
            "argv": ["mlcli", *before, *self.words, "--json"],
            "why": self.why,
            "writes": list(self.writes),
            "needs": [],
        }


def as_json(steps: Iterable[NextCommand | None], home: Project | None = None) -> list[Json]:
    """Return the first few steps that there are.

    They are in the folder that ``-C`` named, if it did, or in the project of a definition that
    was named by its path, and so has another ``home``.
    """
    folder = project.FOLDER.get()
    if home is not None and not home.is_here:
        folder = str(home.root)
    return [step.to_json(folder) for step in first(steps)]


def first(steps: Iterable[NextCommand | None]) -> list[NextCommand]:
    """Return the first few steps that there are, each once; no more are looked for."""
    found: dict[NextCommand, None] = {}
    for step in steps:
        if step is not None:
            found[step] = None
        if len(found) == _MOST:
            break
    return [*found]


def after_fit(manifests: Sequence[Manifest]) -> Iterator[NextCommand | None]:
    """Ask it, and see how far to trust it."""
    yield from map(asking, manifests)
    yield from map(judging, manifests)
    yield from map(answering_what_waits, manifests)
    yield past()


def after_answers(manifest: Manifest, *, answered: bool) -> Iterator[NextCommand | None]:
    """See how far to trust it; where nothing waited, ask something."""
    if not answered:
        yield asking(manifest)
    yield judging(manifest)


def after_suggestions(
    found: Suggested, *, top: int | None, skip: int
) -> Iterator[NextCommand | None]:
    """Show the next ones, and see what its lists are like."""
    shown = skip + len(found.suggestions)
    if shown < found.things:
        wishes = [text for wish in found.wishes for text in (flag(wish.feature), wish.level)]
        many = [] if top is None else ["--top", str(top)]
        named = ("recommend", "-m", _called(found.manifest), *wishes, *many)
        yield NextCommand((*named, "--skip", str(shown)), "the suggestions after these")
    yield judging(found.manifest)


def after_evaluate(manifest: Manifest) -> Iterator[NextCommand | None]:
    """Ask it, or see how it came about."""
    yield asking(manifest)
    yield past(manifest.name)


def after_tune(
    name: str, said: Sequence[str], manifest: Manifest | None, *, unsure: bool
) -> Iterator[NextCommand | None]:
    """Use the version that was kept, or keep one, with the keys that were ``said``.

    Where it is ``unsure`` whether it is better, go back to the version before, if there is one.
    """
    if manifest is None:
        words = ("tune", name, *_set(said))
        yield NextCommand(words, "keep a version with what was chosen")
        return
    there = versions.versions(manifest.folder.parent.parent, manifest.name)
    older = [number for number in there if number < manifest.version]
    if older and unsure and versions.answers(manifest):
        before = f"{manifest.name}@{older[-1]}"
        yield NextCommand(("use", before), f"go back to {before}: this one is not shown better")
    yield from after_fit([manifest])


def after_compare(
    found: Comparison, names: Sequence[str], models: Sequence[str], *, tried: bool
) -> Iterator[NextCommand | None]:
    """Learn by the best one, or let it answer.

    ``names`` are the definitions, or the versions, and ``models`` those tried in one of them;
    ``tried`` as for `fitting`.
    """
    home = project.find(project.here())
    best, known = found.contest.marks[0].name, [path.stem for path in home.definitions()]
    pairs = found.contest.pairs
    if not found.contest.few and pairs[0].verdict != "alike":
        shown = pairs[0].verdict == "better"
        which = "the better one" if shown else "the one ahead, maybe by chance"
        why = f"learn by {which}"
        if models and len(named := names or known) == 1:
            name, *parameters = best.split(":")
            said = [f"model={name}", *(f"model.{one}" for one in parameters)]
            yield fitting(home, named[0], why, said, tried=tried)
        elif best in known:
            yield fitting(home, best, why, tried=tried)
        elif "@" in best:
            kept = home.stored(best)
            use = NextCommand(("use", best), f"answer by {which}")
            yield judging(kept) if versions.answers(kept) else use
    yield past()


def after_data(
    seen: TableView, home: Project, said: Sequence[str], *, tried: bool
) -> Iterator[NextCommand | None]:
    """Learn from the table, which was made with the keys that were ``said``."""
    if seen.count("used") >= FEWEST:
        yield fitting(home, seen.name, "learn from these rows", said, tried=tried)
    yield past()


def at_first(*, tried: bool = True) -> Iterator[NextCommand | None]:
    """Learn from the definitions that there are, or ask the models that were fitted."""
    home = project.find(project.here())
    names = versions.names(home.models)
    yield from (asking(one) for name in names if (one := _readable(home.models, name)))
    for path in home.definitions():
        yield fitting(home, path.stem, "learn from it", tried=tried)
    yield describing()


def after_file() -> Iterator[NextCommand | None]:
    """See what a definition may say about it."""
    yield describing()


FEWEST: Final = 10
"""Rows that surely suffice to learn from, whatever is held out."""


def after_use(manifest: Manifest) -> Iterator[NextCommand | None]:
    """Ask the version that answers now."""
    yield asking(manifest)
    yield judging(manifest)
    yield past(manifest.name)


def after_history(names: Iterable[str]) -> Iterator[NextCommand | None]:
    """Judge the models that are there still, the newest first."""
    models = project.find(project.here()).models
    there = set(versions.names(models))
    for name in reversed([*names]):
        if name in there and (manifest := _readable(models, name)):
            yield judging(manifest)


def asking(manifest: Manifest) -> NextCommand | None:
    """Return a question that a model answers, if one is found: numbers in the middle, say."""
    verb = manifest.answers.verb
    for question in _questions(manifest):
        texts = [text for option in question.items() for text in option]
        named = {
            f.name: [question[flag(f.name)]] for f in manifest.features if flag(f.name) in question
        }
        try:
            if verb == "predict":
                ask.ask(manifest, ask.load(manifest), ask.from_options(manifest, named))
                ask_range.ready(manifest, None)
            else:
                from mlcli.verbs import recommend

                recommend.suggest(manifest, named, top=1)
        except MlcliError:
            continue
        why = "ask it a question" if verb == "predict" else "wish for something"
        words = (verb, "-m", _called(manifest), *texts)
        return NextCommand(words, f"{why}; this is an example", sure=True)
    return None


def _called(manifest: Manifest) -> str:
    """Return how ``-m`` names a version: without its number, where that one answers."""
    return manifest.name if versions.answers(manifest) else manifest.id


def _questions(manifest: Manifest) -> Iterator[dict[str, str]]:
    """Yield options with values that training held, those in the middle first."""
    made = manifest.worked_out
    features = [f for f in manifest.features if f.name not in made] or [*manifest.features]
    if manifest.answers.verb == "recommend":
        yield from ({flag(f.name): f.levels[0]} for f in features if f.levels)
        return
    for one in (features, manifest.features):
        for at in range(_PLACES):
            yield {flag(f.name): _value(f, at) for f in one}


_PLACES: Final = 4


def _value(feature: Input, at: int) -> str:
    """Return a value that training held, or that lies between two that it did."""
    if feature.levels:
        return feature.levels[at % len(feature.levels)]
    low, high = getattr(feature, "low", 0.0), getattr(feature, "high", 0.0)
    middle = (low + high) / 2
    whole = round(middle) if low <= round(middle) <= high else middle
    value = (whole, middle, low, high)[at]
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def judging(manifest: Manifest) -> NextCommand | None:
    """Return how to see how far a model can be trusted, if what that takes is whole."""
    try:
        for file in _JUDGED_BY & manifest.digests.cargo.keys():
            cargo.read(manifest, file)
    except MlcliError:
        return None
    why = "how far to trust its answers" if manifest.answers.by_rows else "what its lists are like"
    return NextCommand(("evaluate", "-m", _called(manifest)), why)


_JUDGED_BY: Final = {"holdout.json", "equation.json", "catalogue.json", "things.jsonl"}
"""What ``evaluate`` reads of a version."""


def answering_what_waits(manifest: Manifest) -> NextCommand | None:
    """Return how to answer for all rows of the exports that have no label yet, where some wait."""
    files = (source.file for source in manifest.ledger.sources)
    if not manifest.answers.by_rows or "-" in files:
        return None
    from mlcli.tables import losses

    waits = losses.unknown(manifest.target.name)
    if not any(why.startswith(waits) for why in manifest.ledger.left_out):
        return None
    return NextCommand(
        ("predict", "-m", _called(manifest)), "answer for every row without a label yet"
    )


def fitting(
    home: Project, name: str, why: str, said: Sequence[str] = (), *, tried: bool = True
) -> NextCommand | None:
    """Return how to fit a definition, if it can be read with the keys that are ``said``.

    For a program it is ``tried`` too, as what the exports hold may be at fault; beside a screen
    nothing is learned.
    """
    words = ("fit", name, *_set(said))
    return NextCommand(words, why) if _able(home, name, said, tried=tried) else None


def _tuning(home: Project, name: str, why: str, said: Sequence[str]) -> NextCommand | None:
    """Return how to look for hyperparameters, if a definition says which, and can be fitted."""
    words = ("tune", name, *_set(said))
    return NextCommand(words, why) if _able(home, name, said, tunes=True) else None


def _able(
    home: Project, name: str, said: Sequence[str], *, tried: bool = True, tunes: bool = False
) -> bool:
    """Say whether a definition can be read, and fitted, as far as that is soon known."""
    from mlcli.exports import reading
    from mlcli.verbs import fit

    try:
        path = next(path for path in home.definitions() if path.stem == name)
        read = home.read(path, said)
        named = [one.file or () for one in read.definition.sources.values()]
        if ("-",) in named or (tunes and read.definition.tune is None):  # input is read once
            return False
        if tried and all(named) and reading.size(home.root, sum(named, ())) <= _SMALL:
            fit.check(home, read, home.shown(path), tunes=tunes)
    except (MlcliError, OSError, StopIteration):
        return False
    return True


_SMALL: Final = 1 << 20
"""Bytes of exports that are read in some tenths of a second."""


def _set(said: Sequence[str]) -> list[str]:
    """Return the options that set some keys."""
    return [word for one in said for word in ("--set", one)]


def past(name: str = "") -> NextCommand | None:
    """Return how to see all fits, if some are noted."""
    from mlcli.store import runs

    try:
        found, _ = runs.noted(project.find(project.here()).models)
    except MlcliError:
        return None
    if not any(name in {"", run.model} for run in found):
        return None
    return NextCommand(
        ("history", *([name] if name else [])), "every fit, and whether it did better"
    )


def describing() -> NextCommand:
    """Return how to see what a definition may say."""
    return NextCommand(("schema",), "what a definition may say", sure=True)


def _readable(models: Path, name: str) -> Manifest | None:
    try:
        return versions.read(models, name).whole()
    except MlcliError:
        return None


def after_error(error: MlcliError, words: Sequence[str]) -> Iterator[NextCommand | None]:
    """Return what gets past an error: the same command otherwise, or one that its hint names.

    ``words`` are those behind ``mlcli``.
    """
    if isinstance(error, StoppedError):
        return
    if len(error.problems) == 1:
        yield from _otherwise(error.fix, words)
    home = project.find(project.here())
    names = versions.names(home.models)
    for problem in error.problems:
        yield from _named(problem.hint, home, names)
    if isinstance(error, DefinitionError):
        yield describing()
    readable = [manifest for name in names if (manifest := _readable(home.models, name))]
    readable.sort(key=lambda one: one.answers.verb not in words)
    yield from map(asking if words[:1] != ["fit"] else judging, readable)
    if not readable:
        for path in home.definitions():
            yield fitting(home, path.stem, "learn from it first")
    yield describing()


def _otherwise(fixes: Sequence[Fix], words: Sequence[str]) -> Iterator[NextCommand | None]:
    """Yield the command with its options as the ways out say."""
    for fix in fixes:
        if fix.option in {"", "--json"} or words.count("--set") > 1:  # which is meant is not said
            continue
        adds = fix.option == "--source"  # each is about another file
        rest = [*words] if adds else _without(words, fix.option)
        rest = [word for word in rest if word != "--json"]
        added = [] if fix.value is None else [fix.option]
        added += [] if fix.value is None or fix.value is True else [str(fix.value)]
        if rest == ["evaluate"] and fix.option == "-m":
            manifest = _readable(project.find(project.here()).models, str(fix.value))
            yield judging(manifest) if manifest else None
            continue
        does = f"leave {fix.option} out" if fix.value is None else f"with {' '.join(added)}"
        match [*rest, *added]:
            case ["fit" | "tune" as verb, name, *said]:
                home = project.find(project.here())
                step = fitting if verb == "fit" else _tuning
                able = [*_set(said[1::2])] == said
                yield step(home, name, f"the same, {does}", said[1::2]) if able else None
            case found:
                yield NextCommand((*found,), f"the same, {does}")


_SWITCHES: Final = {
    *("--anyway", "--dry-run", "--final", "--if-better", "--lost", "--plot", "--quiet", "--raw"),
    *("--strict", "--why"),
}
"""Options that take no value."""


def _without(words: Sequence[str], option: str) -> list[str]:
    """Return the words of a command without an option and its value."""
    names = {"-m", "--model"} if option in {"-m", "--model"} else {option}
    kept, skip = list[str](), False
    for word in words:
        if skip:
            skip = False
        elif word in names:
            skip = option not in _SWITCHES
        elif word.partition("=")[0] not in names:
            kept.append(word)
    return kept


_COMMAND: Final = re.compile(r"  mlcli ((?:(?!  )[^;])+)")
_OPEN: Final = re.compile(r"\b[A-Z]{2,}\b|\.\.\.")


def _named(hint: str, home: Project, models: Sequence[str]) -> Iterator[NextCommand | None]:
    """Yield the commands that a hint names, where all is there that they need."""
    import shlex

    for found in _COMMAND.finditer(f"  {hint}"):
        if _OPEN.search(found[1]):
            continue
        try:
            words = shlex.split(found[1].strip().rstrip("."))
        except ValueError:  # such as an apostrophe behind it
            continue
        match words:
            case ["fit"]:
                paths = home.definitions()
                if paths and all(fitting(home, path.stem, "") for path in paths):
                    yield NextCommand(("fit",), "learn from it first")
            case ["fit", name]:
                yield fitting(home, name, "learn from it first")
            case ["evaluate" | "predict" | "recommend", "-m", name] if name in models:
                yield NextCommand(tuple(words), "what its hint says")
            case _:
                pass
