"""What made an answer of a stored model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.answering import reasons
from mlcli.errors import ModelError
from mlcli.store import cargo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlcli.answering.model import Answer, Model
    from mlcli.store.manifest import Manifest


def each_explained(manifest: Manifest, model: Model, answers: Iterable[Answer]) -> list[Answer]:
    """Return answers with what made each; one that is refused has none.

    Raises
    ------
    ModelError
        As for `explained`.
    """
    return [one if one.refused else explained(manifest, model, one) for one in answers]


def explained(manifest: Manifest, model: Model, answer: Answer) -> Answer:
    """Return an answer with what made it.

    Raises
    ------
    ModelError
        An older mlcli fitted the model, and kept no typical row.
    """
    if manifest.typical is None:
        raise ModelError(
            f"{manifest.id} was fitted by an older mlcli, which kept no typical row to begin with",
            hint=f"fit it again:  mlcli fit {manifest.name}",
        )
    with cargo.reading(manifest, "manifest.json"):
        return answer._replace(why=reasons.why(model, answer, manifest.typical))
