"""YAML text to plain values that remember where they stood."""

from __future__ import annotations

from typing import Any

import pytest

from mlcli.definition.yaml_text import Document, Spot, YamlError, lines_of


def value_of(scalar: str) -> Any:
    return Document(f"key: {scalar}\n").value["key"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        # What YAML 1.1 would have turned into something else.
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("18:30", "18:30"),
        ("12:30:45", "12:30:45"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("2023-06-08", "2023-06-08"),
        ("2023-06-08 18:30:00", "2023-06-08 18:30:00"),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        ("=", "="),
        # Numbers.
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("00", 0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("6.02E+23", 6.02e23),
        ("1e-3", 0.001),
        ("12345678901234567890", 12345678901234567890),
        # What only looks like numbers.
        (".inf", ".inf"),
        ("-.Inf", "-.Inf"),
        (".nan", ".nan"),
        ("inf", "inf"),
        (".", "."),
        ("1e", "1e"),
        ("0o9", "0o9"),
        ("0x", "0x"),
        ("1.2.3", "1.2.3"),
        ("٣", "٣"),
        # True, false, nothing: in these forms alone.
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("none", "none"),
        ("", None),
        # Quotes make text.
        ('"no"', "no"),
        ("'1.10'", "1.10"),
        ('"true"', "true"),
        ("''", ""),
        ('"~"', "~"),
        ("'it''s'", "it's"),
        ('"a\\tb"', "a\tb"),
        ("|\n  12\n", "12\n"),
        (">\n  true\n  false\n", "true false\n"),
        # Text as it comes.
        ("5 to 20", "5 to 20"),
        ("newest 20%", "newest 20%"),
        ("10 + 2 * reservations", "10 + 2 * reservations"),
        ("a:b", "a:b"),
        ("too busy\n  to count", "too busy to count"),
        ("a # not this", "a"),
        ("[1, no, '1']", [1, "no", "1"]),
        ("{a: 1, b: {c: ~}}", {"a": 1, "b": {"c": None}}),
    ],
)
def test_scalars_are_read_by_the_core_schema_of_yaml_1_2(written: str, value: Any) -> None:
    found = value_of(written)

    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert Document("1: a\ntrue: b\n~: c\n1.10: d\n").value == {
        "1": "a",
        "true": "b",
        "~": "c",
        "1.10": "d",
    }


def test_a_quoted_merge_sign_is_a_key_like_any_other() -> None:
    document = Document('"<<": {a: b}\n')

    assert document.value == {"<<": {"a": "b"}}
    assert document.flaws == []


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("9" * 308, True),
        ("9" * 309, False),
        ("-" + "9" * 309, False),
        ("1e308", True),
        ("1e309", False),
        ("-1e309", False),
        ("0x" + "f" * 256, False),
        ("9" * 5000, False),
        ("0" * 5000, False),
    ],
)
def test_a_number_that_no_double_holds_is_a_flaw(written: str, whole: bool) -> None:
    document = Document(f"a: 1\nkey: {written}\n")

    assert [flaw.spot for flaw in document.flaws] == ([] if whole else [Spot(1, 5)])
    assert (document.value["key"] != 0) is whole


@pytest.mark.parametrize(
    ("text", "flaws"),
    [
        ("a: 1\na: 2\n", [((1, 0), "the key 'a' stands here twice")]),
        ("a: 1\nb: {c: 1, d: 2, c: 3}\n", [((1, 16), "the key 'c' stands here twice")]),
        ("a: 1\na: 2\na: 3\n", [((1, 0), "the key 'a' stands here twice"), ((2, 0), "the key 'a' stands here twice")]),
        ('a: 1\n"a": 2\n', [((1, 0), "the key 'a' stands here twice")]),
        ("a: {<<: {b: 1}}\n", [((0, 4), "merge keys (<<) are not part of a definition")]),
        ("[1]: a\n", [((0, 0), "a key must be a word, not a list or a mapping")]),
        ('a: "\\a"\n', [((0, 3), "the character '\\x07' does not belong in a definition")]),
        ('"\\x7f": a\n', [((0, 0), "the character '\\x7f' does not belong in a definition")]),
        ('a: "\\ud800"\n', [((0, 3), "the character '\\ud800' does not belong in a definition")]),
        ("a:\n  - b\n   - c\n", [((2, 3), "this line is read as more of the text above it")]),
        ("a:\n  - b\n   -c\n", []),
        ("a: |\n  b\n  - c\n", []),
        ('a: "b\n  - c"\n', []),
        ('a: "\\t\\n\\N\\u00e9"\n', []),
    ],
)  # fmt: skip
def test_flaws_of_single_values_do_not_keep_the_rest_from_being_read(
    text: str, flaws: list[tuple[tuple[int, int], str]]
) -> None:
    document = Document(text)

    assert [((f.spot.line, f.spot.column), f.message) for f in document.flaws] == flaws
    assert all(flaw.hint for flaw in document.flaws)
    assert isinstance(document.value, dict)


def test_of_a_repeated_key_the_first_counts() -> None:
    document = Document("a: 1\nb: 2\na: 3\n")

    assert document.value == {"a": 1, "b": 2}
    assert document.flaws[0].hint == "the first is in line 1; keep one"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", (0, 0), "the file is empty"),
        ("# nothing yet\n\n", (0, 0), "the file is empty"),
        ("a: b\n--- \nc: d\n", (1, 0), "a second document begins here"),
        ("a: b\n...\n---\nc: d\n", (2, 0), "a second document begins here"),
        ("%YAML 1.2\n---\na: b\n", (0, 0), "lines that begin with % are not part of a definition"),
        ("%YAML 2.0\n---\na: b\n", (0, 0), "lines that begin with % are not part of a definition"),
        ("%YAML x\n---\na: b\n", (0, 0), "lines that begin with % are not part of a definition"),
        ("%TAG ! foo\n---\na: b\n", (0, 0), "lines that begin with % are not part of a definition"),
        ("a: &x b\n", (0, 3), "anchors such as &x are not part of a definition"),
        ("&x a: b\n", (0, 0), "anchors such as &x are not part of a definition"),
        ("a: *x\n", (0, 3), "aliases such as *x are not part of a definition"),
        ("a: !!int 5\n", (0, 3), "tags such as !!int are not part of a definition"),
        ("a: ! 5\n", (0, 3), "tags such as ! are not part of a definition"),
        ("a: !x [1]\n", (0, 3), "tags such as !x are not part of a definition"),
        ("a: !foo!bar x\n", (0, 3), "text cannot begin with !"),
        ("a: !<x y\n", (0, 3), "text cannot begin with !"),
        ("a: & b\n", (0, 3), "text cannot begin with &"),
        ("a: |9x\n  b\n", (0, 3), "text cannot begin with |"),
        ("a: 'b\nc: d\n", (0, 3), "the quote ' is opened here and never closed"),
        ("a: 'b\n---\nc: d'\n", (0, 3), "the quote ' is opened here and never closed"),
        ('a: "\\xzz"\n', (0, 4), "this backslash begins no escape"),
        ('a: "b \\z"\n', (0, 6), "this backslash begins no escape"),
        ('a: b\nc: "\\U00110000"\n', (1, 4), "\\U00110000 is the number of no character"),
        ("a: [b\n", (0, 3), "the bracket [ is opened here and never closed"),
        ("a: {b: [c, d}\n", (0, 7), "the bracket [ is opened here and never closed"),
        ("a: {b: c\nd: e}\n", (0, 3), "the bracket { is opened here and never closed"),
        ("a: [b]]\n", (0, 6), "] closes what was never opened"),
        ("a: {b: c}}\n", (0, 9), "} closes what was never opened"),
        ("a: {b: c: d}\n", (0, 8), "a second colon stands here"),
        ("a: ['b' 'c']\n", (0, 8), "a comma is missing before this"),
        ("a: [b, , c]\n", (0, 7), "something is missing before ,"),
        ("a: 'b', c\n", (0, 6), "this cannot follow what stands before it"),
        ("a: b: c\n", (0, 4), "a colon and a space stand inside a text"),
        ("a: b\n  c: d\n", (1, 2), "this line stands further in than the line above it allows"),
        ("a: b\n\n  c: d\n", (2, 2), "this line stands further in than the line above it allows"),
        ("a\nb: c\n", (0, 0), "this is neither a key with its value nor an item of a list"),
        ("a: b\nc\nd: e\n", (1, 0), "this is neither a key with its value nor an item of a list"),
        ("a:\n  b: c\n d: e\n", (2, 1), "this line begins in a column of its own"),
        ("a:\n  - b\n  c: d\n", (2, 2), "a key stands here among the items of a list"),
        ("a:\n  b: c\n  - d\n", (2, 2), "an item of a list stands here among keys"),
        ("a: - b\n", (0, 3), "a list cannot begin in the line of its key"),
        ("{a: b} c\n", (0, 7), "this stands after the end of the definition"),
        ("a: @b\n", (0, 3), "text cannot begin with @"),
        ("a:\tb\n", (0, 2), "a tab stands where spaces are needed"),
        ("a:\n\tb: c\n", (1, 0), "a tab stands where spaces are needed"),
        ("a: b\n=======\nc: d\n", (1, 0), "a merge conflict was left in the file"),
        ("a: b\nc: d\n>>>>>>> x\n", (2, 0), "a merge conflict was left in the file"),
        ("a: \ud800\n", (0, 3), "the character '\\ud800' does not belong in a definition"),
        ("a: b\u2028c: \x00\n", (1, 3), "the character '\\x00' does not belong in a definition"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_where_it_began(
    text: str, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(YamlError) as raised:
        Document(text)

    flaw = raised.value.flaws[0]
    assert ((flaw.spot.line, flaw.spot.column), flaw.message) == (place, message)
    assert flaw.hint


def test_all_anchors_aliases_and_tags_are_told_at_once_with_the_fault_that_ends_the_reading() -> (
    None
):
    with pytest.raises(YamlError) as raised:
        Document("a: &x b\nc: *x\nd: !t e\nf: @g\n")

    assert [(f.spot.line, f.spot.column) for f in raised.value.flaws] == [(0, 3), (1, 3), (2, 3), (3, 3)]  # fmt: skip


def test_fifty_levels_are_read_and_one_more_is_not() -> None:
    Document("a: " + "[" * 49 + "]" * 49)

    with pytest.raises(YamlError, match="more than 50 levels deep"):
        Document("a: " + "[" * 50 + "]" * 50)


def test_a_million_characters_are_read_and_one_more_is_not() -> None:
    start = "a: b\n#"
    Document(start.ljust(1_000_000, "#"))

    with pytest.raises(YamlError, match="over a million characters"):
        Document(start.ljust(1_000_001, "#"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_yaml_counts_them(end: str) -> None:
    document = Document(end.join(["a: 1", "b:", "  c: 2", ""]))

    assert document.lines == ["a: 1", "b:", "  c: 2", ""]
    assert document.spot(("b", "c")) == Spot(2, 2)
    assert lines_of("one\x0btwo") == ["one\x0btwo"]


TREE = """\
sources:
  nights:
    rules:
      - keep: {item: [pizza, calzone]}
      - count: {per: day of day, as: "guests"}
label: {name: doughs, unit: 'pizza doughs'}
baseline: 10 + 2 * guests
because: >
  10 + guests
plain: too busy
  for guests
"""


@pytest.mark.parametrize(
    ("path", "word", "spot"),
    [
        ((), "", (0, 0)),
        (("sources",), "", (0, 0)),
        (("sources", "nights"), "", (1, 2)),
        (("sources", "nights", "rules", 0), "", (3, 8)),
        (("sources", "nights", "rules", 0, "keep"), "", (3, 8)),
        (("sources", "nights", "rules", 0, "keep", "item"), "", (3, 15)),
        (("sources", "nights", "rules", 0, "keep", "item", 1), "", (3, 29)),
        # Steps that lead nowhere, such as the tags of a union, are passed over.
        (("sources", "nights", "rules", 0, "Keep", "keep", "item", 0, "str"), "", (3, 22)),
        (("sources", "nights", "rules", 9), "", (2, 4)),
        (("features",), "", (0, 0)),
        # A word in what stands there, at first as a whole scalar.
        (("sources", "nights", "rules", 1), "as", (4, 33)),
        (("sources", "nights", "rules", 1), "guests", (4, 37)),
        (("sources", "nights", "rules", 1), "day", (4, 28)),
        (("sources", "nights", "rules", 0), "pizza", (3, 22)),
        (("label",), "doughs", (5, 14)),
        (("label",), "pizza", (5, 29)),
        (("baseline",), "guests", (6, 19)),
        (("baseline",), "guest", (6, 0)),
        (("because",), "guests", (7, 9)),
        (("plain",), "guests", (9, 7)),
    ],
)
def test_a_path_leads_to_its_spot(path: tuple[str | int, ...], word: str, spot: tuple[int, int]) -> None:  # fmt: skip
    assert Document(TREE).spot(path, word) == Spot(*spot)


def test_a_path_leads_to_its_value() -> None:
    document = Document(TREE)

    assert document.spot_of_value(("sources", "nights", "rules", 0, "keep")) == Spot(3, 14)
    assert document.spot_of_value(("label", "unit")) == Spot(5, 28)
    assert document.spot_of_value(("label", "nothing")) == Spot(5, 7)


def test_an_offset_is_counted_in_texts_that_are_written_as_they_read() -> None:
    document = Document("a: 1 + x\nb: '2 + x'\nc: \"\\x31 + x\"\nd: 1 +\n  x\ne: [x]\n")

    assert document.offset(("a",), 4) == Spot(0, 7)
    assert document.offset(("b",), 4) == Spot(1, 8)
    assert document.offset(("c",), 4) == Spot(2, 3)
    assert document.offset(("d",), 4) == Spot(3, 3)
    assert document.offset(("e",), 4) == Spot(5, 3)


def test_a_path_is_there_or_not() -> None:
    document = Document(TREE)

    assert document.has(())
    assert document.has(("sources", "nights", "rules", 1, "count", "per"))
    assert not document.has(("sources", "nights", "rules", 2))
    assert not document.has(("sources", "nights", "rules", "count"))
    assert not document.has(("label", "name", "doughs"))


def test_a_mapping_is_whole_unless_a_key_of_its_own_could_not_be_read() -> None:
    document = Document("a: {<<: {b: 1}}\nc: {d: {[e]: 1}}\n")

    assert document.whole(())
    assert not document.whole(("a",))
    assert document.whole(("c",))
    assert not document.whole(("c", "d"))
