import itertools
import pickle
from collections import Counter

import pytest

from paceline import errors
from paceline.prove.load import scenario

READ = scenario.Request("GET", "/orders/17?token=abc")
WRITE = scenario.Request("POST", "/orders", b"{}", (("content-type", "application/json"),), label="POST /orders")


def test_default_label_is_method_and_path_without_the_query_string():
    assert READ.label == "GET /orders/17"
    assert WRITE.label == "POST /orders"


@pytest.mark.parametrize("path", ["orders", "/a b", "/a\r\nx: y", "/é", "", "http://127.0.0.1/"])
def test_a_path_that_would_break_the_request_line_is_refused(path):
    with pytest.raises(errors.UsageError, match="must begin with /"):
        scenario.Request("GET", path)


@pytest.mark.parametrize("header", [("x", "a\r\nb: c"), ("x y", "a"), ("x", "\x00"), ("", "a")])
def test_a_header_that_would_break_the_head_is_refused(header):
    with pytest.raises(errors.UsageError, match="printable ASCII"):
        scenario.Request("GET", "/", headers=(header,))


def test_the_length_of_the_body_cannot_be_given_by_hand():
    with pytest.raises(errors.UsageError, match="Content-Length is set from the body"):
        scenario.Request("POST", "/", b"x", (("Content-Length", "5"),))


def test_a_method_in_small_letters_is_refused():
    with pytest.raises(errors.UsageError, match="write it like GET"):
        scenario.Request("get", "/")


def test_cycle_repeats_its_steps_in_order():
    assert list(itertools.islice(scenario.Cycle((READ, WRITE)).requests(), 5)) == [READ, WRITE, READ, WRITE, READ]
    assert list(scenario.Cycle(()).requests()) == []


def test_mix_draws_by_weight_and_repeats_with_its_seed():
    mix = scenario.Mix(((READ, 3), (WRITE, 1)), seed=5)
    drawn = list(itertools.islice(mix.requests(), 4_000))

    assert drawn == list(itertools.islice(mix.requests(), 4_000))
    assert Counter(drawn)[READ] == pytest.approx(3_000, abs=150)


@pytest.mark.parametrize("choices", [(), ((READ, 0),), ((READ, -1),), ((READ, float("nan")),)])
def test_a_mix_without_weight_is_refused(choices):
    with pytest.raises(errors.UsageError, match="weight above 0"):
        scenario.Mix(choices, seed=1)


def test_scenarios_travel_to_other_processes():
    mix = scenario.Mix(((READ, 3), (WRITE, 1)), seed=5)

    assert pickle.loads(pickle.dumps(mix)) == mix


@pytest.mark.parametrize("abandon_after_s", [0, -1, float("inf"), float("nan")])
def test_a_client_cannot_leave_before_it_came_or_at_no_time(abandon_after_s):
    with pytest.raises(errors.UsageError, match="cannot be abandoned after"):
        scenario.Request("GET", "/", abandon_after_s=abandon_after_s)
