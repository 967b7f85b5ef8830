"""What is said of a stored model: everything but its weights, as typed records and as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli.answering import features, label
from mlcli.answering.domain import Predicate
from mlcli.answering.features import Input
from mlcli.answering.ranges_and_decisions import Decision
from mlcli.answering.target import AnswerKind, Blind, Target
from mlcli.grammar.cells import Json
from mlcli.store import files, records
from mlcli.store.records import Record
from mlcli.store.scores import Score

if TYPE_CHECKING:
    from mlcli.grammar.notation import Notation
    from mlcli.store.evidence import Evidence
    from mlcli.store.ledger import Ledger

PROTOCOL: Final = 2
"""The shape of a model folder.

Raise it when an older mlcli would misread what a newer one writes: a key that
changes its meaning, a new kind of step in an equation, another digest. A new key
that may be ignored does not need it. With the raise goes a test that a folder of
the old number is refused with the command that fits it again
(``tests/unit/store/test_versions.py``).
"""

_WISHED: Final = {"category", "tags"}


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """Return the one way in which a value is written, for digests."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


class Learner(NamedTuple):
    """The algorithm by its name, and all that the definition says of it, its name too."""

    name: str
    values: Json

    def to_json(self) -> Json:
        """Return what the definition says."""
        return self.values

    @staticmethod
    def from_json(data: Json) -> "Learner":
        """Rebuild what ``to_json`` wrote."""
        return Learner(str(data["name"]), data)


class RowKey(NamedTuple):
    """The column that names a row and what it is counted in, if there is one; a row's noun."""

    name: str | None
    unit: str | None
    noun: str


class RowCounts(NamedTuple):
    """How many rows were used, learned from by the judged model, and held out."""

    used: int
    train: int
    holdout: int


class Split(NamedTuple):
    """How rows were held out: the rule as it is written, and what came of it in words."""

    rule: str
    words: str


class ListRules(NamedTuple):
    """How the things of a catalogue are listed.

    ``order`` are the keys that rank them; ``show`` the columns beside a suggestion, each
    with whether it holds numbers; ``empty`` the levels by feature that nothing has.
    """

    order: tuple[str, ...]
    show: Mapping[str, bool]
    empty: Mapping[str, tuple[str, ...]]
    top: int
    profiles: int


class Written(NamedTuple):
    """A definition: its file, and its values as YAML has them."""

    file: str
    values: Json


@dataclass(frozen=True, kw_only=True)
class Digests:
    """SHA-256 of the definition, of exports and cargo by file, and of what was learned.

    An older mlcli had none of the last.
    """

    definition: str
    data: Mapping[str, str]
    content: str | None = None
    cargo: Mapping[str, str]


# No slots: what is worked out once is kept in its place. Not to be compared, nor is what
# extends it another dataclass: each takes a millisecond to create.
@dataclass(frozen=True, kw_only=True, eq=False)
class Description:
    """What a manifest holds, by its keys and in their order.

    There is no clock and no version in it, so that the same inputs give the same bytes.
    ``made`` are columns made after the join, each with the one it is made of, and ``filled``
    constants for empty cells. ``typical`` is what most rows learned from hold, by feature; an
    older mlcli kept none. ``weekdays_never`` are those on which no row learned from fell, of
    days of four weeks or more. ``notations`` are how exports write columns that they write
    otherwise than plainly. ``rows``, ``split``, ``metrics`` and evidence are of the judged
    model; where it is ``final``, another one answers, which learned from all rows.
    Evidence, ledger and notations stay as they were read until somebody asks: most answers
    need none of them.
    """

    protocol: int
    model: Learner
    key: RowKey
    made: tuple[tuple[str, str], ...]
    filled: Mapping[str, bool | float | str]
    typical: Mapping[str, float | str | tuple[str, ...]] | None = None
    labels_known_until: str | None
    features: tuple[Input, ...]
    label: AnswerKind
    domain: tuple[Predicate, ...]
    rows: RowCounts
    learned_from: int
    weekdays_never: tuple[str, ...] = ()
    final: bool
    split: Split
    metrics: Mapping[str, Score]
    without_looking: Blind | None = None
    equation: str | None
    notes: tuple[str, ...]
    recommend: ListRules | None = None
    notations_: object = None
    evidence_: object = None
    ledger_: object
    seed: int
    definition: Written
    libraries: Mapping[str, str]
    digests: Digests
    digest: str = ""

    def to_json(self) -> Json:
        """Return plain data, keys in the order in which they are written."""
        found: dict[str, Any] = {
            **records.to_json(self, Description),
            "features": [features.to_json(feature) for feature in self.features],
            "label": self.label.to_json(),
            "ledger": records.to_json(self.ledger),
        }
        if self.evidence is not None:
            found["evidence"] = records.to_json(self.evidence)
        return found

    @cached_property
    def evidence(self) -> "Evidence | None":
        """Return how far its figures can be trusted; nothing, of what an older mlcli fitted."""
        from mlcli.store.evidence import Evidence

        return None if self.evidence_ is None else self._read(Evidence, self.evidence_)

    @cached_property
    def ledger(self) -> "Ledger":
        """Return where every row went."""
        from mlcli.store.ledger import Ledger

        return self._read(Ledger, self.ledger_)

    def _read(self, kind: type[Record], held: object) -> Record:
        return held if isinstance(held, kind) else records.from_json(kind, held)

    @property
    def worked_out(self) -> set[str]:
        """Return the columns that rules after the join make of others."""
        return {column for column, origin in self.made if origin != column}

    @property
    def needed(self) -> list[str]:
        """Return the features that a question must hold, for which nothing stands in."""
        return [f.name for f in self.features if not f.optional and f.name not in self.filled]

    @property
    def answers(self) -> type[AnswerKind]:
        """Return what it answers with."""
        return type(self.label)

    @property
    def target(self) -> Target:
        """Return the number or the class that is answered."""
        assert isinstance(self.label, Target)
        return self.label

    @cached_property
    def notations(self) -> "Mapping[str, Notation]":
        """Return how exports write columns that they write otherwise; nothing, to an older mlcli.

        Raises, with whatever error, where it is nothing such.
        """
        if self.notations_ is None:
            return {}
        from mlcli.grammar.notation import Notation

        if not isinstance(self.notations_, Mapping):
            raise TypeError(self.notations_)
        return {
            name: one if isinstance(one, Notation) else Notation.from_json(one)
            for name, one in self.notations_.items()
        }

    @property
    def keeps_blanks(self) -> bool:
        """Say whether blanks stand around some word that it knows, and are a part of it."""
        tested = (c.values for p in self.domain for c in p.conditions if c.test == "in")
        named = (feature.levels for feature in self.features)
        classes = getattr(self.label, "classes", ())
        words = (str(word) for known in (*tested, *named, classes) for word in known)
        return any(word != word.strip() for word in words)

    @property
    def blind(self) -> Blind:
        """Return what a number or a class can be answered with, without looking."""
        assert self.without_looking is not None
        return self.without_looking

    @property
    def shares(self) -> Mapping[str, float]:
        """Return the share of each class among the rows learned from."""
        assert isinstance(self.without_looking, Mapping)
        return self.without_looking

    @property
    def lists(self) -> ListRules:
        """Return how the things of a catalogue are listed."""
        assert self.recommend is not None
        return self.recommend


class Manifest(Description):
    """A stored version, as its manifest describes it; nothing of it was unpickled."""

    name: str
    version: int
    folder: Path

    def __init__(self, *, name: str, version: int, folder: Path, **said: Any) -> None:
        super().__init__(**said)
        vars(self).update(name=name, version=version, folder=folder)

    @staticmethod
    def of(description: Description, *, name: str, version: int, folder: Path) -> "Manifest":
        """Return what a version would say that holds this, as it was read."""
        held = {field.name: getattr(description, field.name) for field in fields(description)}
        told = {key: records.to_json(held[key]) for key in ("notations_", "evidence_", "ledger_")}
        return Manifest(**{**held, **told}, name=name, version=version, folder=folder)

    @staticmethod
    def from_json(data: Json, *, name: str, version: int, folder: Path) -> "Manifest":
        """Rebuild what ``to_json`` wrote; raises, with whatever error, where it is nothing such."""
        return records.from_json(
            Manifest,
            data,
            features=tuple(records.of_kind(features.KINDS, one) for one in data["features"]),
            label=records.of_kind(label.KINDS, data["label"]),
            notations_=data.get("notations"),
            evidence_=data.get("evidence"),
            ledger_=data["ledger"],
            name=name,
            version=version,
            folder=folder,
        )

    def _read(self, kind: type[Record], held: object) -> Record:
        with files.as_stored(f"models/{self.name}/{self.version}/manifest.json", self.name):
            return super()._read(kind, held)

    @property
    def id(self) -> str:
        """Return ``pizzeria@3``."""
        return f"{self.name}@{self.version}"

    @property
    def decision(self) -> Decision | None:
        """Return how much to have ready beside a prediction, without the rest of the evidence."""
        match self.evidence_:
            case {"decision": made}:
                return Decision.from_json(made)
            case _:
                return None

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return why an answer may be worth little, without the rest of the evidence."""
        match self.evidence_:
            case {"doubts": [*said]}:
                return tuple(text for text in said if isinstance(text, str))
            case _:
                return ()

    @property
    def range_doubt(self) -> str:
        """Return why a range may be too narrow, likewise."""
        match self.evidence_:
            case {"range_held": {"doubt": str(said)}}:
                return said
            case _:
                return ""

    def whole(self) -> "Manifest":
        """Return itself once evidence and ledger were found to be what is stored as such.

        Raises
        ------
        ModelError
            They are not.
        """
        _ = self.evidence, self.ledger
        return self

    def check(self) -> None:
        """Raise, with whatever error, unless everything is there that answers need.

        Bytes with the right digest may still be somebody else's.
        """
        if not self.features:
            raise ValueError(self.features)
        for feature in self.features:
            if getattr(feature, "fill", None) not in {None, *feature.levels} and feature.levels:
                raise ValueError(feature)
        _ = self.notations
        if self.answers.by_rows:
            self._check_answers()
        else:
            self._check_things()

    def _check_things(self) -> None:
        """Raise unless there is what suggestions need."""
        if self.recommend is None or self.recommend.top < 1:
            raise ValueError(self.recommend)
        if any(feature.kind not in _WISHED for feature in self.features):
            raise ValueError(self.features)

    def _check_answers(self) -> None:
        """Raise unless there is what answers and their figures need."""
        target = self.target
        target.check(self.without_looking)
        scores = [self.metrics[metric] for metric in target.metrics]
        if self.rows.holdout and scores[0].holdout is None:
            raise ValueError(self.rows)
