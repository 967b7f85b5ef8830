"""The models that are served: each loaded whole, and exchanged for a newer version at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from mlcli.errors import EnvironmentProblemError, MlcliError, ModelError, did_you_mean
from mlcli.store import cargo, runs, versions
from mlcli.verbs import ask, ask_range

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from mlcli.answering.model import Model
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.store.manifest import Manifest
    from mlcli.store.versions import Stamp
    from mlcli.verbs.recommend import Things


class ServedModel:
    """One version of a model, with all that answers need; nothing of it changes.

    ``fitted`` is when it was learned; ``model`` and ``ready`` are there where rows are
    answered, ``things`` where things are suggested.
    """

    fitted: datetime | None = None
    model: Model | None = None
    ready: Ready | None = None
    things: Things | None = None

    def __init__(self, manifest: Manifest, models: Path) -> None:
        self.manifest = manifest.whole()
        with suppress(
            EnvironmentProblemError
        ):  # a history that cannot be read: it answers all the same
            self.fitted = runs.fitted_at(manifest, models)
        if manifest.answers.by_rows:
            self.model, self.ready = ask.load(manifest), ask_range.ready(manifest, None)
        else:
            self.things = cargo.load_catalogue(manifest)


class ServedModels:
    """The models of a project, by name, as they stand on disk."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._held: dict[str, tuple[Stamp | None, ServedModel | MlcliError]] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}

    def load(self) -> None:
        """Load every model there is."""
        for name in versions.names(self._models):
            self._load(name)

    def names(self) -> list[str]:
        """Return the names of the models, in order."""
        return versions.names(self._models)

    async def get(self, name: str) -> ServedModel:
        """Return a model as it is held; where ``current`` changed, have the new one loaded.

        Who asks meanwhile is answered by the version that is held.

        Raises
        ------
        MlcliError
            There is no such model, or it is damaged.
        """
        if not versions.is_name(name):
            raise self._no_model(name)
        stamp, (known, _) = versions.stamp(self._models, name), self._held.get(name, (None, None))
        if stamp is None:
            self._held.pop(name, None)
            raise self._no_model(name)
        if stamp != known:
            loading = self._loading.get(name)
            if loading is None:
                loading = asyncio.create_task(asyncio.to_thread(self._load, name))
                self._loading[name] = loading
                loading.add_done_callback(lambda _: self._loading.pop(name, None))
            if known is None:
                await asyncio.shield(loading)  # others wait for it too
        _, held = self._held.get(name, (None, None))
        if held is None:  # it was taken away meanwhile
            raise self._no_model(name)
        if isinstance(held, MlcliError):
            raise held
        return held

    def _no_model(self, name: str) -> ModelError:
        return NoModelError(f"there is no model {name!r}", hint=did_you_mean(name, self.names()))

    def _load(self, name: str) -> None:
        """Load a model whole, then put it in the place of the one that was held."""
        stamp = versions.stamp(self._models, name)
        try:
            held: ServedModel | MlcliError = ServedModel(
                versions.read(self._models, name), self._models
            )
        except MlcliError as error:
            held = error
        self._held[name] = (stamp, held)


class NoModelError(ModelError):
    """No model has the name that is asked for."""
