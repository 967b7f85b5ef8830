"""How soon is said what cannot be: a fault in the last line, ids, a matrix beyond memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agreement import DisagreeError
from contenders import MLCLI, Contender, Limit, Section, first_complaint
from shared import FAULT

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = 8_000_000_000
"""Bytes of addresses for what would otherwise take all there is."""
_AT_FAULT: Final = 3
_REFUSED: Final = (2, 3, 6)
_WHY: Final = {"words": "different words in", "beyond": "a matrix of"}


def fault(folder: Path) -> Section:
    """Return a fit with a fault in the last line, beside a sound one."""

    def check(found: dict[str, Any]) -> str:
        said: str = found["fault"]
        if "data/fault.csv:" not in said or FAULT not in said:
            raise DisagreeError(f"the fault is told as {said!r}")
        return said

    def fit(shown: str, name: str, code: int) -> Contender:
        return Contender(
            name=shown,
            words=(*MLCLI, "fit", name),
            found=first_complaint,
            codes=(code,),
            makes=(folder / "models",),
        )

    return Section(
        folder=folder,
        contenders=(fit("sound", "linear", 0), fit("fault", "fault", _AT_FAULT)),
        limits=(Limit("fault", "time", 2, "sound"),),
        check=check,
        reads=(folder / "data" / "deliveries.csv", folder / "data" / "fault.csv"),
    )


def refused(folder: Path) -> Section:
    """Return a fit that is to be refused early; the definition has the name of the folder."""

    def check(found: dict[str, Any]) -> str:
        said: str = found["mlcli"]
        if _WHY[folder.name] not in said:
            raise DisagreeError(f"the refusal is told as {said!r}")
        return said

    fit = Contender(
        name="mlcli",
        words=(*MLCLI, "fit", folder.name),
        found=first_complaint,
        codes=_REFUSED,
        makes=(folder / "models",),
        most_memory=_MOST,
    )
    return Section(
        folder=folder,
        contenders=(fit,),
        limits=(Limit("mlcli", "seconds", 15), Limit("mlcli", "MB", 1000)),
        check=check,
    )
