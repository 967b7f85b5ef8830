"""The bar of steps that are counted: only in a terminal, only after a second, never with -q."""

from __future__ import annotations

import io
import sys

import pytest

from mlcli.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, *, quiet: bool = False) -> str:
    """Return what ten steps draw on stderr."""
    monkeypatch.setattr(sys, "stderr", stderr)
    with progress.counting("folds", quiet=quiet) as tell:
        for done in range(10):
            tell(done, 10)
    return stderr.getvalue()


def test_steps_that_take_longer_draw_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)

    shown = drawn(monkeypatch, Terminal())

    assert "folds" in shown
    assert "/10" in shown


def test_quick_steps_draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, Terminal()) == ""


@pytest.mark.parametrize(("stderr", "quiet"), [(Terminal(), True), (io.StringIO(), False)])
def test_nothing_is_drawn_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, quiet: bool
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)

    assert drawn(monkeypatch, stderr, quiet=quiet) == ""
