"""What a stored version answered for the rows that it was judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.learning.judged import HELD_OUT, Judged
from mlcli.store import cargo

if TYPE_CHECKING:
    from mlcli.answering.target import Target
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
