"""Constants are one token each, and none of their content is among the tokens."""

from __future__ import annotations

from paceline.telemetry import sql_tokens


def test_words_are_folded_quoted_names_are_not_and_constants_are_marks():
    assert sql_tokens.tokens("SELECT \"U\".a, 'x' /* c */ FROM T -- d") == [
        "select",
        '"U"',
        ".",
        "a",
        ",",
        "?",
        "from",
        "t",
    ]


def test_nested_comments_and_dollar_quotes_are_skipped_to_their_own_end():
    assert sql_tokens.tokens("a /* /* */ ' */ b $x$ $$ ' $x$ c") == ["a", "b", "?", "c"]


def test_a_sign_belongs_to_a_constant_unless_something_stands_before_it():
    assert sql_tokens.unsigned(sql_tokens.tokens("a - 1 = - -2")) == ["a", "-", "?", "=", "?"]
