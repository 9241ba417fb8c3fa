"""What both parsers share is in test_responses; here is when which one is taken."""

import sys

from paceline.prove import load
from paceline.prove.load import httptools, protocol, responses


def test_httptools_is_taken_when_it_is_installed():
    assert protocol.parser_factory() is httptools.HttptoolsParser


def test_our_own_parser_stands_in_when_it_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "httptools", None)
    monkeypatch.delitem(sys.modules, "paceline.prove.load.httptools")
    monkeypatch.delattr(load, "httptools")

    assert protocol.parser_factory() is responses.PlainParser
