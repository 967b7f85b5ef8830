"""A file of text as UTF-8 blocks of whole lines, whatever it is kept as."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from contextlib import closing
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mlcli.errors import DataError, Fix
from mlcli.exports import file_on_disk
from mlcli.grammar import doubts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

LONGEST_LINE: Final = 1_000_000
"""Characters. As bytes of UTF-8, a line of so many is at most four times as long."""

_LONGEST_BYTES: Final = 4 * LONGEST_LINE  # a character takes up to four
Item = TypeVar("Item")

_BLOCK: Final = 1 << 20
_SAMPLE: Final = 1 << 16  # bytes that show how letters are kept


class TextFile(file_on_disk.ExportFile):
    """One file of text.

    Parameters
    ----------
    path
        The file; one whose name ends in ``.gz`` is unpacked as it is read.
    name
        How it is named in messages.
    encoding
        How letters are kept; UTF-8, or UTF-16 that says so, if ``None``.
    in_a_source
        Whether a definition could say more of the file; hints then do.

    Attributes
    ----------
    encoding
        How letters are kept, as Python calls it.
    marked
        Whether the file begins with the byte order mark that Excel looks for.
    read
        How many bytes were read so far, the last time that it was read.

    Raises
    ------
    DataError
        The file is missing, or is not text.
    EnvironmentProblemError
        The file may not be read.
    """

    def __init__(
        self, path: Path, *, name: str, encoding: str | None = None, in_a_source: bool = False
    ) -> None:
        super().__init__(path, name=name, endings=(".csv", ".tsv", ".txt"))
        self.in_a_source = in_a_source
        self.read = 0
        start = next(self._raw(512), b"") if self._packed else self.start
        mark = next((mark for mark in MARKS if start.startswith(mark)), b"")
        self.marked = mark == codecs.BOM_UTF8
        self._mark = len(mark)
        self._said = encoding
        self.encoding = MARKS[mark] if mark else codecs.lookup(encoding or "utf-8").name
        self.encoding = self.encoding.removesuffix("-sig")  # the mark is taken off here
        self._refuse_other_files(start, written=mark or encoding)

    def blocks(self, size: int = _BLOCK, *, digest: bool = False) -> Iterator[bytes]:
        """Yield the text as UTF-8, without its mark, in blocks that end where a line does.

        Of a line over ``LONGEST_LINE`` long, a part comes that is too long as well, and
        ends with a whole letter. With ``digest``, the digest is worked out on the way.

        Raises
        ------
        DataError
            The file is not kept as it should be, or was changed meanwhile.
        """
        yield from _of_whole_lines(self._recoded(size, digest=digest))
        self.unchanged()

    def lines(self) -> Iterator[str]:
        """Yield the lines, each with its end, be it of Unix, Windows or an old Mac.

        Raises
        ------
        DataError
            A line is longer than any of an export, or its bytes are not text.
        """
        return self.lines_of(self.blocks(), 1)

    def lines_of(self, blocks: Iterator[bytes], number: int) -> Iterator[str]:
        """Yield the lines of some blocks, of which the first one has a number."""
        for block in blocks:
            for line in io.StringIO(self.decoded(block), newline=""):
                if len(line) > LONGEST_LINE:
                    raise self._too_long(number)
                number += 1
                yield line

    def _too_long(self, number: int) -> DataError:
        return DataError(
            f"the line is over {LONGEST_LINE:,} characters long",
            place=f"{self.name}:{number}",
            hint="is this a CSV file, and is no quote missing above?",
        )

    def decoded(self, block: bytes) -> str:
        """Return a block as text.

        Raises
        ------
        DataError
            It is not UTF-8; the message names the first byte of the file that is not.
        """
        try:
            return block.decode()
        except UnicodeDecodeError as error:
            raise self._not_text() from error

    def or_say(self, keys: str) -> str:
        """Return the other way out than to mend the file: keys of its source."""
        return f", or say in its source  {keys}" if self.in_a_source else ""

    def fix(self, *ways: dict[str, Any]) -> list[Fix]:
        """Return the ways out that keys of its source are, where it has one."""
        return [_way_out(keys) for keys in ways if keys and self.in_a_source]

    @property
    def size(self) -> int | None:
        """Return how many bytes there are to read; that is not known of what is packed."""
        return None if self._packed else self._stamp[1]

    @property
    def _packed(self) -> bool:
        return self.path.name.lower().endswith(".gz")

    def _open(self) -> io.BufferedIOBase | io.RawIOBase:
        if self._packed:
            import gzip

            return gzip.open(self.path, "rb")
        return self.path.open("rb", buffering=0)

    def _raw(self, size: int, *, digest: bool = False) -> Generator[bytes]:
        """Yield the bytes of the file, unpacked."""
        import zlib

        packed = self._packed
        found = hashlib.sha256()
        try:
            with self._open() as file:
                self.read = 0
                for block in iter(partial(file.read, size), b""):
                    self._has_read(len(block))
                    if digest and not packed:
                        found.update(block)
                    yield block
        except OSError as error:
            if packed and error.errno is None:
                raise self._no_gzip() from error
            raise file_on_disk.unreadable(self.name, error) from error
        except EOFError as error:
            raise DataError("the gzip file is cut off", place=self.name, hint=_AGAIN) from error
        except zlib.error as error:
            raise self._no_gzip() from error
        if digest and not packed:
            self._digest = found.hexdigest()

    def _has_read(self, more: int) -> None:
        """Count what was read; raise where a file grows as it is read."""
        self.read += more
        if not self._packed and self.read > self._stamp[1]:
            raise file_on_disk.changed(self.name)

    def _no_gzip(self) -> DataError:
        """Return the error of what ends in .gz, and is not what gzip makes."""
        with self.path.open("rb") as file:
            begins = file.read(2) == b"\x1f\x8b"
        if begins:
            return DataError("the gzip file is damaged", place=self.name, hint=_AGAIN)
        return DataError(
            "this is no gzip file, though its name ends in .gz",
            place=self.name,
            hint="take .gz off its name",
        )

    def _recoded(self, size: int, *, digest: bool) -> Iterator[bytes]:
        """Yield the bytes of the text as UTF-8, without its mark."""
        raw: Iterator[bytes] = self._raw(size, digest=digest)
        if size > _BLOCK:  # worth a thread
            raw = ahead(raw)
        first = next(raw, b"")[self._mark :]
        if self.encoding == "utf-8":
            yield from filter(None, [first])
            yield from raw
            return
        decoder = codecs.getincrementaldecoder(self.encoding)()
        doubt = Utf8Watch() if of_single_bytes(self.encoding) else None
        try:
            for block in chain([first], raw):
                if doubt:
                    doubt.see(block)
                yield decoder.decode(block).encode()
            decoder.decode(b"", final=True)
        except UnicodeError as error:  # a lone half of a pair of UTF-16 among them
            raise self._not_text() from error
        if doubt and doubt.is_it:
            raise DataError(
                f"this is UTF-8 text, and the source says  encoding: {self._said}",
                place=self.name,
                hint="take  encoding:  away; if words are garbled then, save the export as UTF-8",
                fix=self.fix({"encoding": None}),
            )

    def _refuse_other_files(self, start: bytes, *, written: object) -> None:
        for pattern, (what, hint) in NOT_TEXT.items():
            if re.match(pattern, start, re.IGNORECASE):
                ending = re.search(r"add (\.\w+) to", hint)
                named = ending and self.name.endswith((ending[1], "standard input"))
                instead = "unpack it first" if ".gz" in hint else ""
                raise DataError(
                    f"this is {what}, not CSV text",
                    place=self.name,
                    hint=(instead if named else hint) or "export it as CSV UTF-8",
                )
        encoding = "" if written else _without_mark(start)
        if encoding:
            raise DataError(
                "this is UTF-16 text, and does not say so",
                place=self.name,
                hint=f"export it as CSV UTF-8{self.or_say(f'encoding: {encoding}')}",
                fix=self.fix({"encoding": encoding}),
            )

    def _or_if(self, likely: dict[str, str]) -> str:
        """Return the encodings to choose from, each with a word as it reads it."""
        if len(likely) == 1:
            return self.or_say(f"encoding: {next(iter(likely))}")
        ways = [f"encoding: {name}  if {word!r} is right" for name, word in likely.items()]
        choice = ",  ".join(ways) or "encoding: NAME, as it was saved"
        return self.or_say(choice)

    def _not_text(self) -> DataError:
        """Return the error that names the first byte that is no text."""
        if self.encoding.startswith(WIDE):
            message = f"the file is not {self.encoding} text"
            start = next(self._raw(_BLOCK), b"")
            likely = [None] if _is_utf8(start) else doubts.likely_encodings(start[:_SAMPLE])
            fix = self.fix(*({"encoding": one} for one in likely))
            hint = self._as_said() or _AGAIN
            return DataError(message, place=self.name, hint=hint, fix=fix if self._said else ())
        number = 1
        with closing(self._raw(_BLOCK)) as raw:
            for block in _of_whole_lines(raw):
                if len(block) > _LONGEST_BYTES and _end_of_lines(block) == 0:
                    return self._too_long(number)  # of which a letter may have been cut in two
                lines = block.splitlines()
                try:
                    block.decode(self.encoding)
                except UnicodeDecodeError:
                    return self._bad_byte(lines, number, ended=not block.endswith(lines[-1]))
                number += len(lines)
        return file_on_disk.changed(self.name)

    def _bad_byte(self, lines: list[bytes], number: int, *, ended: bool) -> DataError:
        """Return the error that names the first byte of some lines that is no text."""
        for at, raw in enumerate(lines):
            try:
                raw.decode(self.encoding)
            except UnicodeDecodeError as error:
                place = f"{self.name}:{number + at}"
                last = at + 1 == len(lines) and not ended
                if last and error.reason == "unexpected end of data":
                    return DataError(
                        "the file ends in the middle of a letter: was it cut off?",
                        place=place,
                        hint=_AGAIN,
                    )
                called = self.encoding.upper() if self.encoding == "utf-8" else self.encoding
                likely = doubts.likely_encodings(b"\n".join(lines[at:])[:_SAMPLE])
                ways = [None] if self._said and _is_utf8(b"".join(lines)) else [*likely]
                return DataError(
                    f"byte {error.start + 1} of the line (0x{raw[error.start]:02x}) "
                    f"is not {called} text",
                    place=place,
                    hint=self._as_said() or f"save the export as CSV UTF-8{self._or_if(likely)}",
                    fix=self.fix(*({"encoding": one} for one in ways)),
                )
        return file_on_disk.changed(self.name)

    def _as_said(self) -> str:
        """Return what to do where the source said how letters are kept, and it is not so."""
        said = f"mend what the source says,  encoding: {self._said},  or save the export as UTF-8"
        return said if self._said else ""


def _way_out(keys: dict[str, Any]) -> Fix:
    (key, value), *more = keys.items()
    return Fix(keys) if more else Fix(value, (key,))


def _without_mark(start: bytes) -> str:
    """Return the UTF-16 that bytes are: every other byte of ASCII and of line ends is 0."""
    zeros = {place % 2 for place, byte in enumerate(start) if byte == 0}
    if len(zeros) != 1 or start.count(0) < _FEWEST_ZEROS:
        return ""
    encoding = "utf-16-le" if zeros == {1} else "utf-16-be"
    text = start[: len(start) // 2 * 2].decode(encoding, "replace")
    return encoding if all(c.isprintable() or c.isspace() for c in text) else ""


_FEWEST_ZEROS: Final = 4
_AGAIN: Final = "export it again"


def _is_utf8(text: bytes) -> bool:
    """Say whether bytes are UTF-8, but for a letter that may be cut in two at the end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _of_whole_lines(read: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what is read in blocks that end where a line does."""
    kept = b""
    for more in read:
        if end := more.rfind(b"\n") + 1:
            yield b"".join((kept, memoryview(more)[:end]))  # copied once
            kept = more[end:]
            continue
        block = kept + more if kept else more
        end = _end_of_lines(block)
        if end == 0 and len(block) <= _LONGEST_BYTES:
            kept = block
            continue
        end = end or _end_of_letters(block)
        kept = block[end:]
        yield block if end == len(block) else block[:end]
    if kept:
        yield kept


def without_start(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Leave out the first bytes of some blocks."""
    for block in blocks:
        if size < len(block):
            yield block[size:] if size else block
        size = max(size - len(block), 0)


def without_end(blocks: Iterator[bytes], lines: int) -> Iterator[bytes]:
    """Leave out the last lines of some blocks, and empty ones below them."""
    held: list[bytes] = []
    counted: list[int] = []
    for block in blocks:
        held.append(block)
        counted.append(_lines_at_least(block))
        while sum(counted[1:]) >= lines:
            counted.pop(0)
            yield held.pop(0)
    kept = b"".join(held).rstrip(b"\r\n").splitlines(keepends=True)[:-lines]
    if kept:
        yield b"".join(kept)


def _lines_at_least(block: bytes) -> int:
    """Return how many lines a block surely holds, without the empty ones at its end."""
    text = block.rstrip(b"\r\n")
    return max(text.count(b"\n"), text.count(b"\r"))


def ahead(items: Iterator[Item]) -> Generator[Item]:
    """Make each item while the one before is worked on; reading and hashing let others run."""
    from concurrent.futures import ThreadPoolExecutor

    first = next(items, None)
    if first is None:
        return
    second = next(items, None)
    if second is None:  # a small file: no thread
        yield first
        return
    pool = ThreadPoolExecutor(1)
    try:
        yield first
        item: Item | None = second
        while item is not None:
            following = pool.submit(next, items, None)
            yield item
            item = following.result()
    finally:
        # Python may end this where another thread just begins, which must not wait for one.
        pool.shutdown(wait=False)


def _end_of_lines(block: bytes) -> int:
    """Return where the last line ends that a block holds to its end."""
    end = block.rfind(b"\n") + 1
    return end or block.rfind(b"\r", 0, max(len(block) - 1, 0)) + 1


_MOST_BYTES: Final = 4  # that a letter takes in UTF-8; those after its first begin with 10
_FIRST_BITS: Final = 0xC0
_GOES_ON: Final = 0x80


def _end_of_letters(block: bytes) -> int:
    """Return where the last letter ends that a block surely holds whole."""
    end = len(block) - 1
    while end > len(block) - _MOST_BYTES and block[end] & _FIRST_BITS == _GOES_ON:
        end -= 1
    return end


MARKS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
WIDE: Final = ("utf-16", "utf-32")

# How files begin that are something else, whatever they are called; no export of
# cells begins so.
NOT_TEXT: Final = {
    rb"PK[\x03\x05]": ("an Excel workbook or a zip archive", ""),
    rb"\x1f\x8b": ("gzip data", "add .gz to its name"),
    rb"%PDF-": ("a PDF document", ""),
    rb"\xff\xfe\0\0|\0\0\xfe\xff": ("UTF-32 text", ""),
    rb"\xd0\xcf\x11\xe0": ("an old Excel workbook", ""),
    rb"SQLite format 3\0": ("an SQLite database", "name it with  sql: {url: sqlite:///FILE}"),
    rb"PAR1\x15": ("a Parquet file", "add .parquet to its name"),
    rb"BZh[1-9]1AY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|\x28\xb5\x2f\xfd|Rar!\x1a": (
        "a compressed file",
        "unpack it, or compress it with gzip and add .gz to its name",
    ),
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a": ("a picture", "export the table it shows as CSV UTF-8"),
    rb"\{\\rtf": ("a document of words", ""),
    rb"\s*<!--|\s*<(?:!doctype|html|head|body|div|meta|table)\b": ("a web page", ""),
    rb"\s*<\?xml\b": ("an XML document", ""),
    rb'\s*(?:\[?\s*\{\s*"[^"]*"\s*:|\[\s*\[)': ("JSON", ""),
}


def of_single_bytes(encoding: str) -> bool:
    """Say whether each byte is a letter, whatever stands beside it."""
    pairs = (bytes([byte, byte]).decode(encoding, "ignore") for byte in range(0x80, 0x100))
    return not encoding.startswith(WIDE) and all(len(pair) != 1 for pair in pairs)


class Utf8Watch:
    """Watches bytes that are read as single letters: whether all beyond ASCII are UTF-8.

    In an encoding of single bytes, words would have to be chosen for it; among the
    thousands of letters of two bytes, some are UTF-8 by chance.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._may_be = True
        self._letters = False

    def see(self, block: bytes) -> None:
        """Take the next bytes."""
        if not self._may_be or (block.isascii() and not self._letters):
            return
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError:
            self._may_be = False
        self._letters = True

    @property
    def is_it(self) -> bool:
        """Say whether the bytes so far are UTF-8, and could not as well be ASCII."""
        pending, _ = self._decoder.getstate()
        return self._may_be and self._letters and not pending
