"""Let signals wait while a version is written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlcli.errors import StoppedError


@contextmanager
def unbroken() -> Iterator[list[str]]:
    """Let Ctrl-C and SIGTERM wait until what is being written is whole.

    Gives a list for the names of what was saved, which the signal then tells.
    """
    saved: list[str] = []
    waiting: list[int] = []
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():  # no other may set handlers
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(handler := signal.getsignal(number)):
                handlers[number] = handler
                signal.signal(number, lambda number, _: waiting.append(number))
    try:
        yield saved
    finally:
        try:
            for held, handler in handlers.items():
                signal.signal(held, handler)
            if waiting:
                handlers[waiting[0]](waiting[0], None)
        except StoppedError as stopped:
            raise type(stopped)(saved) from None
