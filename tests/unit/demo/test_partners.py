"""The companies that the shop calls, over real HTTP."""

from __future__ import annotations

import asyncio

import pytest

from paceline.demo import partners


def test_they_answer_the_same_to_both_clients_and_go_when_they_are_left():
    with partners.served() as asked:
        waiting = asyncio.run(asked.ask(partners.RATES, country="PT", pieces=3))
        standing = asked.ask_blocking(partners.RATES, country="PT", pieces=3)
        assert waiting == standing
        assert [rate["service"] for rate in waiting["rates"]] == ["parcel", "express"]
    with pytest.raises(ConnectionRefusedError):
        asked.ask_blocking(partners.RATES, country="PT", pieces=3)


def test_one_card_in_twenty_is_refused():
    async def story(asked):
        said = await asyncio.gather(*(asked.ask(partners.PAYMENTS, order=order, amount=1) for order in range(100)))
        return [answer["status"] for answer in said]

    with partners.served() as asked:
        statuses = asyncio.run(story(asked))
    assert 90 <= statuses.count("captured") < 100
    assert set(statuses) == {"captured", "failed"}


def test_others_are_served_while_one_waits_and_while_one_stands_still():
    async def story(asked):
        both = [asked.ask(partners.NUMBERS, order=order) for order in (1, 2)]
        numbers = [answer["number"] for answer in await asyncio.gather(*both)]
        assert asked.ask_blocking(partners.NUMBERS, order=1)["number"] == numbers[0]
        return numbers

    with partners.served() as asked:
        assert len(set(asyncio.run(story(asked)))) == 2


def test_a_signature_is_of_this_body_and_no_other():
    assert partners.sign(b"{}") == partners.sign(b"{}")
    assert partners.sign(b"{}") != partners.sign(b"{ }")
