"""Who may ask, and what a browser is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asgi import ask

if TYPE_CHECKING:
    from pathlib import Path

BODY = b'{"reservations": 15}'
ADDRESS = "/m/pizzeria.json"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "127.0.0.1/x",
        "evil@127.0.0.1",
    ],
)
def test_another_host_is_refused(sample: Path, host: str) -> None:
    said = ask(sample, f"{ADDRESS}?reservations=15", host=host)
    assert said.status == 400
    assert "49" not in said.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "LOCALHOST"])
def test_this_host_is_answered(sample: Path, host: str) -> None:
    assert ask(sample, f"{ADDRESS}?reservations=15", host=host).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec_fetch_site": "same-origin", "origin": "http://localhost"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"origin": "http://localhost"}, 200),
        ({"sec_fetch_site": "cross-site", "origin": "http://evil.example"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
    ],
)
def test_a_post_from_another_site_is_refused(
    sample: Path, headers: dict[str, str], status: int
) -> None:
    said = ask(sample, ADDRESS, BODY, content_type="application/json", **headers)
    assert said.status == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_post_that_says_it_is_no_json_is_refused(sample: Path, kind: str) -> None:
    assert ask(sample, ADDRESS, BODY, content_type=kind).status == 415


@pytest.mark.parametrize("address", ["/m/pizzeria", ADDRESS, "/nowhere", "/healthz"])
def test_each_answer_says_what_a_page_may_do(sample: Path, address: str) -> None:
    headers = ask(sample, address).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_a_page_has_no_script_and_no_style_of_its_own(sample: Path) -> None:
    text = ask(sample, "/m/pizzeria?reservations=15", read=True).text
    assert "<script" not in text
    assert "style=" not in text
    assert "<style" not in text
