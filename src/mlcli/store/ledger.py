"""Where every row went, from the files to the rows that were learned from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from mlcli.grammar.cells import Json

    Frame = nw.DataFrame[Any]


@dataclass(slots=True)
class Counted:
    """How many rows came to a rule, and how many it passed on.

    ``outcome`` says what became of the others. ``lost`` holds the first rows that it left out,
    where that was asked for; neither is part of what is kept of a fit.
    """

    rule: str
    because: str = ""
    rows_in: int = 0
    rows_out: int = 0
    outcome: str = ""
    lost: list[Frame] = field(default_factory=list)

    def to_json(self) -> Json:
        """Return plain data for the manifest."""
        return {
            "rule": self.rule,
            "because": self.because,
            "in": self.rows_in,
            "out": self.rows_out,
        }

    @staticmethod
    def from_json(data: Json) -> Counted:
        """Rebuild what ``to_json`` wrote."""
        return Counted(data["rule"], data["because"], data["in"], data["out"])


@dataclass(slots=True)
class SourceCount:
    """The rows of one export, and what its rules made of them.

    ``keep`` is how many rows to remember of those that each rule leaves out.
    """

    name: str
    file: str
    files: tuple[str, ...] = ()
    rules: list[Counted] = field(default_factory=list)
    rows: int = 0
    rows_out: int = 0
    keep: int = 0

    def to_json(self) -> Json:
        """Return plain data for the manifest."""
        rules = [rule.to_json() for rule in self.rules]
        return {
            "source": self.name,
            "file": self.file,
            "rows": self.rows,
            "rules": rules,
            "out": self.rows_out,
        }

    @staticmethod
    def from_json(data: Json) -> SourceCount:
        """Rebuild what ``to_json`` wrote."""
        rules = list(map(Counted.from_json, data["rules"]))
        counts = {"rows": data["rows"], "rows_out": data["out"]}
        return SourceCount(data["source"], data["file"], rules=rules, **counts)


@dataclass(slots=True)
class Ledger:
    """The whole account of a definition's rows.

    ``left_out`` holds, by reason, the rows that no rule dropped and that were not
    learned from all the same; ``examples`` names a few of them. ``notes`` say what may
    not be meant of the columns that came.
    """

    sources: list[SourceCount] = field(default_factory=list)
    joined: int = 0
    rules: list[Counted] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    used: int = 0
    notes: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, names: list[str]) -> None:
        """Note rows that are not learned from, and why."""
        if names:
            self.left_out[reason] = len(names)
            self.examples[reason] = names[:100]

    def losses(self) -> str:
        """Say where rows were lost: left out by reason, dropped by rule."""
        lost = [f"{count:,} left out: {reason}" for reason, count in self.left_out.items()]
        lost += [
            f"{rule.rows_in - rule.rows_out:,} dropped: {rule.rule}"
            for rule in self.rules
            if rule.rows_in > rule.rows_out
        ]
        return "; ".join(lost)

    def to_json(self) -> Json:
        """Return plain data for the manifest."""
        return {
            "sources": [source.to_json() for source in self.sources],
            "joined": self.joined,
            "rules": [rule.to_json() for rule in self.rules],
            "left_out": self.left_out,
            "examples": self.examples,
            "used": self.used,
        }

    @staticmethod
    def from_json(data: Json) -> Ledger:
        """Rebuild what ``to_json`` wrote."""
        return Ledger(
            list(map(SourceCount.from_json, data["sources"])),
            data["joined"],
            list(map(Counted.from_json, data["rules"])),
            data["left_out"],
            data["examples"],
            data["used"],
        )
