"""How letters are kept as bytes, and how files begin that are something else."""

from __future__ import annotations

import codecs
from typing import Final

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
NO_MARK: Final = {
    rb"(?:[^\0]\0){4}": "utf-16-le",
    rb"(?:\0[^\0]){4}": "utf-16-be",
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
