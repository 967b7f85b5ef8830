"""What one answer costs, of an installed wheel, beside a command that does nothing."""

from __future__ import annotations

import shutil
import sysconfig
from typing import TYPE_CHECKING, Any, Final

from agreement import DisagreeError
from contenders import HERE, Contender, Limit, Section, must

if TYPE_CHECKING:
    from pathlib import Path

_TIMES: Final = 1.4
_OF_THE_WHEEL: Final = ("src", "pyproject.toml", "README.md", "LICENSE")


def answer(folder: Path) -> Section:
    """Return one answer from an equation."""
    more = (Limit("mlcli", "MB", 24),)
    return _started(folder, ("predict", "--reservations", "15"), ("--reservations", "15"), more)


def helped(folder: Path) -> Section:
    """Return ``--help``."""
    return _started(folder, ("--help",), ("--help",), ())


def _started(
    folder: Path, ours: tuple[str, ...], theirs: tuple[str, ...], more: tuple[Limit, ...]
) -> Section:
    """Return mlcli beside a Typer command that does nothing, in one environment.

    Python is told to take no notice of variables: else one may name a checkout of mlcli.
    """
    installed = folder.parent / "installed"
    python, program = installed / "bin" / "python", installed / "bin" / "mlcli"
    nothing = str(HERE / "plain" / "do_nothing.py")

    def prepare() -> None:
        _install(installed)
        must(("-m", "mlcli", "fit", "pizzeria"), folder)

    def check(found: dict[str, Any]) -> str:
        if not found["mlcli"] or not found["typer"]:
            raise DisagreeError("nothing was printed")
        return f"mlcli prints: {found['mlcli'].strip().splitlines()[0]}"

    return Section(
        folder=folder,
        contenders=(
            Contender(name="typer", words=("-E", nothing, *theirs), python=str(python)),
            Contender(name="mlcli", words=("-E", str(program), *ours), python=str(python)),
        ),
        limits=(Limit("mlcli", "time", _TIMES, "typer"), *more),
        check=check,
        prepare=prepare,
    )


def _install(folder: Path) -> None:
    """Make an environment with a wheel of mlcli, and with what this one has beside it.

    Raises
    ------
    FailedError
        The wheel cannot be built or installed, such as for want of what builds it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    must(("-m", "venv", "--without-pip", str(folder)), folder.parent)
    source, wheels = folder / "source", folder / "wheels"
    source.mkdir()
    for name in _OF_THE_WHEEL:
        copy = shutil.copytree if (HERE.parent / name).is_dir() else shutil.copyfile
        copy(HERE.parent / name, source / name)
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
    must((*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(source)), folder)
    (wheel,) = wheels.glob("*.whl")
    into = ("--python", str(folder / "bin" / "python"))
    must((*pip, *into, "install", "--no-deps", str(wheel)), folder)
    beside = next((folder / "lib").glob("python*/site-packages")) / "beside.pth"
    beside.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
