"""Lines found by NumPy are those that Python splits; what stands for each is put in its place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.exports.csv import short_lines
from mlcli.exports.csv.short_lines import taken_apart

plain = st.text(st.characters(min_codepoint=1, max_codepoint=126, exclude_characters="\n"))
line = plain.filter(lambda text: 0 < len(text) <= 64)


@settings(max_examples=100, deadline=None)
@given(known=st.lists(line, min_size=1, max_size=6), picks=st.lists(st.integers(0, 5), min_size=1))
def test_the_lines_are_those_of_the_text(known: list[str], picks: list[int]) -> None:
    lines = [known[at % len(known)].encode() for at in picks]
    found = taken_apart(b"\n".join(lines) + b"\n")

    assert found is not None
    assert [found.different[at] for at in found.which.tolist()] == lines
    assert sorted(found.different) == sorted(set(lines))
    assert [lines.index(one) for one in found.different] == found.first
    assert found.counts() == [lines.count(one) for one in found.different]
    texts = {one: b"<%d>" % at * (at + 1) for at, one in enumerate(sorted(set(lines)))}
    wanted = b"".join(texts[one] for one in lines)
    assert found.replaced([texts[one] for one in found.different]) == wanted


def test_lines_that_differ_by_their_length_alone_are_different() -> None:
    found = taken_apart(b"a\naa\naaaaaaaa\naaaaaaaaa\na\n")
    assert found is not None
    assert sorted(found.different) == [b"a", b"aa", b"aaaaaaaa", b"aaaaaaaaa"]


def test_many_lines_are_written_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_lines, "_AT_ONCE", 3)
    found = taken_apart(b"a\nb\na\na\nb\nb\na\n")
    assert found is not None
    names = {b"a": b"1,", b"b": b"22,"}
    assert found.replaced([names[one] for one in found.different]) == b"1,22,1,1,22,22,1,"


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"a\n\nb\n", id="an empty line"),
        pytest.param(b"\na\n", id="an empty line first"),
        pytest.param(b"a\nb", id="no end"),
        pytest.param(b"a\0\na\n", id="a NUL, which would be taken for the end"),
        pytest.param("ä\n".encode(), id="not ASCII"),
        pytest.param(b"a" * 65 + b"\n", id="a long line"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_so_simple_is_left_to_others(block: bytes) -> None:
    assert taken_apart(block) is None


def test_two_lines_that_spread_to_one_place_are_never_taken_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines of nine letters are spread; here so badly that many meet."""
    monkeypatch.setattr(short_lines, "_SPREAD", 0)
    draw = random.Random(1)
    lines = [b"%08d%d" % (draw.randrange(10**8), n % 2) for n in range(50)]
    assert taken_apart(b"\n".join(lines) + b"\n") is None


def test_lines_of_several_words_hardly_ever_meet() -> None:
    lines = [b"2024-%02d-%02d,%d,sunny" % (m, d, g) for m in range(12) for d in range(28)
             for g in range(60)]  # fmt: skip
    found = taken_apart(b"\n".join(lines) + b"\n")
    assert found is not None
    assert len(found.different) == len(lines)
