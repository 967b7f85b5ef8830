"""Options made from the fitted models: their features, levels and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from mlcli import project, store
from mlcli.errors import (
    AskedWronglyError,
    EnvironmentProblemError,
    MlcliError,
    ModelError,
)
from mlcli.flags import flag
from mlcli.inputs import CategoryInput, Input
from mlcli.manifest import Manifest


def models(incomplete: str) -> list[str]:
    """Complete the name of a model."""
    return [
        name for name in store.names(project.find(Path.cwd()).models) if name.startswith(incomplete)
    ]


def only(names: Sequence[str]) -> str:
    """Return the one name there is.

    Raises
    ------
    ModelError
        There is none.
    AskedWronglyError
        There are several.
    """
    if not names:
        raise ModelError("nothing is fitted yet", hint="fit a definition first:  mlcli fit")
    if len(names) > 1:
        raise AskedWronglyError(
            f"there are several models: {', '.join(names)}", hint=f"say which:  -m {names[0]}"
        )
    return names[0]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The fitted models of a project: those that can be read, and what is wrong with the others."""

    manifests: Mapping[str, Manifest]
    errors: Mapping[str, MlcliError]

    def features(self) -> dict[str, list[tuple[str, Input]]]:
        """Return, by option, the features it stands for and their models."""
        found: dict[str, list[tuple[str, Input]]] = {}
        for name, manifest in self.manifests.items():
            for feature in manifest.features:
                found.setdefault(flag(feature.name), []).append((name, feature))
        return found

    def choose(self, named: str | None, asked: Sequence[str], *, complete: bool) -> Manifest:
        """Return the model that a question is for.

        Parameters
        ----------
        named
            The model, if ``-m`` says which.
        asked
            The options of features that were given.
        complete
            Whether the features given are all there will be.

        Raises
        ------
        AskedWronglyError
            No model, or several, have the features named.
        ModelError
            There is no such model, or it is damaged.
        """
        if named is not None:
            if named in self.errors:
                raise self.errors[named]
            manifest = self.manifests.get(named) or store.read(
                project.find(Path.cwd()).models, named
            )
            self._must_know(manifest, asked)
            return manifest
        for error in self.errors.values():
            raise error
        fit = [m for m in self.manifests.values() if set(asked) <= _flags(m)]
        if complete:
            whole = [m for m in fit if _required(m) <= set(asked)]
            fit = whole or fit
        if asked and not fit:
            raise AskedWronglyError(
                f"no one model has {' and '.join(asked)}",
                hint="; ".join(
                    f"{m.name} has {' '.join(sorted(_flags(m)))}" for m in self.manifests.values()
                ),
            )
        return self.manifests[only([m.name for m in fit])]

    @staticmethod
    def _must_know(manifest: Manifest, asked: Sequence[str]) -> None:
        foreign = [option for option in asked if option not in _flags(manifest)]
        if foreign:
            raise AskedWronglyError(
                f"{manifest.name} has no {' or '.join(foreign)}",
                hint=f"it has {' '.join(sorted(_flags(manifest)))}",
            )


def _flags(manifest: Manifest) -> set[str]:
    return {flag(feature.name) for feature in manifest.features}


def _required(manifest: Manifest) -> set[str]:
    return {flag(feature.name) for feature in manifest.features if not feature.optional}


def shelf() -> Shelf:
    """Read the manifests of the project that the current folder is in."""
    folder = project.find(Path.cwd()).models
    manifests: dict[str, Manifest] = {}
    errors: dict[str, MlcliError] = {}
    for name in store.names(folder):
        try:
            manifests[name] = store.read(folder, name)
        except (ModelError, EnvironmentProblemError) as error:  # told when it is asked for
            errors[name] = error
    return Shelf(manifests, errors)


def parameters(found: Shelf) -> list[Parameter]:
    """Return one parameter for each option that asks for a feature."""
    return [
        Parameter(
            f"feature_{i}",
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(
                    option,
                    metavar="NUMBER" if all(f.kind == "number" for _, f in features) else "WORD",
                    help="; ".join(f"{model}: {f.describe()}" for model, f in features),
                    autocompletion=_levels([f for _, f in features]),
                ),
            ],
        )
        for i, (option, features) in enumerate(found.features().items())
    ]


def _levels(features: Sequence[Input]) -> Callable[[str], list[str]]:
    levels = [level for f in features if isinstance(f, CategoryInput) for level in f.levels]

    def complete(incomplete: str) -> list[str]:
        """Go on as the word was begun: values match in any case, and shells only by letter."""
        begun = incomplete.casefold()
        return [
            incomplete + level[len(incomplete) :]
            for level in levels
            if level.casefold().startswith(begun)
        ]

    return complete


def given(found: Shelf, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of features that were used, and their texts."""
    return {
        option: values[f"feature_{i}"]
        for i, option in enumerate(found.features())
        if values.get(f"feature_{i}") is not None
    }
