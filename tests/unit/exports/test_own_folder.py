"""A folder of one process: kept while it lives, and removed by the next one if it was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlcli.exports import own_folder
from mlcli.exports.own_folder import OwnFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")

_WAITING = """
import sys
from pathlib import Path
from mlcli.exports.own_folder import OwnFolder
own = OwnFolder(Path(sys.argv[1]))
(own.path / "0").write_bytes(bytes(1000))
print(own.path, flush=True)
sys.stdin.read()
"""


@contextmanager
def another(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Have another process put a file into a folder of its own; gives where."""
    command = [sys.executable, "-c", _WAITING, str(folder)]
    process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True)
    with process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def left(folder: Path) -> list[Path]:
    """Return what is still there once another folder was made, and removed."""
    OwnFolder(folder).close()
    return sorted(folder.iterdir())


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with another(tmp_path) as (process, path):
        assert (path / "0").exists()
        process.kill()
        process.wait()
        assert (path / "0").exists()

        assert left(tmp_path) == []


def test_what_a_process_uses_that_lives_is_left(tmp_path: Path) -> None:
    with another(tmp_path) as (_, path), closing(OwnFolder(tmp_path)) as ours:
        assert left(tmp_path) == sorted([path.parent, ours.path.parent])
        assert (path / "0").exists()


def test_a_folder_is_seen_by_nobody_before_it_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, seen = Path.rename, []

    def renamed(path: Path, target: Path) -> Path:
        seen.append(path)
        if len(seen) == 1:  # another one begins before ours is named a lock, and right after
            assert path.parent in left(tmp_path)
            moved = rename(path, target)
            assert path.parent in left(tmp_path)
            return moved
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    OwnFolder(tmp_path).close()

    assert len(seen) == 3
    assert [*tmp_path.iterdir()] == []


def test_a_process_that_is_killed_while_it_removes_one_leaves_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = OwnFolder(tmp_path)
    (own.path / "0").write_bytes(b"1")
    rmtree, calls = own_folder.rmtree, []

    def killed(path: Path, *, ignore_errors: bool) -> None:
        if calls:
            raise KeyboardInterrupt
        calls.append(path)
        rmtree(path, ignore_errors=ignore_errors)

    with monkeypatch.context() as patch:
        patch.setattr(own_folder, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            own.close()
    assert [path.name for path in own.path.parent.iterdir()] == ["lock"]

    assert left(tmp_path) == []


@pytest.mark.parametrize("whose", ["another machine", "another user", "a link", "no lock", "other"])
def test_what_may_be_of_somebody_else_is_left(
    whose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "spill"
    with another(place) as (process, path):
        process.kill()
    made = path.parent
    if whose == "another machine":
        monkeypatch.setattr(own_folder.platform, "node", lambda: "elsewhere")
    elif whose == "another user":
        monkeypatch.setattr(os, "getuid", lambda: made.stat().st_uid + 1)
    elif whose == "a link":
        moved = made.rename(tmp_path / "moved")
        made.symlink_to(moved)
    elif whose == "no lock":
        (made / "lock").unlink()
    else:
        (made / "lock").write_text("of another program")

    assert left(place) == [made]
    assert (path / "0").exists()


def test_where_there_are_no_locks_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError("No locks available")

    with monkeypatch.context() as patch:
        patch.setattr(own_folder.fcntl, "flock", none)
        own = OwnFolder(tmp_path)
    with closing(own):
        assert left(tmp_path) == [own.path.parent]
    assert [*tmp_path.iterdir()] == []
