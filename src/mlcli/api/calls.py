"""The way in for Python: what ``import mlcli`` offers.

Nothing is printed, no progress is shown, and no signal is touched. Results are plain values:
the object that ``--json`` prints for the same question, with names for what is asked for most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from functools import cached_property
from math import isnan
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.api import results
from mlcli.errors import AskedWronglyError, EnvironmentProblemError
from mlcli.exports import clock
from mlcli.grammar import cells
from mlcli.verbs import ask, ask_range
from mlcli.verbs import project as projects
from mlcli.verbs import why as whys

if TYPE_CHECKING:
    from pandas import DataFrame
    from sklearn.pipeline import Pipeline

    from mlcli.answering.model import Answer, Model, Question
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.project import Project

    Place = str | Path | None

_ONE_AT_A_TIME: Final = Lock()
"""Held by what learns, reads exports or runs scikit-learn: those record warnings and limit
threads, and both are the whole process's."""


def fit(name: str | Path, project: Place = None) -> results.FitResult:
    """Learn from exports, judge on held-out rows, and keep the model, as ``mlcli fit`` does.

    Parameters
    ----------
    name
        A definition in ``configs/``, such as ``"pizzeria"``, or the path of a YAML file.
    project
        The project folder, or a folder in it; the current folder by default.

    Returns
    -------
    FitResult
        The version that was kept, and how good it is.

    Raises
    ------
    DefinitionError
        The definition is wrong; all of its problems are in ``problems``.
    DataError
        An export is at fault.
    MlcliError
        Something else is; each kind has its own class.
    """
    from mlcli.verbs import fit as verb

    home, path = projects.definition(_folder(project), str(name))
    with _ONE_AT_A_TIME:
        found = verb.fit(home, path, now=datetime.now(UTC))
    more = {"doubts": found.manifest.doubts, "warnings": found.warnings}
    return results.FitResult.read(verb.as_json([found]), found.to_json(), **more)


def model(name: str | Path, project: Place = None) -> FittedModel:
    """Return a fitted model, ready to be asked.

    Parameters
    ----------
    name
        ``"pizzeria"``, or ``"pizzeria@3"`` for its third version.
    project
        The project folder, or a folder in it; the current folder by default.

    Raises
    ------
    ModelError
        There is none of that name, or it is damaged.
    """
    home = projects.find(_folder(project))
    return FittedModel(home, home.stored(str(name)))


def compare(
    *names: str | Path, models: str | Iterable[str] = (), project: Place = None
) -> results.ComparisonResult:
    """Say which model is better on the same rows, as ``mlcli compare`` does.

    Parameters
    ----------
    names
        Definitions or YAML files, or stored versions such as ``"pizzeria@3"``.
    models
        Models to try in one definition, such as ``["ridge", "ridge:penalty=0.5"]``.
    project
        The project folder, or a folder in it; the current folder by default.

    Raises
    ------
    AskedWronglyError
        They cannot be compared.
    MlcliError
        Something else is at fault; each kind has its own class.
    """
    from mlcli.verbs import compare as verb

    tried = [models] if isinstance(models, str) else list(models)
    with _ONE_AT_A_TIME:
        ready = verb.ready(_folder(project), [str(name) for name in names], tried)
        found = verb.compare(ready, now=datetime.now(UTC))
    return results.ComparisonResult.read(found.to_json())


def examples(name: str | Path, project: Place = None) -> DataFrame:
    """Return what a definition learns from: the rows that have every feature and a label.

    Nothing is learned, and rows to hold out are among them.

    Parameters
    ----------
    name
        A definition in ``configs/``, such as ``"pizzeria"``, or the path of a YAML file.
    project
        The project folder, or a folder in it; the current folder by default.

    Returns
    -------
    DataFrame
        The features, then the label. Numbers are float64, NaN where one is missing that
        something stands in for; words are ``str``, those of classes and of ``kind: category``
        also where cells hold numbers; lists are tuples of tags. The index holds what names a
        row: its date (``datetime64[us]``, in order; the start of a week or month), another
        key, or its number among the rows, from 0.

    Raises
    ------
    DefinitionError
        The definition is wrong; all of its problems are in ``problems``.
    DataError
        An export is at fault.
    """
    from mlcli.api import frames
    from mlcli.verbs import dated_rows

    home, path = projects.definition(_folder(project), str(name))
    with _ONE_AT_A_TIME:
        read = home.read(path)
        with projects.at_fault(read):
            read, found = dated_rows.read_exports(home.root, read)
        return frames.of_examples(read.definition, found.examples)


def _folder(project: Place) -> Path:
    """Return the folder that is meant, from the current one."""
    folder = Path() if project is None else Path(project)
    try:
        return folder.absolute()
    except OSError as error:
        raise EnvironmentProblemError("the current folder is gone", hint="name another") from error


class FittedModel:
    """A stored version of a model: read once, and asked as often as you like, from any thread.

    Attributes
    ----------
    name, version
        Which it is, such as ``"pizzeria"`` and ``3``.
    features
        By the name of each feature, what may be asked of it, in words.
    """

    def __init__(self, home: Project, manifest: Manifest) -> None:
        self._home, self._manifest = home, manifest
        self.name: str = manifest.name
        self.version: int = manifest.version
        self.features = {feature.name: feature.describe() for feature in manifest.features}
        self._readies: dict[float | None, Ready] = {}

    def ask(
        self,
        /,
        *,
        range_: str | None = None,
        why_: bool = False,
        anyway: bool = False,
        **features: object,
    ) -> results.Prediction:
        """Answer one question.

        Parameters
        ----------
        range_
            Also say between which numbers so many of such rows lie, such as ``"80%"``.
        why_
            Also say what made the answer, feature by feature.
        anyway
            Answer a question outside what was learned, with a note.
        features
            A value for each feature: numbers, words, or a list of tags, also as NumPy has
            them. ``None`` counts as not given. A name that Python does not allow goes as
            ``ask(**{"gameplay types": ...})``, or with underscores, ``gameplay_types=``.

        Raises
        ------
        AskedWronglyError
            A feature is missing or unknown, or a value is not what it holds.
        RefusedError
            The question lies outside what the model learned.
        """
        question, ready = self._question(features), self._ready(range_)
        with self._alone:
            answer = ask.ask(self._manifest, self._model, question, anyway=anyway)
            answer = self._explained(answer) if why_ else answer
        return self._answered([answer], ready)[0]

    def ask_date(
        self,
        day: str | date,
        /,
        *,
        range_: str | None = None,
        why_: bool = False,
        anyway: bool = False,
        **features: object,
    ) -> results.Prediction:
        """Answer for a day; its features are looked up in the exports, but for those given.

        Parameters
        ----------
        day
            ``"2023-06-08"``, ``"today"``, or a date of ``datetime``, pandas or NumPy.
        range_, why_, anyway, features
            As for ``ask``.

        Raises
        ------
        AskedWronglyError
            It is no day, or the model's rows are not dated.
        DataError
            The exports know nothing of the day.
        RefusedError
            The day lies outside what the model learned.
        """
        question, ready = self._question(features), self._ready(range_)
        text = " ".join(_texts(day))
        first, *others = ask_range.read_days(self._manifest, text, clock.today())
        if others:
            raise AskedWronglyError(f"{text} is several days", hint="ask for one at a time")
        with _ONE_AT_A_TIME:
            answer = ask.ask_day(
                self._home, self._manifest, self._model, first, question, anyway=anyway
            )
            answer = self._explained(answer) if why_ else answer
        return self._answered([answer], ready)[0]

    def waiting(self, *, range_: str | None = None, anyway: bool = False) -> results.Predictions:
        """Answer for every row of the exports that has features and no label yet, in order.

        Refused rows keep their place; their answer is ``None``, and a note says why.

        Raises
        ------
        DataError
            An export is at fault.
        """
        ask.must_be_asked_by("predict", self._manifest)
        ready = self._ready(range_)
        with _ONE_AT_A_TIME:
            answers = ask.waiting(self._home, self._manifest, self._model, anyway=anyway)
        return self._answered(answers, ready)

    def recommend(
        self,
        /,
        *,
        top: int | None = None,
        skip: int = 0,
        why_: bool = False,
        where_: str | None = None,
        **wishes: object,
    ) -> results.Suggestions:
        """Suggest things of a catalogue, the best first.

        Parameters
        ----------
        top
            How many; by default as many as the definition says.
        skip
            How many of the first to leave out.
        why_
            Also say what puts each above the next.
        where_
            Also say where the thing of this name stands.
        wishes
            By feature what is wished for: a word, or a list of tags.

        Raises
        ------
        AskedWronglyError
            Nothing is wished for, or something that nothing in the catalogue could meet.
        RefusedError
            A wish is for what the definition leaves out.
        """
        from mlcli.verbs import recommend

        if skip < 0 or (top is not None and top < 1):
            raise AskedWronglyError("top is 1 or more, and skip 0 or more")
        given = self._given("recommend", wishes)
        found = recommend.suggest(self._manifest, given, top=top, skip=skip, why=why_, where=where_)
        return results.Suggestions.read(found.to_json())

    def evaluate(self, data: str | Path | None = None) -> results.EvaluationResult:
        """Judge the model on rows that it did not learn from.

        Each look at the rows held out is noted in ``models/runs.jsonl``, as those of
        ``mlcli evaluate`` are.

        Parameters
        ----------
        data
            A labelled CSV file to judge it on, in place of the rows held out.

        Raises
        ------
        DataError
            The file lacks a feature or the label.
        """
        from mlcli.verbs import evaluate as verb

        path = None if data is None else Path(data)
        with _ONE_AT_A_TIME:
            found = verb.judge(self._manifest, self._home.models, path, now=datetime.now(UTC))
        told = found.to_json()
        return results.EvaluationResult.read(told, doubts=told.get("doubts", []))

    def pictures(self) -> dict[str, dict[str, Any]]:
        """Return what ``mlcli report --format vega`` writes: Vega-Lite, with its data, by name.

        Raises
        ------
        ModelError
            What was stored is damaged.
        """
        from mlcli.pictures import colours, specs
        from mlcli.verbs import picture

        with _ONE_AT_A_TIME:
            drawn = specs.drawings(picture.of(self._manifest), colours.LIGHT)
        return {one.name: one.spec for one in drawn}

    def pipeline(self) -> Pipeline:
        """Return the model as scikit-learn has it: a fitted pipeline of its classes alone.

        It takes a DataFrame as ``mlcli.examples`` returns one, with more columns or rows in
        any order, and predicts what the model does, before answers are rounded, raised to 0
        or moved by a threshold: numbers to 1e-9 of the largest, or the names of classes. It
        does not refuse what lies outside the definition's rules; words or missing values that
        the model refuses are a ``ValueError``, or whatever its estimator makes of NaN.
        Nothing is learned anew. Each call makes another one.

        Raises
        ------
        AskedWronglyError
            It has a list of tags, suggests things of a catalogue, or answers with a class by
            an estimator that knows no names; the message says which.
        """
        from mlcli.api import frames

        with _ONE_AT_A_TIME:
            return frames.pipeline(self._manifest)

    def _answered(self, answers: Sequence[Answer], ready: Ready) -> results.Predictions:
        found = ask_range.Answered(self._manifest, answers, ready).to_json()
        return results.Predictions.read(found, doubts=self._manifest.doubts)

    def _explained(self, answer: Answer) -> Answer:
        return whys.explained(self._manifest, self._model, answer)

    @cached_property
    def _model(self) -> Model:
        """Return what answers, loaded once."""
        return ask.load(self._manifest)

    @cached_property
    def _alone(self) -> AbstractContextManager[object]:
        """Return what to answer within: an equation is plain arithmetic, and waits for nobody."""
        return nullcontext() if "equation.json" in self._manifest.digests.cargo else _ONE_AT_A_TIME

    def _ready(self, range_: str | None) -> Ready:
        """Return what stands beside answers, read once for each range."""
        level = None if range_ is None else ask_range.read_level(" ".join(_texts(range_)))
        if level not in self._readies:
            self._readies[level] = ask_range.ready(self._manifest, level)
        return self._readies[level]

    def _question(self, features: Mapping[str, object]) -> Question:
        return ask.from_options(self._manifest, self._given("predict", features))

    def _given(self, verb: str, values: Mapping[str, object]) -> dict[str, list[str]]:
        """Return by feature what options of the command line would say."""
        by_option: dict[str, list[str]] = {}
        for name, value in values.items():
            by_option.setdefault(flag(name), []).extend(_texts(value))
        ask.must_be_asked_by(verb, self._manifest, list(by_option))
        ask.must_know(self._manifest, by_option)
        known = {flag(feature.name): feature.name for feature in self._manifest.features}
        return {known[option]: texts for option, texts in by_option.items() if texts}

    def __repr__(self) -> str:
        return self._shown().text()

    def _repr_html_(self) -> str:
        return self._shown().html()

    def _shown(self) -> results.Shown:
        rows = [("feature", "may be"), *self.features.items()]
        return results.Shown(f"{self.name}@{self.version}", rows, [False, False])


_MISSING: Final = ("NAType", "NaTType")
"""Types of what pandas has for a value that is not there."""


def _texts(given: object) -> list[str]:
    """Return what options of the command line would say; nothing of what is missing."""
    if hasattr(given, "dtype"):
        given = _of_numpy(given)
    if given is None or type(given).__name__ in _MISSING:
        return []
    if isinstance(given, float) and isnan(given):
        return []
    if isinstance(given, bytes | Mapping):
        raise AskedWronglyError(f"{given!r} is neither a number nor words")
    if isinstance(given, bool):
        return ["true" if given else "false"]
    if isinstance(given, float):
        whole = given.is_integer() and abs(given) < cells.EXACT  # a word of digits has no point
        return [f"{given:.0f}" if whole else cells.unmistakable(float.__repr__(given))]
    if isinstance(given, datetime):
        return [given.isoformat(" ") if given.tzinfo else wording.written(given)]
    if isinstance(given, Iterable) and not isinstance(given, str):
        return [text for one in given for text in _texts(one)]
    return [str(given)]


def _of_numpy(value: Any) -> object:
    """Return a value of NumPy's as Python has it; a point in time to the microsecond."""
    if value.dtype.kind == "M":
        value = value.astype("datetime64[us]")
    return value.tolist()
