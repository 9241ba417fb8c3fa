"""A real browser opens the one-time URL: the page draws itself under its own policy, and no script has the cookie."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests import fix_hostile, fix_web
from tests.browser import fix_chromium
from tests.fix_observed import serving

pytestmark = pytest.mark.skipif(
    fix_chromium.found() is None, reason="no Chromium here: install the package chromium-headless-shell"
)


@pytest.fixture(scope="module", params=["plain", "hostile"])
def shop(request, tmp_path_factory):
    """(address, access) of a shop with ordinary names, and of one whose every name is an attack."""
    folder = tmp_path_factory.mktemp("shop")
    app = fix_web.shop_app(folder) if request.param == "plain" else fix_hostile.hostile_app(folder)
    with serving(Starlette(routes=[Mount("/performance", app)])) as port:
        yield f"http://localhost:{port}", app.state.access, request.param


@pytest.fixture(scope="module")
def tab(shop, tmp_path_factory):
    """A browser that came in by the one-time URL and sees the page with its numbers."""
    address, access, _ = shop
    with fix_chromium.browsing(tmp_path_factory.mktemp("profile")) as tab:
        tab.url = access.one_time_url(address)
        tab.go(tab.url)
        tab.wait("document.querySelectorAll('#endpoints tbody tr').length")
        tab.wait("document.querySelectorAll('#statements tbody tr').length")
        tab.wait("document.querySelectorAll('#slow tbody tr').length")
        tab.wait("document.getElementById('freshness').dataset.state === 'live'")
        yield tab


def test_the_page_shows_the_service_as_text(shop, tab):
    told = tab.value("document.body.innerText")
    assert "Slowest endpoints" in told.replace("SLOWEST ENDPOINTS", "Slowest endpoints")
    wanted = "/orders/" if shop[2] == "plain" else f"<script>window.{fix_hostile.MARK}=1</script>"
    assert wanted in tab.value("document.getElementById('endpoints').textContent")
    assert tab.value(f"typeof window.{fix_hostile.MARK}") == "undefined"
    assert tab.value("document.querySelectorAll('main script, main img, main iframe').length") == 0


def test_the_code_has_left_the_address_bar(shop, tab):
    assert tab.value("location.href") == f"{shop[0]}/performance/"
    assert not any("code=" in address.partition("#")[0] for address in tab.addresses())


def test_no_script_can_read_the_cookie(shop, tab):
    assert tab.value("document.cookie") == ""
    (cookie,) = tab.call("Network.getCookies")["cookies"]
    assert cookie["name"] == shop[1].cookie_name
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/performance")


def test_all_pages_keep_to_their_own_policy_and_ask_nobody_else(shop, tab):
    tab.go(f"{shop[0]}/performance/docs")
    tab.wait("document.querySelectorAll('#operations details').length > 10")
    tab.go(f"{shop[0]}/performance/")
    tab.wait("document.querySelectorAll('#endpoints tbody tr').length")
    assert tab.complaints() == []
    assert {address for address in tab.addresses() if not address.startswith(("data:", shop[0]))} == set()


def test_the_policy_holds_against_markup_code_and_foreign_hosts(tab):
    """What a mistake in a page would do, the browser refuses."""
    assert tab.value("try { document.body.innerHTML = '<b>x</b>'; 'made' } catch (error) { error.name }") == "TypeError"
    handler = "document.createElement('p').setAttribute('onclick', 'window.inline=1')"
    assert tab.value(f"try {{ {handler}; 'made' }} catch (error) {{ error.name }}") == "TypeError"
    assert tab.value("fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.name)") == "TypeError"
    assert any("Content Security Policy" in told for told in tab.complaints())


def test_the_url_works_once(shop, tab, tmp_path):
    with fix_chromium.browsing(tmp_path) as other:
        other.go(tab.url)
        other.wait("!document.getElementById('form').hidden")
        assert "not valid" in other.value("document.getElementById('say').textContent")
        assert other.call("Network.getCookies")["cookies"] == []
