"""A process of its own that draws: ``python -m mlcli.pictures.draw``.

It reads a JSON object of pictures by name from standard input, ``{"fit": {"title",
"description", "spec"}}``, and writes one of SVG by the same names. What draws takes 90 MB and
a fifth of a second, which nothing that answers should pay.
"""

from __future__ import annotations

import json
import re
import sys
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mlcli.grammar.cells import Json


def svg(name: str, picture: Json) -> str:
    """Return one picture as SVG that can stand in a page: no style, no script, names of its own."""
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(picture["spec"])
    return finished(drawn, name, picture["title"], picture["description"])


_OPENING: Final = re.compile(r'<svg[^>]*?viewBox="([^"]*)"[^>]*>')
_ROLES: Final = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events)="[^"]*"')
_EMPTY: Final = re.compile(r'<path d=""[^>]*/>|<path d="M0,0h0v0h0Z"[^>]*/>')
_TAG: Final = re.compile(r"<[^>]*>")
_DIGITS: Final = re.compile(r"(\d\.\d\d)\d+")
_NAMES: Final = re.compile(r'(?<=\bid=")(?=\w)|(?<=url\(#)')


def finished(drawn: str, name: str, title: str, description: str) -> str:
    """Return an SVG as one image to whoever hears it, in the width of where it stands.

    ``name`` goes in front of what is named in it, as several stand in a page.
    """
    box = _OPENING.search(drawn)
    assert box is not None
    inner = _EMPTY.sub("", _ROLES.sub("", drawn[box.end() :]))
    inner = _TAG.sub(lambda tag: _DIGITS.sub(r"\1", tag[0]), inner)
    inner = _NAMES.sub(f"{name}-", inner)
    width, height = box[1].split()[2:]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{inner}'
    )


if __name__ == "__main__":
    pictures = json.load(sys.stdin)
    json.dump({name: svg(name, picture) for name, picture in pictures.items()}, sys.stdout)
