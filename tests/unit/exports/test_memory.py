"""What stays in memory is not looked at for cycles."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from mlcli.exports import memory


@pytest.mark.parametrize("looking", [True, False])
def test_what_is_kept_is_frozen_and_looking_goes_on_as_before(looking: bool) -> None:
    before = gc.isenabled()
    (gc.enable if looking else gc.disable)()
    try:
        made: list[object] = []
        with suppress(ImportError), memory.kept():
            assert not gc.isenabled()
            made.append(made)
            raise ImportError

        assert gc.isenabled() == looking
        assert gc.get_freeze_count() > 0
        assert not any(one is made for one in gc.get_objects())  # those that are looked at
    finally:
        gc.unfreeze()
        (gc.enable if before else gc.disable)()
