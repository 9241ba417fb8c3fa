"""The environment of a watched command."""

import os

from paceline.integrations.zero_code import environment

FOLDER = environment.start_folder()


def test_the_folder_comes_first_and_settings_become_variables():
    made = environment.watched({"PATH": "/bin", "PYTHONPATH": "/a"}, {"service": "shop", "slow_response_ms": "50"})
    assert made == {
        "PATH": "/bin",
        "PYTHONPATH": f"{FOLDER}{os.pathsep}/a",
        "PACELINE_SERVICE": "shop",
        "PACELINE_SLOW_RESPONSE_MS": "50",
    }


def test_one_inside_the_other_stands_there_once():
    once = environment.watched({}, {})
    assert environment.watched(once, {}) == once == {"PYTHONPATH": FOLDER}


def test_disabled_it_stays_as_it_is():
    given = {"PACELINE_DISABLE": "1", "PYTHONPATH": "/a"}
    assert environment.watched(given, {"service": "shop"}) == given
