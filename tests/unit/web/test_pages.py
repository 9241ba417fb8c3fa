"""The pages bring everything with them: no inline code, no foreign host, no markup made from data, and few bytes."""

import re
from pathlib import Path

import pytest
from tests import fix_web

import paceline.web
from paceline.web import pages

STATIC = Path(paceline.web.__file__).parent / "static"
HTML = sorted(STATIC.glob("*.html"))
SCRIPTS = sorted(STATIC.glob("*.js"))
TEXTS = sorted(STATIC.iterdir())
SINKS = (
    *(
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "setHTML",
        "document.write",
        "srcdoc",
        "createContextualFragment",
    ),
    *("DOMParser", "eval(", "Function(", "import(", "javascript:", "postMessage", "localStorage", "sessionStorage"),
)
"""What turns text into markup or code, and where a secret would outlive the page."""


def test_every_file_is_served_and_every_served_file_is_there():
    assert {path.name for path in TEXTS} == {name for name, _ in pages.FILES.values()}


def test_all_pages_together_stay_below_40_kb():
    assert sum(path.stat().st_size for path in TEXTS) <= 40_000


@pytest.mark.parametrize("path", HTML, ids=lambda path: path.name)
def test_a_page_has_no_inline_script_style_or_handler(path):
    text = path.read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "<style" not in text
    assert re.findall(r"\s(style|on\w+)=", text) == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere_and_every_address_is_relative(path):
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"(https?:)?//[a-z]", text) == []
    assert re.findall(r"""(?:href|src)=["']/""", text) == []
    assert "@import" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_never_makes_markup_or_code_from_text(path):
    text = path.read_text()
    for sink in SINKS:
        assert sink not in text
    assert re.findall(r"""setAttribute\(["'](on|href|src|style)""", text) == []
    assert re.findall(r"""set(?:Timeout|Interval)\(["'`]""", text) == []


def test_files_are_served_with_their_type_and_not_sent_twice(tmp_path):
    app = fix_web.shop_app(tmp_path)
    for path, (_, media_type) in pages.FILES.items():
        answer = fix_web.ask(app, "GET", path, headers=fix_web.VIEWER)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        again = {**fix_web.VIEWER, "If-None-Match": answer.headers["etag"]}
        assert fix_web.ask(app, "GET", path, headers=again).status_code == 304


@pytest.mark.parametrize("path", ["/../settings.py", "/%2e%2e/settings.py", "/static/index.html", "/examples.json"])
def test_no_other_file_can_be_had(tmp_path, path):
    assert fix_web.ask(fix_web.shop_app(tmp_path), "GET", path, headers=fix_web.VIEWER).status_code == 404


def test_the_login_page_takes_a_code_from_the_fragment_only():
    """A query would stand in access logs, and a code that works from there would be printed there."""
    text = (STATIC / "login.js").read_text()
    assert "location.hash" in text
    assert "location.search" not in text
    assert "history.replaceState" in text
