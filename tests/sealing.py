"""What tests of the store share: pictures of folders, and forged models whose digests all match."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mlcli.answering.features import NumberInput
from mlcli.answering.label import NumberTarget
from mlcli.statistics.metrics import METRICS
from mlcli.store.ledger import Ledger
from mlcli.store.manifest import (
    PROTOCOL,
    Description,
    Digests,
    Learner,
    RowCounts,
    RowKey,
    Split,
    Written,
)
from mlcli.store.scores import NumberScore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def picture(folder: Path) -> dict[str, bytes | None]:
    """Return every path below a folder and the bytes of the files; folders have none.

    Lines of an index that are half, or tell of no version any more, as a save leaves them that
    failed, are left out.
    """
    found = {
        p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else None
        for p in sorted(folder.rglob("*"))
    }
    for index in folder.rglob("index.jsonl"):
        lines = index.read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"}\n")]
        told = [n for n in whole if (index.parent / str(json.loads(n)["version"])).exists()]
        del found[index.relative_to(folder).as_posix()]
        if told:
            found[index.relative_to(folder).as_posix()] = b"".join(told)
    return found


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
    sealed = hashlib.sha256(raw).hexdigest()
    entry = {"manifest": sealed, "model": name, "version": int(folder.name)}
    with (models / name / "index.jsonl").open("a") as index:
        index.write(json.dumps(entry, separators=(",", ":")) + "\n")
    point_at(models, name, int(folder.name), sealed)


def point_at(models: Path, name: str, version: object, digest: str) -> None:
    """Write ``current``."""
    text = json.dumps({"manifest": digest, "version": version}, separators=(",", ":"))
    (models / name / "current").write_bytes(text.encode() + b"\n")


def description(token: float) -> Description:
    """Return what is said of a small model with an equation; the token is in every part of it."""
    score = NumberScore(token, None, token, None, token, None, "doughs", "lower")
    return Description(
        protocol=PROTOCOL,
        model=Learner("linear_regression", {"name": "linear_regression"}),
        key=RowKey(None, None, "row"),
        made=(),
        filled={},
        labels_known_until=None,
        features=(NumberInput("guests", 1.0, 9.0),),
        label=NumberTarget("doughs", "doughs", whole=False, floored=False),
        domain=(),
        rows=RowCounts(2, 2, 0),
        learned_from=2,
        final=False,
        split=Split("none", "none held out"),
        metrics=dict.fromkeys(METRICS, score),
        without_looking=token,
        equation=None,
        notes=(),
        ledger_=Ledger(),
        seed=0,
        definition=Written("configs/nights.yaml", {}),
        libraries={"scikit-learn": "1.9.1", "numpy": "2.4.6"},
        digests=Digests(definition="", data={}, cargo={}),
    )


def parts(token: float) -> dict[str, bytes]:
    """Return cargo that goes with it."""
    equation = [{"step": "weigh", "weights": [0.0], "intercept": token}]
    return {
        "model.joblib": f"{token} ".encode() * 3000,
        "equation.json": json.dumps(equation).encode(),
        "holdout.json": json.dumps([{"row": "2", "truth": token, "value": token}]).encode(),
    }


def token_of(models: Path, name: str = "nights") -> float:
    """Read a model of ``description`` and ``parts`` as answers do; it must be all of one save."""
    from mlcli.store import cargo, versions
    from mlcli.verbs import ask

    manifest = versions.read(models, name)
    answered = ask.load(manifest).answer({"guests": 5.0}).value
    rows = cargo.read_json(manifest, "holdout.json")
    pickled = {float(word) for word in cargo.read(manifest, "model.joblib").split()}
    found = {answered, manifest.without_looking, rows[0]["truth"], *pickled}
    assert len(found) == 1, f"mixed: {found}"
    assert answered is not None
    return answered
