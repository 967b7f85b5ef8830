"""SVG as it stands in a page: one image with its words, names of its own, nothing that styles."""

from __future__ import annotations

from mlcli.pictures import draw

DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" class="marks" width="40" height="30" '
    'viewBox="0 0 40 30"><defs><clipPath id="clip0"><path d="M1.23456,0"/></clipPath></defs>'
    '<g role="graphics-object" aria-label="a &gt; b" clip-path="url(#clip0)">'
    '<path class="foreground" d="" display="none"/><text fill="var(--ink, #000)">1.2345</text></g></svg>'
)


def test_an_svg_is_one_image_with_its_words() -> None:
    found = draw.finished(DRAWN, "fit", "doughs <by> guests", "Seven & more.")

    assert found == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30" width="40" height="30" '
        'role="img" aria-labelledby="fit-title fit-desc">'
        '<title id="fit-title">doughs &lt;by&gt; guests</title>'
        '<desc id="fit-desc">Seven &amp; more.</desc>'
        '<defs><clipPath id="fit-clip0"><path d="M1.23,0"/></clipPath></defs>'
        '<g clip-path="url(#fit-clip0)"><text fill="var(--ink, #000)">1.2345</text></g></svg>'
    )
