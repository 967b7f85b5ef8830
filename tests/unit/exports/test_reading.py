"""Which files a name stands for: a file, a pattern, a folder, standard input."""

from __future__ import annotations

import atexit
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError
from mlcli.exports import reading

Put = Callable[..., None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.fixture
def put(root: Path) -> Put:
    def made(*names: str) -> None:
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("a\n1\n")

    return made


def named(root: Path, *names: str) -> list[str]:
    """Return the names of the files; each must be the file of that name."""
    found = reading.files(root, names)
    for path, name in found:
        assert path == root / name
    return [name for _, name in found]


def refused(root: Path, *names: str) -> str:
    with pytest.raises(DataError) as caught:
        reading.files(root, names)
    (problem,) = caught.value.problems
    assert problem.hint
    return f"{problem.place}: {problem.message}"


def test_a_name_is_a_file_whether_it_is_there_or_not(root: Path, put: Put) -> None:
    put("data/a.csv")

    assert named(root, "data/a.csv", "data/none.csv", "else") == [
        "data/a.csv",
        "data/none.csv",
        "else",
    ]


def test_an_absolute_name_is_taken_as_it_is(root: Path, put: Put) -> None:
    put("data/a.csv")
    path = root / "data/a.csv"

    assert reading.files(root / "elsewhere", (str(path),)) == [(path, str(path))]


def test_files_of_a_folder_come_by_name_and_hidden_ones_do_not(root: Path, put: Put) -> None:
    put("data/b.csv", "data/a.CSV", "data/c.tsv", "data/d.Txt", "data/e.csv.GZ", "data/f.tsv.gz")
    put("data/.hidden.csv", "data/._a.csv", "data/notes.md", "data/csv", "data/g.csv.bak")
    put("data/inner/h.csv", "data/i.csv/j.csv")

    found = named(root, "data")

    assert found == [
        "data/a.CSV",
        "data/b.csv",
        "data/c.tsv",
        "data/d.Txt",
        "data/e.csv.GZ",
        "data/f.tsv.gz",
    ]
    assert named(root, "data/") == found


def test_a_pattern_comes_by_name_and_holds_files_only(root: Path, put: Put) -> None:
    put("data/t-2.csv", "data/t-10.csv", "data/t-1.csv", "data/u-1.csv", "data/.t-0.csv")
    put("data/t-folder/x.csv", "data/t-3.tar")

    assert named(root, "data/t-*.csv") == ["data/t-1.csv", "data/t-10.csv", "data/t-2.csv"]
    assert named(root, "data/t-?.csv") == ["data/t-1.csv", "data/t-2.csv"]
    assert named(root, "data/[!u]-[0-9].csv") == ["data/t-1.csv", "data/t-2.csv"]
    assert named(root, "data/t-*") == [
        "data/t-1.csv",
        "data/t-10.csv",
        "data/t-2.csv",
        "data/t-3.tar",
    ]
    assert named(root, "*/t-folder/*") == ["data/t-folder/x.csv"]
    assert named(root, "**/x.csv") == ["data/t-folder/x.csv"]


def test_a_pattern_may_leave_the_project_or_begin_at_the_root(root: Path, put: Put) -> None:
    put("data/a.csv", "inner/b.csv")

    assert [p.resolve() for p, _ in reading.files(root / "inner", ("../data/*.csv",))] == [
        root / "data/a.csv"
    ]
    assert reading.files(root / "inner", (f"{root}/data/*.csv",)) == [
        (root / "data/a.csv", str(root / "data/a.csv"))
    ]


def test_the_folder_of_the_project_is_no_part_of_the_pattern(tmp_path: Path) -> None:
    """It may have brackets in its name; those of the pattern are meant otherwise."""
    root = tmp_path / "a[b]*"
    (root / "data").mkdir(parents=True)
    (root / "data/a.csv").write_text("a\n")

    assert reading.files(root, ("data/*.csv",)) == [(root / "data/a.csv", "data/a.csv")]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(root: Path, put: Put) -> None:
    put("data/a[1].csv", "data/a1.csv", "data/b*.csv", "data/bb.csv", "data/c?.csv")

    assert named(root, "data/a[1].csv") == ["data/a[1].csv"]
    assert named(root, "data/b*.csv") == ["data/b*.csv"]
    assert named(root, "data/c?.csv") == ["data/c?.csv"]
    assert named(root, "data/a[1]*") == ["data/a1.csv"]


def test_a_list_keeps_its_order(root: Path, put: Put) -> None:
    put("data/b.csv", "data/a.csv", "late/z.csv", "late/y.csv")

    assert named(root, "late", "data/b.csv", "data/a*") == [
        "late/y.csv",
        "late/z.csv",
        "data/b.csv",
        "data/a.csv",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("data/none*.csv", "data/none*.csv: no file fits this pattern"),
        ("data/[", "data/[: no file fits this pattern"),
        ("none/*", "none/*: no file fits this pattern"),
        ("data/a.csv/*", "data/a.csv/*: no file fits this pattern"),
        ("dat?", "dat?: no file fits this pattern"),
        ("data/.*", "data/.*: no file fits this pattern"),
        ("empty", "empty: there is no CSV file in this folder"),
        ("data/**.csv", "data/**.csv: this is no pattern"),
        ("data/a**/x", "data/a**/x: this is no pattern"),
    ],
)
def test_a_name_that_stands_for_no_file_is_refused(
    root: Path, put: Put, name: str, said: str
) -> None:
    put("data/a.csv", "data/.b.csv", "empty/notes.md", "empty/.c.csv")

    assert refused(root, name) == said


@pytest.mark.parametrize(
    "names",
    [
        ("data/a.csv", "data/a.csv"),
        ("data/a.csv", "./data/a.csv"),
        ("data/a.csv", "data/../data/a.csv"),
        ("data", "data/a.csv"),
        ("data/*.csv", "data/a*"),
        ("data/a.csv", "data/link.csv"),
        ("-", "-"),
    ],
)
def test_a_file_counts_once(
    root: Path, put: Put, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that count twice would be learned from twice, without a word."""
    monkeypatch.setattr(reading, "_read_in", [root / "data/stdin.csv"])
    put("data/a.csv")
    if "data/link.csv" in names:
        (root / "data/link.csv").symlink_to("a.csv")

    assert refused(root, *names).endswith(": this file is named twice")


def test_a_link_is_the_file_behind_it(root: Path, put: Put) -> None:
    put("other/a.csv")
    (root / "data/link.csv").symlink_to("../other/a.csv")
    (root / "data/folder").symlink_to("../other")

    assert named(root, "data/link.csv") == ["data/link.csv"]
    assert named(root, "data/l*") == ["data/link.csv"]
    assert named(root, "data/folder") == ["data/folder/a.csv"]


def test_links_in_a_circle_are_no_files_and_no_bug(root: Path, put: Put) -> None:
    put("data/a.csv")
    (root / "data/circle.csv").symlink_to("circle.csv")
    (root / "data/one").symlink_to("two")
    (root / "data/two").symlink_to("one")

    assert named(root, "data") == ["data/a.csv"]
    assert named(root, "data/*") == ["data/a.csv"]
    assert named(root, "data/circle.csv", "data/one") == ["data/circle.csv", "data/one"]


def test_a_pipe_is_no_part_of_a_folder(root: Path, put: Put) -> None:
    """To open it would wait for ever."""
    put("data/a.csv")
    os.mkfifo(root / "data/pipe.csv")

    assert named(root, "data") == named(root, "data/*") == ["data/a.csv"]


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "x" * 300 + "/*.csv", "x" * 300])
def test_a_name_that_no_disk_takes_is_the_environments_fault(root: Path, name: str) -> None:
    with pytest.raises(EnvironmentProblemError, match="File name too long") as caught:
        reading.files(root, (name,))
    assert caught.value.problems[0].place == name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_the_environments_fault(root: Path, put: Put) -> None:
    put("data/a.csv")
    (root / "data").chmod(0)
    try:
        for name in ("data", "data/a.csv"):
            with pytest.raises(EnvironmentProblemError, match="may not be read"):
                reading.files(root, (name,))
    finally:
        (root / "data").chmod(0o700)


def test_a_folder_that_the_system_keeps_to_itself_is_the_environments_fault(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for those who run the tests as root."""

    def iterdir(self: Path) -> object:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", iterdir)

    with pytest.raises(EnvironmentProblemError, match="may not be read") as caught:
        reading.files(root, ("data",))
    assert caught.value.problems[0].place == "data"


# ---- standard input --------------------------------------------------------------------------


def test_standard_input_is_kept_once_and_taken_away_at_the_end(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\xff\xfea,\x00\r\n" * 100_000
    leave: list[Callable[..., None]] = []
    monkeypatch.setattr(reading, "_read_in", [])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    monkeypatch.setattr(
        atexit, "register", lambda call, **given: leave.append(lambda: call(**given))
    )

    ((path, name),) = reading.files(root, ("-",))

    assert name == "standard input"
    assert path.read_bytes() == content
    assert reading.files(root, ("-",)) == [(path, name)]  # there is nothing left to read
    assert path.parent.stat().st_mode & 0o077 == 0  # others have no business in its folder
    leave[0]()
    leave[0]()
    assert not path.exists()


def test_nothing_sent_is_asked_wrongly(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_read_in", [])
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(AskedWronglyError, match="nothing is sent to it"):
        reading.files(root, ("-",))


def test_a_file_called_as_standard_input_is_reached_by_its_path(root: Path) -> None:
    (root / "-").write_text("a\n")

    assert reading.files(root, ("./-",)) == [(root / "-", "./-")]
