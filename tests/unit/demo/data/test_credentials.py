"""What is kept of passwords and sessions."""

from __future__ import annotations

from paceline.demo.data import credentials


def test_capitals_in_an_address_do_not_change_the_digest():
    assert credentials.password_digest("Ada@Example.com", "x") == credentials.password_digest("ada@example.com", "x")
    assert credentials.password_digest("ada@example.com", "x") != credentials.password_digest("ada@example.com", "y")


def test_a_token_is_not_to_be_read_from_its_digest():
    token = credentials.session_token(7)
    assert token.startswith(credentials.SESSION_PREFIX)
    assert token not in credentials.token_digest(token)
    assert credentials.token_digest(token) != credentials.token_digest(credentials.session_token(8))
