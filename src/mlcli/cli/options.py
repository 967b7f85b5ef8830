"""Options made from the fitted models: their features, levels and names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature
from itertools import pairwise
from typing import Annotated, Any, Final, NamedTuple, NoReturn

import typer

from mlcli import wording
from mlcli.answering.features import Input, flag
from mlcli.errors import (
    AskedWronglyError,
    EnvironmentProblemError,
    Fix,
    MlcliError,
    ModelError,
    meant,
)
from mlcli.store import versions
from mlcli.store.manifest import Manifest
from mlcli.verbs import ask, implied, project


def models(incomplete: str) -> list[str]:
    """Complete the name of a model."""
    return [
        name
        for name in versions.names(project.find(project.here()).models)
        if name.startswith(incomplete)
    ]


def stored_versions(incomplete: str) -> list[str]:
    """Complete the name of a stored version, such as ``pizzeria@2``."""
    folder, name = project.find(project.here()).models, incomplete.partition("@")[0]
    if "@" not in incomplete:
        return [f"{one}@" for one in models(incomplete)]
    known = versions.versions(folder, name) if versions.is_name(name) else []
    found = [f"{name}@{number}" for number in known]
    return [one for one in found if one.startswith(incomplete)]


def definitions(incomplete: str) -> list[str]:
    """Complete the name of a definition."""
    found = project.find(project.here()).definitions()
    return [wording.plain(path.stem) for path in found if path.stem.startswith(incomplete)]


def only(names: Sequence[str], by: str = "-m") -> str:
    """Return the one name there is; ``by`` is what stands before one.

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
            f"there are several models: {', '.join(names)}",
            hint=f"say which:  {by} {names[0]}",
            fix=[Fix(name, option=by) for name in names if by == "-m"],
        )
    return names[0]


def stored(name: str) -> Manifest:
    """Return the manifest of the model that ``-m`` names, or of a version of it: ``NAME@2``.

    Raises
    ------
    AskedWronglyError
        It names no version.
    ModelError
        There is none, or it is damaged.
    """
    try:
        return project.find(project.here()).stored(name)
    except ModelError as error:
        fix = tuple(Fix(near, option="-m") for near in meant(error.hint))
        error.problems = (error.problems[0]._replace(fix=fix), *error.problems[1:])
        raise


class Shelf(NamedTuple):
    """The fitted models of a project: those that can be read, and what is wrong with the others.

    ``verb`` is the command that asks: ``recommend`` asks catalogues, ``predict`` the others.
    """

    manifests: Mapping[str, Manifest]
    errors: Mapping[str, MlcliError]
    verb: str = "predict"

    def ours(self) -> dict[str, Manifest]:
        """Return the models that this command asks."""
        return {name: m for name, m in self.manifests.items() if m.answers.verb == self.verb}

    @property
    def lacks_options(self) -> bool:
        """Say whether a model that is asked may have options that are not known."""
        return not self.ours() or any("@" in name for name in self.errors)

    def features(self) -> dict[str, list[tuple[str, Input]]]:
        """Return, by option, the features it stands for and their models."""
        found: dict[str, list[tuple[str, Input]]] = {}
        for name, manifest in self.manifests.items():
            for feature in manifest.features:
                found.setdefault(flag(feature.name), []).append((name, feature))
        return found

    def choose(
        self,
        named: str | None,
        asked: Sequence[str],
        *,
        complete: bool = False,
        dated: bool = False,
    ) -> Manifest:
        """Return the model that a question is for.

        Parameters
        ----------
        named
            The model, if ``-m`` says which.
        asked
            The options of features that were given.
        complete
            Whether the features given are all there will be, and all are needed.
        dated
            Whether a date tells the rest.

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
            manifest = self.manifests.get(named) or stored(named)
            ask.must_be_asked_by(self.verb, manifest, asked)
            ask.must_know(manifest, asked)
            return manifest
        for error in self.errors.values():
            raise error
        fit = [m for m in self.ours().values() if set(asked) <= _flags(m)]
        if dated:
            fit = [m for m in fit if m.key.unit] or fit
        if complete:
            whole = [m for m in fit if _required(m) <= set(asked)]
            fit = whole or fit
        if not fit and self.manifests:
            self._no_model(asked)
        return self.manifests[only([m.name for m in fit])]

    def _no_model(self, asked: Sequence[str]) -> NoReturn:
        """Say that no model of this command has some options, and which one might."""
        if not asked and len(self.manifests) > 1:
            first = next(iter(self.manifests.values()))
            raise AskedWronglyError(
                f"none of {wording.both([*self.manifests])} is asked with  mlcli {self.verb}",
                hint=f"ask one with  mlcli {first.answers.verb} -m {wording.quoted(first.name)}",
            )
        for manifest in self.manifests.values():
            if set(asked) <= _flags(manifest):
                ask.must_be_asked_by(self.verb, manifest, asked)
        others = self.ours().values() or self.manifests.values()
        raise AskedWronglyError(
            f"no one model has {wording.both(asked)}",
            hint="; ".join(f"{m.name} has {' '.join(sorted(_flags(m)))}" for m in others),
        )


def _flags(manifest: Manifest) -> set[str]:
    return {flag(feature.name) for feature in manifest.features}


def _required(manifest: Manifest) -> set[str]:
    return {*map(flag, manifest.needed)}


def shelf(verb: str, words: Sequence[str] = ()) -> Shelf:
    """Read the manifests of the project; of a version that ``words`` name, its own too."""
    folder = project.find(project.here()).models
    manifests: dict[str, Manifest] = {}
    errors: dict[str, MlcliError] = {}
    for name in versions.names(folder):
        try:
            manifests[name] = versions.read(folder, name)
        except (ModelError, EnvironmentProblemError) as error:  # told when it is asked for
            errors[name] = error
    for version in _versions_named(words):
        try:
            manifests[version] = stored(version)
        except MlcliError as error:
            errors[version] = error
    return Shelf(manifests, errors, verb)


def _versions_named(words: Sequence[str]) -> list[str]:
    """Return what ``-m`` names, where it is a version."""
    apart = [word for before, word in pairwise(words) if before in {"-m", "--model"}]
    joined = [word.partition("=")[2] for word in words if word.startswith("--model=")]
    return [name for name in (*apart, *joined) if "@" in name]


def parameters(found: Shelf) -> list[Parameter]:
    """Return one parameter for each option that asks for a feature.

    Those of models that another command asks are known, so that they can be refused, and
    are not shown.
    """
    ours = found.ours()
    return [
        Parameter(
            f"{_FEATURE}{i}",
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                list[str] | None,  # so that a second one can be refused, or be another tag
                typer.Option(
                    option,
                    metavar="NUMBER"
                    if all(f.read_as == "number" for model, f in features if model in ours)
                    else "WORD",
                    help=wording.plain(
                        "; ".join(
                            f"{model}: {_described(ours[model], f)}"
                            for model, f in features
                            if model in ours
                        )
                    ),
                    hidden=not any(model in ours for model, _ in features),
                    autocompletion=_levels([f for model, f in features if model in ours]),
                ),
            ],
        )
        for i, (option, features) in enumerate(found.features().items())
    ]


def _described(manifest: Manifest, feature: Input) -> str:
    """Say what an option takes; bands of a number with their edges."""
    bands = implied.edges(manifest, feature.name, feature.levels)
    if bands == [*feature.levels]:
        return feature.describe()
    return f"one of {wording.listed(bands, most=12)}"


def is_feature(option: Any) -> bool:
    """Say whether an option asks for a feature, and is shown."""
    return option.name.startswith(_FEATURE) and not option.hidden


def _levels(features: Sequence[Input]) -> Callable[[str], list[str]]:
    levels = list(dict.fromkeys(wording.plain(level) for f in features for level in f.levels))

    def complete(incomplete: str) -> list[str]:
        """Go on as the word was begun: values match in any case, and shells only by letter."""
        begun = incomplete.casefold()
        found = [
            incomplete + level[len(incomplete) :]
            for level in levels
            if level.casefold().startswith(begun)
        ]
        bash = os.environ.get("_MLCLI_COMPLETE", "").endswith("bash")  # the others quote themselves
        return [_escaped(level) for level in found] if bash else found

    return complete


def _escaped(word: str) -> str:
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", word)


def given(found: Shelf, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the options of features that were used, each with all its texts."""
    return {
        option: values[f"{_FEATURE}{i}"]
        for i, option in enumerate(found.features())
        if values.get(f"{_FEATURE}{i}")
    }


_FEATURE: Final = "feature_"


class Fixed(NamedTuple):
    """An option that is the same for every model; ``also`` are shorter names of it.

    ``more`` is what else Typer says of it.
    """

    name: str
    kind: Any
    what: str
    also: tuple[str, ...]
    default: Any
    more: Mapping[str, Any]


def fixed(name: str, kind: Any, what: str, *also: str, default: Any = None, **more: Any) -> Fixed:
    """Return an option that is the same for every model."""
    return Fixed(name, kind, what, also, default, more)


def switch(name: str, what: str, *also: str) -> Fixed:
    """Return an option that is on or off."""
    return fixed(name, bool, what, *also, default=False)


def beside(found: Shelf, options: Sequence[Fixed]) -> list[Parameter]:
    """Return options that are the same for every model, beside those of features.

    Where a feature has the name of one, that one is called ``--mlcli-why`` and the like, so
    that a model fitted before there was such an option can still be asked.
    """
    taken = found.features()
    return [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=one.default,
            annotation=Annotated[
                one.kind,
                typer.Option(
                    f"--mlcli-{one.name}" if f"--{one.name}" in taken else f"--{one.name}",
                    *one.also,
                    help=one.what,
                    **one.more,
                ),
            ],
        )
        for one in options
    ]


Plot = Annotated[
    bool,
    typer.Option("--plot", help="Also draw it; with --json, on stderr."),
]
"""Whether pictures in characters are wanted."""


Said = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Another value of a key for this run, such as model=ridge; the file stays as it is.",
    ),
]
"""The keys of a definition that are set for one run."""


_MODEL = "Which model; needed if several fit."
MODEL: Final = fixed("model", str | None, _MODEL, "-m", metavar="NAME", autocompletion=models)
JSON: Final = switch("json", "Print one JSON object.")


def command(
    function: Callable[..., None], parameters: Sequence[Parameter], help_text: str
) -> Callable[..., None]:
    """Return a function that takes options by keyword as a command that Typer understands."""
    function.__signature__ = Signature(parameters)  # type: ignore[attr-defined] # inspect reads it
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    function.__doc__ = help_text
    return function
