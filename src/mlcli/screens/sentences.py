"""What predict says of the answer, and of what stands beside it; plain text, without rich."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, floor, fsum, log10
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.screens import in_words, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.model import Answer
    from mlcli.answering.ranges_and_decisions import Beside, Ready
    from mlcli.answering.reasons import Why
    from mlcli.store.manifest import Manifest


def question(manifest: Manifest) -> str:
    """Ask what a model answers, where nobody said it better."""
    name = manifest.label.name.replace("_", " ")
    if not manifest.answers.by_rows:
        return f"Which {name} suits your wishes?"
    amounts = manifest.target.amounts
    if amounts is None:
        return f"Which {name}?"
    unit = amounts.unit.replace("_", " ")
    if amounts.whole:
        return f"How many {unit}?"
    return f"What will {name} be?" if unit == name else f"What will {name} be, in {unit}?"


def one(manifest: Manifest, answer: Answer, ready: Ready, beside: Beside) -> str:
    """Return the line of one answer, such as ``53 doughs``, with what stands beside it."""
    said = in_words.of_answers(manifest)
    likely = said.likely(answer.answer)
    line = likely if beside.quantity is None else f"{likely} are likely"
    if ready.bounds and beside.low is not None and beside.high is not None:
        level = ranges_and_decisions.percent(ready.bounds.level)
        low, high = said.written(beside.low), said.written(beside.high)
        between = f"between {low} and {high}"
        # A note says that nothing is promised: then the line must not promise it.
        line += (
            f" ({between})"
            if beside.notes or ready.doubt
            else f" ({level} of such {ready.noun}s lie {between})"
        )
    if ready.decision and beside.quantity is not None:
        line += f"; have {said.written(beside.quantity)} ready"
        promised = not (beside.notes or ready.decision.doubt)
        line += f": {ready.decision.words(ready.noun)}" if promised else ""
    return line


def why(manifest: Manifest, answer: Answer) -> Iterator[str]:
    """Yield what made an answer, a line for each part, where that was asked for."""
    found = answer.why
    if found is None:
        return
    a_typical = f"a typical {manifest.key.noun}"
    yield from wording.wrapped(f"why: {_scale(manifest, found, a_typical)}", _ROOM)
    changed = [part for part in found.parts if part.part]
    shown, others = changed[:_MOST_PARTS], changed[_MOST_PARTS:]
    write = _writing(found)
    held = [name for part in shown[:_MOST_HELD] for name in part.features]
    with_ = ", ".join(f"{name} {_value(found.typical[name])}" for name in dict.fromkeys(held))
    beside = wording.cut(f"with {with_}", _NAME) if held else ""
    rows = [[a_typical, write.start(found.start), beside]]
    whole = [" with ".join(one.features) for one in found.parts]
    names = dict(zip(whole, wording.cut_apart(whole, _NAME), strict=True))
    rows += [
        [
            names[" with ".join(one.features)],
            write.part(one.part),
            _instead(answer, found, one.features),
        ]
        for one in shown
    ]
    if others:
        most = max(abs(one.part) for one in others)
        rest = fsum(one.part for one in others)
        each = [write.part(rest), ""] if found.adds_up else ["", f"at most {write.size(most)} each"]
        rows.append([wording.count(len(others), "other"), *each])
    if found.of or not found.adds_up:
        all_of_it = "all together" if found.adds_up else "all at once"
        rows.append([all_of_it, write.start(found.total), _probable(answer, found)])
    extra = (("never below 0", found.floor), ("rounding", found.rounding))
    rows += [[what, write.added(by), ""] for what, by in extra if by and write.shows(by)]
    for line in wording.aligned(rows, [False, True, False]):
        yield f"  {line}"
    alike = {
        name: f"{name} {_value(answer.asked[name])}" for (name, *_), part in found.parts if not part
    }
    same = [said for name, said in alike.items() if answer.asked[name] == found.typical[name]]
    idle = [said for name, said in alike.items() if answer.asked[name] != found.typical[name]]
    said = [f"as in {a_typical}: {wording.listed(same, most=6)}"] if same else []
    said += [f"without effect: {wording.listed(idle, most=6)}"] if idle else []
    said += [] if found.adds_up else [_DIFFERENCES]
    for text in said:
        yield from (f"  {line}" for line in wording.wrapped(text, _ROOM - 2))


_MOST_PARTS: Final = 8
_MOST_HELD: Final = 2
_ROOM: Final = 80
_NAME: Final = 36
_WORD: Final = 18
_DIFFERENCES: Final = "these are differences, not parts: they need not add up to the answer"
_TWICE: Final = "+0.69: twice as likely"


def _scale(manifest: Manifest, found: Why, a_typical: str) -> str:
    """Say what parts are measured in, and what becomes of them."""
    unit, of = manifest.target.unit, found.of
    match found.scale:
        case "log":
            return f"{a_typical}, multiplied by what each feature does, in {unit}"
        case "log-odds":
            what = f"log-odds of {of} against {found.against}"
            return f"parts that add up, in {what} ({_TWICE})"
        case "log score":
            what = f"log score of {of} less that of {found.against}"
            return f"parts that add up, in {what} ({_TWICE})"
        case "unit" if found.adds_up:
            return f"parts that add up, in {unit}"
        case "unit":
            what = f"in {unit}"
        case "probability":
            what = f"in the probability of {of}"
        case _:
            what = f"1 where {of} is answered, 0 where not"
    return f"{a_typical}, and what each feature alone changes, {what}"


class _Writing(NamedTuple):
    """How figures of one answer are written: with as many decimals, so that they add up."""

    decimals: int
    factors: bool

    def start(self, value: float) -> str:
        """Write what is answered for a row."""
        return f"{exp(value) if self.factors else value:,.{self.decimals}f}"

    def part(self, value: float) -> str:
        """Write what a feature does."""
        return f"× {wording.figure(exp(value))}" if self.factors else self.added(value)

    def added(self, value: float) -> str:
        """Write what is added."""
        return f"{value:+,.{self.decimals}f}"

    def size(self, value: float) -> str:
        """Write how much a part is at most."""
        return f"{value:,.{self.decimals}f}"

    def shows(self, value: float) -> bool:
        """Say whether anything is left of a figure as it is written."""
        return round(abs(value), self.decimals) > 0


def _writing(found: Why) -> _Writing:
    """Return how the figures of an answer are written: four digits of the largest."""
    factors = found.scale == "log"
    ends = [found.start, found.total]
    sizes = [exp(one) for one in ends] if factors else [*ends, *(p.part for p in found.parts)]
    largest = max(map(abs, sizes)) or 1.0
    return _Writing(min(max(3 - floor(log10(largest)), 0), 9), factors)


def _instead(answer: Answer, found: Why, features: Sequence[str]) -> str:
    """Say what a feature is, and what it is in the typical row."""
    if len(features) > 1:
        return "together, beyond what each does alone"
    (name,) = features
    both = [wording.readable(row[name]) or "none" for row in (answer.asked, found.typical)]
    return " instead of ".join(wording.cut_apart(both, _WORD))


def _value(value: object) -> str:
    return wording.cut(wording.readable(value), _WORD) or "none"


def _probable(answer: Answer, found: Why) -> str:
    """Say what the total makes of the answered class."""
    if not found.against:
        return ""
    return f"{wording.share((answer.probabilities or {})[found.of])} {found.of}"


def head(ready: Ready) -> list[str]:
    """Return what the columns beside the answers of a list are called."""
    return [
        *(["low", "high"] if ready.bounds else []),
        *(["have ready"] if ready.decision else []),
    ]


def cells(manifest: Manifest, ready: Ready, beside: Beside) -> list[str]:
    """Return the cells of one answer in those columns."""
    numbers = [
        *([beside.low, beside.high] if ready.bounds else []),
        *([beside.quantity] if ready.decision else []),
    ]
    written = in_words.of_answers(manifest).written
    return ["-" if number is None else written(number) for number in numbers]


def surety(answer: Answer) -> str:
    """Return how probable the answered class is."""
    shares = answer.probabilities
    return "" if shares is None else wording.share(shares[str(answer.answer)])


def tell_below(manifest: Manifest, ready: Ready) -> None:
    """Print what many answers mean, and how far they may be off."""
    for text in _below(ready):
        say.note(text, always=False)
    for text in in_words.of_answers(manifest).trust():
        say.note(text, always=not manifest.rows.holdout)


def _below(ready: Ready) -> Iterator[str]:
    """Yield what many answers mean, once for all of them; or why there are no quantities."""
    if ready.bounds and not ready.doubt:
        level = ranges_and_decisions.percent(ready.bounds.level)
        yield f"low, high: {level} of such {ready.noun}s lie between them"
    if ready.decision and not (ready.decision.refusal() or ready.decision.doubt):
        yield f"to have ready: {ready.decision.words(ready.noun)}"
    yield from (f"note: {note}" for note in ready.notes)
