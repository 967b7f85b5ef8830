"""The cargo of a version: read only after its digest was found to match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlcli.answering.equation import STEPS, Equation
from mlcli.errors import ModelError
from mlcli.store import files, records
from mlcli.store.manifest import digest

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlcli.answering.catalogue import Catalogue
    from mlcli.answering.predicting import Estimator
    from mlcli.answering.scoring import Facts
    from mlcli.store.manifest import Manifest


def read(manifest: Manifest, file: str) -> bytes:
    """Return the bytes of one cargo file, after its digest was found to match.

    Raises
    ------
    ModelError
        The file is missing or damaged.
    """
    place = f"models/{manifest.name}/{manifest.version}/{file}"
    raw = files.bytes_of(manifest.folder / file, place, manifest.name)
    if digest(raw) != manifest.digests.cargo.get(file):
        raise files.damaged(place, manifest.name, "its digest differs from the one in the manifest")
    return raw


def reading(manifest: Manifest, file: str) -> AbstractContextManager[None]:
    """Say that a cargo file is damaged where what it holds cannot be made sense of."""
    return files.as_stored(f"models/{manifest.name}/{manifest.version}/{file}", manifest.name)


def read_json(manifest: Manifest, file: str) -> Any:
    """Return what a cargo file holds as JSON, its digest checked.

    Raises
    ------
    ModelError
        The file is missing or damaged.
    """
    place = f"models/{manifest.name}/{manifest.version}/{file}"
    return files.json_of(read(manifest, file), place, manifest.name)


def load_equation(manifest: Manifest) -> Equation | None:
    """Return the closed form of a model, if it has one.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    file = "equation.json"
    if file not in manifest.digests.cargo:
        return None
    data = read_json(manifest, file)
    with reading(manifest, file):
        equation = Equation(tuple(records.of_kind(STEPS, one, "step") for one in data))
    width = sum(feature.width for feature in manifest.features)
    if not equation.fits(width, manifest.target.width):
        place = f"models/{manifest.name}/{manifest.version}/{file}"
        raise files.damaged(place, manifest.name, "it is no equation")
    return equation


def load_catalogue(manifest: Manifest) -> tuple[Catalogue, Facts]:
    """Return the things of a catalogue, and what was learned of them.

    Raises
    ------
    ModelError
        They are missing or damaged.
    """
    from mlcli.answering import ranking, scoring
    from mlcli.answering.catalogue import Catalogue

    file, lists = "catalogue.json", manifest.lists
    shape = len(ranking.columns(lists.order)), len(lists.show)
    data = read_json(manifest, file)
    lines = read(manifest, "things.jsonl")
    with reading(manifest, file):
        catalogue = Catalogue.read(data, lines)
        catalogue.check(sum(f.width for f in manifest.features), shape)
        return catalogue, scoring.facts(catalogue, data["how"], data["smoothing"])


def load_estimator(manifest: Manifest) -> Estimator:
    """Return the stored scikit-learn estimator: the only place that unpickles.

    Raises
    ------
    ModelError
        It is damaged, names something no model does, or needs another scikit-learn.
    """
    from importlib.metadata import version

    from mlcli.store import trusted_pickle

    raw = read(manifest, "model.joblib")
    for library in ("scikit-learn", "numpy"):
        was, now = manifest.libraries.get(library, "an unknown version"), version(library)
        if was.split(".")[:2] != now.split(".")[:2]:
            raise ModelError(
                f"{manifest.id} was fitted with {library} {was}, and this is {now}",
                hint=f"fit it again:  mlcli fit {manifest.name}",
            )
    return trusted_pickle.load(raw, place=f"models/{manifest.name}/{manifest.version}/model.joblib")
