"""What a stored version answered for the rows that it was judged on."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.errors import DataError
from mlcli.judging.same_rows import aligned
from mlcli.learning.judged import HELD_OUT, Judged
from mlcli.store import cargo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.answering.target import Target
    from mlcli.statistics.arrays import Rows
    from mlcli.store.manifest import Manifest


def kept(manifest: Manifest) -> Judged | None:
    """Return the rows held out when a version was fitted; ``None`` where none were.

    Raises
    ------
    ModelError
        The file that holds them is missing or damaged.
    """
    if not manifest.rows.holdout:
        return None
    target = judged_target(manifest)
    rows = cargo.read_json(manifest, HELD_OUT)
    with cargo.reading(manifest, HELD_OUT):
        judged = Judged.from_json(rows, target)
        judged.answers(target)
        return judged


def judged_target(manifest: Manifest) -> Target:
    """Return what the judged model answered: the final one may know more classes."""
    return manifest.target.judged(manifest.blind)


def shared(kept: Mapping[str, Judged], *, same_exports: bool) -> tuple[dict[str, Rows], bool]:
    """Return the rows that were held out from all versions, of each, and whether some are alike.

    Of several rows with one key, such as those of a day, it is not known which is which where
    versions have not as many of them, or labels in another order: such rows are left out.

    Parameters
    ----------
    kept
        The rows held out, by version.
    same_exports
        Whether all versions were fitted from the same bytes.

    Raises
    ------
    DataError
        No row is left, or one has another label.
    """
    rows = dict(zip(kept, aligned([*map(_named, kept.values())]), strict=True))
    again = "fit them again on the same exports with the same  holdout:  and compare those versions"
    (first, one), *others = kept.items()
    if not len(rows[first]):
        spans = "; ".join(f"{name} held out {_span(judged)}" for name, judged in kept.items())
        raise DataError(f"no row was held out from all of them: {spans}", hint=again)
    unclear = _unclear([*kept.values()])
    sure = [one.keys[at] not in unclear for at in rows[first]]
    if not any(sure):
        raise DataError(
            "the held-out rows of these versions cannot be told apart: several have the same name, "
            f"such as {next(one.keys[at] for at in rows[first])}",
            hint="compare definitions, which learn from the same rows:  mlcli compare NAME NAME",
        )
    rows = {name: places[sure] for name, places in rows.items()}
    ours = one.truths[rows[first]]
    for name, judged in others:
        theirs = judged.truths[rows[name]]
        if changed := int((ours != theirs).sum()):
            at = int((ours != theirs).argmax())
            a, b = (
                f"{side[at]:.12g}" if judged.truths.dtype.kind == "f" else side[at]
                for side in (ours, theirs)
            )
            made = "their definitions make other labels of the same exports"
            why = made if same_exports else "the exports have changed since"
            raise DataError(
                f"{wording.count(changed, 'row')} held out from both "
                f"{'has' if changed == 1 else 'have'} another label: "
                f"{one.keys[rows[first][at]]} is {a} for {first}, and {b} for {name}",
                hint=f"{why}; {again}",
            )
    return rows, not all(sure)


def _named(judged: Judged) -> list[tuple[str, int]]:
    """Return the key of each row, and the how-manieth it is of those with that key."""
    seen: defaultdict[str, count[int]] = defaultdict(count)
    return [(key, next(seen[key])) for key in judged.keys]


def _unclear(kept: Sequence[Judged]) -> set[str]:
    """Return the keys of several rows of which it is not known which is which."""
    labels = list[dict[str, list[object]]]()
    often = set[str]()
    for judged in kept:
        found: defaultdict[str, list[object]] = defaultdict(list)
        for key, truth in zip(judged.keys, judged.truths.tolist(), strict=True):
            found[key].append(truth)
        labels.append(found)
        often |= {key for key, many in found.items() if len(many) > 1}
    return {key for key in often if any(one.get(key) != labels[0].get(key) for one in labels)}


def _span(judged: Judged) -> str:
    return f"{wording.count(len(judged.keys), 'row')}, {judged.keys[0]} to {judged.keys[-1]}"
