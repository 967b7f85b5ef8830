"""Signals wait until a version is whole."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from threading import Thread

import pytest

from mlcli.cli.unbroken import unbroken
from mlcli.errors import InterruptedByUserError, StoppedError


@pytest.fixture
def handlers() -> Iterator[None]:
    """The handlers that the program sets, and afterwards those of the tests."""

    def interrupted(*_: object) -> None:
        raise InterruptedByUserError

    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, interrupted)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_a_signal_waits_until_what_is_written_is_whole_and_says_what_was_saved() -> None:
    done = []

    def write() -> None:
        with unbroken() as saved:
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")
            saved.append("nights@2")

    with pytest.raises(InterruptedByUserError, match=r"^interrupted; nights@2 was saved$"):
        write()

    assert done == ["the rest"]


@pytest.mark.usefixtures("handlers")
def test_a_signal_that_waited_is_told_even_if_the_writing_failed() -> None:
    def write() -> None:
        with unbroken():
            signal.raise_signal(signal.SIGINT)
            raise OSError

    with pytest.raises(StoppedError, match=r"^interrupted; nothing was saved$"):
        write()


@pytest.mark.usefixtures("handlers")
def test_after_the_writing_signals_are_as_they_were() -> None:
    with unbroken():
        pass

    with pytest.raises(InterruptedByUserError):
        signal.raise_signal(signal.SIGINT)


def test_outside_the_main_thread_no_handler_is_touched() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work() -> None:
        with unbroken():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [before]
