"""What is sent: requests, each under the label that its results are counted by.

A scenario gives one request per arrival, in order, from a plain iterator, so that equal seeds replay equal traffic. It
must be cheap: it runs inside the sending loop, and what it costs shows up as lateness of the generator.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from paceline import errors

_METHOD = re.compile(r"[A-Z]+")
_PATH = re.compile(r"/[!-~]*")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")
_OURS = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to send."""

    method: str
    path: str
    """Path and query string, percent-encoded ASCII, beginning with `/`."""
    body: bytes | None = None
    """None sends no body; its length is always declared, never chunked."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values as sent; `host` and `user-agent` replace the defaults, the length of the body is not yours."""
    label: str = ""
    """What results are counted under; empty becomes method and path without the query string. Give the route template
    where the path holds an identifier, both for few rows and because a label reaches reports."""
    abandon_after_s: float | None = None
    """How long after it was written the client closes the connection if the answer is not whole; None waits."""

    def __post_init__(self) -> None:
        if not _METHOD.fullmatch(self.method):
            raise errors.UsageError(f"request method {self.method!r} is not a word in capitals; write it like GET")
        if not _PATH.fullmatch(self.path):
            raise errors.UsageError(
                f"path of a {self.method} request must begin with / and be percent-encoded ASCII; quote it first"
            )
        for name, value in self.headers:
            _check_header(name, value)
        _check_patience(self.abandon_after_s)
        if not self.label:
            object.__setattr__(self, "label", f"{self.method} {self.path.partition('?')[0]}")


class Scenario(Protocol):
    """A source of requests; picklable, so that it can go to other processes."""

    def requests(self) -> Iterator[Request]:
        """Return a fresh iterator: one request per arrival; the run ends early when it does."""
        ...


@dataclass(frozen=True, slots=True)
class Cycle:
    """A scenario that repeats its requests in order for ever."""

    steps: tuple[Request, ...]

    def requests(self) -> Iterator[Request]:
        """Return the endless repetition; none when there are no steps."""
        return itertools.cycle(self.steps)


@dataclass(frozen=True, slots=True)
class Mix:
    """A scenario that draws each request by weight, independently of the one before; equal seeds draw alike."""

    choices: tuple[tuple[Request, float], ...]
    """Requests with their weights; only the ratios count."""
    seed: int

    def __post_init__(self) -> None:
        if not self.choices or any(not 0 < weight < float("inf") for _, weight in self.choices):
            raise errors.UsageError("a request mix needs at least one request, each with a weight above 0")

    def requests(self) -> Iterator[Request]:
        """Yield requests for ever."""
        steps = [request for request, _ in self.choices]
        bounds = list(itertools.accumulate(weight for _, weight in self.choices))
        uniform = random.Random(self.seed).random
        last = len(steps) - 1
        while True:
            yield steps[bisect.bisect_right(bounds, uniform() * bounds[-1], 0, last)]


def _check_header(name: str, value: str) -> None:
    if name.lower() in _OURS:
        raise errors.UsageError(f"header {name} is set from the body; leave it out of the request")
    if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
        raise errors.UsageError(f"header {name!r} holds characters that HTTP does not allow; use printable ASCII")


def _check_patience(abandon_after_s: float | None) -> None:
    if abandon_after_s is not None and not (math.isfinite(abandon_after_s) and abandon_after_s > 0):
        raise errors.UsageError(
            f"a request cannot be abandoned after {abandon_after_s} s; give a number above 0, or leave it out to wait"
        )
