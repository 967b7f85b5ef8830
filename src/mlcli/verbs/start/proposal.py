"""A definition as it is proposed: its keys, each with the reason for it, and its YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.definition import yaml_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.definition.yaml_file import Read
    from mlcli.errors import Fix
    from mlcli.grammar.cells import Json

_WIDTH: Final = 78
_MOST_REASONS: Final = 60
_NEW_WORDS: Final = "held-out rows have words that the others have not"


class ProposedRule(NamedTuple):
    """A rule with its options, and why it is there."""

    name: str
    options: Json
    why: str = ""


@dataclass(frozen=True, slots=True)
class ProposedFeature:
    """A feature or the label, with its other keys, and why they are there."""

    name: str
    keys: Json = field(default_factory=dict)
    why: str = ""

    @property
    def written(self) -> str | Json:
        """Return it as a definition has it."""
        return {"name": self.name, **self.keys} if self.keys else self.name


TAGS: Final[dict[str, str]] = {"kind": "tags"}
CLASSES: Final[dict[str, str]] = {"kind": "category"}


@dataclass(frozen=True, slots=True)
class ProposedSource:
    """One export, with the keys that read it and the rules that make a table of it."""

    name: str
    keys: Json
    rules: tuple[ProposedRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A definition, before it is written.

    Attributes
    ----------
    name
        What definition and model are called.
    question
        What was asked.
    sources, rules, features
        As in a definition, with their reasons.
    key
        ``join`` or ``date``, and the column; ``None`` where rows have no name.
    left_out
        Columns that are no features, each with its reason.
    unused
        Exports that say nothing of the question, each with its reason.
    spare
        A rule and the feature that it makes, which may be tried too.
    label, model, holdout, baseline, recommend
        As in a definition.
    rating
        A number that is shown of things, and by which they may be put in order.
    """

    name: str
    question: str
    sources: tuple[ProposedSource, ...]
    features: tuple[ProposedFeature, ...]
    label: ProposedFeature
    model: str
    key: tuple[str, str] | None = None
    rules: tuple[ProposedRule, ...] = ()
    left_out: Mapping[str, str] | None = None
    unused: Mapping[str, str] | None = None
    spare: tuple[ProposedRule, ProposedFeature] | None = None
    holdout: str | None = None
    baseline: str | None = None
    recommend: Json | None = None
    rating: str = ""

    @property
    def answers_numbers(self) -> bool:
        """Whether a number is answered, for which there may be a formula."""
        return self.model == "linear_regression"

    @property
    def file(self) -> str:
        """Return where the definition will stand, from the project folder."""
        return f"configs/{self.name}.yaml"

    def read(self) -> Read:
        """Return the definition as if it were read from its file; raises what is wrong with it."""
        return yaml_file.read(self.text(), file=self.file)

    def after(self, fixes: Sequence[Fix]) -> Proposal | None:
        """Return the proposal with a word that is new let pass, if that is what an error asks."""
        for fix in fixes:
            match fix.path, fix.value:
                case ("features", int(at)), {"unseen": _}:
                    old = self.features[at]
                    new = ProposedFeature(old.name, {**old.keys, "unseen": "ignore"}, _NEW_WORDS)
                    features = (*self.features[:at], new, *self.features[at + 1 :])
                    return None if "unseen" in old.keys else replace(self, features=features)
                case _:
                    pass
        return None

    def to_json(self) -> Json:
        """Return the documented object."""
        return {
            "name": self.name,
            "question": self.question,
            "file": self.file,
            "sources": [one.name for one in self.sources],
            "features": [one.name for one in self.features],
            "left_out": [
                {"column": column, "why": why} for column, why in (self.left_out or {}).items()
            ],
            "unused": [{"source": one, "why": why} for one, why in (self.unused or {}).items()],
            "label": self.label.name,
            "text": self.text(),
        }

    def text(self) -> str:
        """Return the definition as YAML; what follows a # is the reason."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> list[str]:
        lines = [
            f"# {self.file} - {' '.join(self.question.split())}",
            "# proposed by mlcli start; change what is not meant, then  mlcli fit "
            + wording.quoted(self.name),
            "sources:",
        ]
        for source in self.sources:
            lines += _of_source(source)
        if self.key is not None:
            alone = self.key[0] == "join" and len(self.sources) == 1
            why = "names the rows that wait for an answer" if alone else ""
            lines += _line(f"{self.key[0]}: {wording.in_yaml(self.key[1])}", why)
        if self.rules:
            lines += ["rules:", *_items(self.rules, 2)]
        lines += self._features()
        lines.append(f"label: {wording.in_yaml(self.label.written)}")
        lines += _line(f"model: {self.model}", _OTHERS.get(self.model, ""))
        if self.holdout is not None:
            why = "rows that it is judged on, and does not learn from"
            lines += _line(f"holdout: {self.holdout}", why)
        if self.baseline is not None:
            plain = re.fullmatch(r"[\w(][\w .()+*/-]*", self.baseline)
            rule = self.baseline if plain else wording.in_yaml(self.baseline)
            lines += _line(f"baseline: {rule}", "the rule in use today")
        if self.recommend is not None:
            lines += ["recommend:"]
            if self.rating:
                order = wording.in_yaml(["wishes", self.rating, "score"])
                lines.append("  # among things that go as well with a wish, the best rated first:")
                lines.append(f"  # order: {order}")
            lines += [f"  {key}: {wording.in_yaml(one)}" for key, one in self.recommend.items()]
        return lines

    def _features(self) -> Iterator[str]:
        """Yield the features, and what is left out."""
        plain = wording.in_yaml([one.written for one in self.features])
        if len(plain) < _WIDTH - len("features: ") and not any(f.why for f in self.features):
            yield f"features: {plain}"
        else:
            yield "features:"
            for one in self.features:
                yield from _line(f"  - {wording.in_yaml(one.written)}", one.why)
        left = self.left_out or {}
        if left:
            yield "# left out of the features:"
        room = min(max((len(name) for name in left), default=0), 30)
        for name, why in [*left.items()][:_MOST_REASONS]:
            yield f"#   {wording.plain(name):<{room}}  {why}"
        if len(left) > _MOST_REASONS:
            yield f"#   and {len(left) - _MOST_REASONS} more columns"
        if self.spare is not None:
            rule, feature = self.spare
            added = wording.in_yaml(feature.written)
            yield f"# to try the calendar too: add  {added}  to the features, and to  rules:"
            yield from (f"# {line}" for line in _items([rule], 2))
        for name, why in (self.unused or {}).items():
            yield f"# {wording.plain(name)} is not used: {why}"


_OTHERS: Final = {
    "linear_regression": "try: polynomial_regression, random_forest",
    "logistic_regression": "try: random_forest",
    "complement_naive_bayes": "try: match, which counts wishes and learns nothing",
}


def _of_source(source: ProposedSource) -> Iterator[str]:
    yield f"  {wording.in_yaml(source.name)}:"
    yield from (f"    {key}: {wording.in_yaml(value)}" for key, value in source.keys.items())
    if source.rules:
        yield "    rules:"
        yield from _items(source.rules, 6)


def _items(rules: Sequence[ProposedRule], indent: int) -> Iterator[str]:
    """Write rules as list items: ``- count: {...}``."""
    for rule in rules:
        written = f"{' ' * indent}- {rule.name}: {wording.in_yaml(rule.options)}"
        yield from _line(written, rule.why)


def _line(text: str, why: str) -> Iterator[str]:
    """Write a line, with its reason behind it where there is room, else above it."""
    if why and wording.width(text) + len(why) < _WIDTH - 4:
        yield f"{text}   # {why}"
        return
    if why:
        yield f"{' ' * (len(text) - len(text.lstrip()))}# {why}"
    yield text
