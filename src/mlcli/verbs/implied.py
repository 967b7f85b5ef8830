"""What a question implies: features and columns of the domain, worked out by the rules.

The rules after the join that make columns row by row (a weekday of the day, a band of
a price) hold for a question as they held for training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.errors import AskedWronglyError, DataError, Fix, near
from mlcli.grammar import phrases
from mlcli.store import cargo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mlcli.answering.column import Column
    from mlcli.answering.model import Model
    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.grammar.cells import Kind, Value
    from mlcli.store.manifest import Manifest


class Derived(NamedTuple):
    """What can be worked out of some columns by some rules.

    ``needs`` are the columns it is worked out of, and ``gives`` those that result.
    """

    rules: Sequence[Rule]
    needs: dict[str, Kind]
    gives: tuple[str, ...]

    def work_out(
        self, columns: Mapping[str, Column | Sequence[Value | None]]
    ) -> tuple[dict[str, Column], dict[int, str]]:
        """Return what n values of each column imply, and of some rows why nothing can be."""
        import narwhals.stable.v2 as nw
        import numpy as np

        from mlcli.definition.rules.base import LINE
        from mlcli.tables import join

        frame, reasons = self._frame(columns), dict[int, str]()
        for rule in self.rules:
            for doubt in rule.doubts():
                rows = frame.filter(doubt.bad)
                for at, row in enumerate(rows[LINE].to_list()):
                    reasons[row] = doubt.error(rows[at : at + 1]).problems[0].message
                if len(rows):
                    sound = ~nw.col(LINE).is_in(rows[LINE].to_list())
                    others = (nw.col(name) for name in frame.columns if name != LINE)
                    frame = frame.with_columns(nw.when(sound).then(one) for one in others)
            (frame,) = rule.over(iter([frame]))
        found = {name: join.column(frame[name]) for name in self.gives}
        bad = np.isin(np.arange(len(frame)), [*reasons])
        return {name: column.without(bad) for name, column in found.items()}, reasons

    def of_questions(
        self, model: Model, columns: Mapping[str, Column], made: Collection[str]
    ) -> tuple[dict[str, Column], dict[int, str]]:
        """Return the same of the columns of questions, with the definition's constants in them.

        There are none for what is ``made`` by rules.
        """
        given = {name: column for name, column in columns.items() if name not in made}
        return self.work_out({**columns, **model.filled_many(given).columns})

    def _frame(self, columns: Mapping[str, Column | Sequence[Value | None]]) -> Frame:
        from mlcli.answering.column import Numbers, Times
        from mlcli.definition.rules.base import LINE
        from mlcli.exports import values_of_cells

        made: dict[str, tuple[Any, Kind]] = {}
        for name, kind in self.needs.items():
            found: Any = columns[name]
            typed = isinstance(found, Numbers | Times) and found.kind == kind
            made[name] = (found.values if typed else [*found], kind)
            made[LINE] = (range(len(found)), "number")
        return values_of_cells.frame(made)


def derived(manifest: Manifest, columns: Iterable[str]) -> Derived | None:
    """Return what some columns of a question imply, or ``None`` for nothing.

    Nothing is imported where the rules make no feature, and no column of the domain, that
    the question lacks, out of what it has.
    """
    have = set(columns)
    asked = [feature.name for feature in manifest.features]
    asked += [c.column for predicate in manifest.domain for c in predicate.conditions]
    lacking = [name for name in dict.fromkeys(asked) if name not in have]
    reached = set(have)
    for column, origin in manifest.made:
        if origin in reached:
            reached.add(column)
    gives = tuple(name for name in lacking if name in reached)
    if not gives:
        return None
    rules = _usable(manifest, have)
    from mlcli.definition import columns_needed

    needs = columns_needed.needed(rules, dict.fromkeys(gives, "any"))
    return Derived(rules, needs, gives)


def columns_read(
    manifest: Manifest,
    columns: Sequence[str],
    place: str,
    found: Derived | None,
    label: str | None = None,
) -> dict[str, Kind]:
    """Return which columns of questions to read and as what, of those that a file has.

    They are those of the domain, what is worked out of, the features, and the label.

    Raises
    ------
    DataError
        One is missing; ``place`` is where it should stand.
    """
    tested = [c for p in manifest.domain for c in p.conditions if c.column in columns]
    wanted: dict[str, Kind] = {c.column: c.kind for c in tested}
    wanted.update({c.column: c.kind for c in tested if c.kind != "any"})
    wanted.update(found.needs if found else {})
    for feature in manifest.features:
        if feature.name in columns:
            wanted[feature.name] = feature.read_as
        elif found is None or feature.name not in found.gives:
            origin = _origin(manifest, feature.name)
            of = "" if origin == feature.name else f" to work {feature.name!r} out of"
            raise DataError(
                f"there is no column {origin!r}{of}, which {manifest.name} needs",
                place=place,
                hint=_made_in_a_source(manifest, origin)
                or near(origin, columns)
                or f"the columns are {wording.listed([*columns], most=12)}",
            )
    if label and label not in columns and (made := dict(manifest.made).get(label)):
        raise DataError(
            f"there is no column {label!r}, which holds the truth",
            place=place,
            hint=f"a rule makes it from {made!r}: write the result into the file",
        )
    if label:
        wanted[label] = manifest.target.read_as
    return wanted


def _origin(manifest: Manifest, column: str) -> str:
    """Return the column that rules after the join work a column out of, in the end."""
    made = {one: origin for one, origin in manifest.made if origin not in {"", one}}
    while column in made:
        column = made[column]
    return column


def _made_in_a_source(manifest: Manifest, column: str) -> str:
    """Return a hint for a column that a rule of a source makes, which no file has."""
    definition = definition_of(manifest)
    for name in definition.sources:
        for rule in definition.source_rules(name):
            if column in rule.implied():
                return (
                    f"{rule.says()}  makes it in source {name!r}: below  rules:  of the whole "
                    "definition, that rule would hold for such files too"
                )
    return ""


def worked_out(manifest: Manifest, columns: Mapping[str, Column]) -> Mapping[str, Column]:
    """Return what rows of the exports imply, as far as it can be worked out."""
    found = derived(manifest, columns.keys() - dict(manifest.made))
    return found.work_out(columns)[0] if found else {}


def must_agree(manifest: Manifest, question: Mapping[str, Value | None]) -> None:
    """Raise where a feature was asked for that rules make otherwise of another one.

    Raises
    ------
    AskedWronglyError
        A band and the number that it is of do not fit, or the like.
    """
    origins = {column: of for column, of in manifest.made if of != column and of in question}
    made = [f for f in manifest.features if f.name in question and f.name in origins]
    found = derived(manifest, question.keys() - {f.name for f in made}) if made else None
    if found is None:
        return
    values, reasons = found.work_out({name: [question[name]] for name in found.needs})
    for feature in made if not reasons else ():
        is_so = values[feature.name][0] if feature.name in values else question[feature.name]
        if wording.written(is_so) != wording.written(question[feature.name]):
            option, of = flag(feature.name), origins[feature.name]
            source = "--date" if of == manifest.key.name else flag(of)
            raise AskedWronglyError(
                f"{of} {wording.written(question[of])} makes {feature.name} "
                f"{wording.written(is_so)}, not {wording.written(question[feature.name])}",
                hint=f"leave {option} out",
                fix=[Fix(None, option=option), Fix(None, option=source)],
            )


def or_derive(manifest: Manifest, lacking: Sequence[str]) -> str:
    """Say where a rule has to stand that derives of the date in a source, for its rows alone."""
    sources = manifest.definition.values["sources"].values()
    rules = [rule for source in sources for rule in source.get("rules") or ()]
    made = {
        name: text
        for rule in rules
        for name, text in rule.get("derive", {}).items()
        if name in lacking and phrases.derivation(text).column == manifest.key.name
    }
    where = "below the  rules  of the whole definition, where every date has it, and fit again"
    return f",  or put  {wording.keys_in_yaml({'derive': made})}  {where}" if made else ""


def edges(manifest: Manifest, column: str, levels: Iterable[str]) -> list[str]:
    """Return the levels of a column, those that are bands of a number with their edges."""
    values = manifest.definition.values
    parts = (values, *values["sources"].values())
    rules = [rule for part in parts for rule in part.get("rules") or ()]
    bands = [rule["bands"] for rule in rules if rule.get("bands", {}).get("as") == column]
    spans = bands[0] if bands else {}
    named = sorted(levels, key=[*spans].index) if {*levels} <= spans.keys() else levels
    return [f"{level} ({spans[level]})" if level in spans else level for level in named]


def definition_of(manifest: Manifest) -> Definition:
    """Return the definition that a version was fitted from.

    Raises
    ------
    ModelError
        What was kept of it is damaged, or of a newer mlcli.
    """
    from mlcli.definition import definition as definitions

    with cargo.reading(manifest, "manifest.json"):
        return definitions.build(manifest.definition.values)


def _usable(manifest: Manifest, have: set[str]) -> list[Rule]:
    """Return what of the rules can be worked out of some columns."""
    usable = []
    for rule in definition_of(manifest).table_rules:
        possible = rule.possible(have)
        if possible is not None:
            usable.append(possible)
            have = have | possible.gives().keys()
    return usable
