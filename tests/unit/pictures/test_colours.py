"""Colours of somebody's own: readable on either ground."""

from __future__ import annotations

import pytest

from mlcli.pictures import colours


def test_contrast_is_that_of_wcag() -> None:
    # Black on white is 21 by definition; #767676 is the lightest grey of 4.5 on white.
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#767676", "#ffffff") >= 4.5 > colours.contrast("#777777", "#ffffff")


@pytest.mark.parametrize("colour", ["#ffff00", "#000000", "#ffffff", "#a3341b", "#7f7f7f"])
def test_an_accent_can_be_read_on_either_ground(colour: str) -> None:
    light, dark = colours.tinted(colour)

    for one in (light, dark):
        assert colours.contrast(one.accent, one.panel) >= 4.5
        assert colours.contrast(one.accent, one.ground) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    light, dark = colours.tinted("#a3341b")

    assert light.accent == "#a3341b"
    assert dark.accent != "#a3341b"
    assert colours.tinted(None) == (colours.LIGHT, colours.DARK)


@pytest.mark.parametrize("one", [colours.LIGHT, colours.DARK])
def test_our_own_colours_can_be_read(one: colours.Colours) -> None:
    for ground in (one.ground, one.panel):
        for text in (one.ink, one.quiet, one.accent, one.alarm):
            assert colours.contrast(text, ground) >= 4.5
