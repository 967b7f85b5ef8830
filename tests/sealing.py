"""What tests of the store share: pictures of folders, and forged models whose digests all match."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def picture(folder: Path) -> dict[str, bytes | None]:
    """Return every path below a folder and the bytes of the files; folders have none."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else None
        for p in sorted(folder.rglob("*"))
    }


def version_folder(models: Path, name: str) -> Path:
    return models / name / str(json.loads((models / name / "current").read_bytes())["version"])


def forge(
    models: Path,
    name: str,
    cargo: dict[str, bytes] | None = None,
    change: Callable[[dict[str, Any]], object] | None = None,
) -> None:
    """Change cargo and manifest of the current version so that every digest still matches.

    Written out once more, not with the functions of the store, so that it also says what
    a model folder is.
    """
    folder = version_folder(models, name)
    data = json.loads((folder / "manifest.json").read_bytes())
    for file, raw in (cargo or {}).items():
        (folder / file).write_bytes(raw)
        data["digests"]["cargo"][file] = hashlib.sha256(raw).hexdigest()
    if change is not None:
        change(data)
    data.pop("digest", None)
    flat = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    data["digest"] = hashlib.sha256(flat).hexdigest()
    raw = json.dumps(data, indent=1, ensure_ascii=False).encode()
    (folder / "manifest.json").write_bytes(raw)
    point_at(models, name, int(folder.name), hashlib.sha256(raw).hexdigest())


def point_at(models: Path, name: str, version: object, digest: str) -> None:
    """Write ``current``."""
    text = json.dumps({"manifest": digest, "version": version}, separators=(",", ":"))
    (models / name / "current").write_bytes(text.encode() + b"\n")
