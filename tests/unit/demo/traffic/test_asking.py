"""Requests as they go over the wire."""

from __future__ import annotations

from paceline.demo.traffic.asking import ask


def test_a_read_has_its_names_in_the_path_and_its_query_quoted():
    request = ask("GET /orders/{order_id}", order_id=7, query={"q": "a&b"})
    assert (request.route, request.method, request.path) == ("GET /orders/{order_id}", "GET", "/orders/7?q=a%26b")
    assert (request.body, request.abandon_after_s) == (None, None)


def test_a_link_that_the_shop_has_made_stays_as_it_is():
    assert ask("GET /a", query="page=2&after=1-2").path == "/a?page=2&after=1-2"


def test_a_write_is_json_and_a_visitor_who_is_signed_in_says_so():
    request = ask("POST /a", content={}, token="t")
    assert request.body == b"{}"
    assert ("content-type", "application/json") in request.headers
    assert ("authorization", "Bearer t") in request.headers
