"""What is told how far reading has come."""

from __future__ import annotations


class Watch:
    """Is told how far reading has come; this one keeps it to itself."""

    def starts(self, name: str, size: int | None) -> None:
        """Note that an export is begun, of so many bytes if that is known."""

    def advances(self, done: int, rows: int) -> None:
        """Note how many bytes of it are read by now, and how many rows came out more."""

    def ends(self) -> None:
        """Note that it is read to its end."""

    def close(self) -> None:
        """Note that nothing more is read for now."""


UNWATCHED = Watch()


def uncounted(done: int, of: int) -> None:
    """Keep to itself how many of some things are done."""
    del done, of
