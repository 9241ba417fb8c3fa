"""Where one HTTP/1.1 response ends: the sans-I/O parser that is used when httptools is not installed.

A load generator needs the status, the end of the response and whether the connection may be used again, nothing else;
bodies are skipped, never kept. The end is found by RFC 9112 section 6.3: no body after HEAD, 204 and 304; else chunked
coding; else Content-Length; else the close of the connection. Interim responses (1xx) are passed over. What could be
read in two ways (both framings, lengths that contradict) is refused, as llhttp does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

LARGEST_HEAD_BYTES = 64 * 1024
"""A head that is longer is not a head; llhttp leaves the bound to its user, nginx and h11 stop at 8 to 64 KiB."""

_BODILESS = frozenset({204, 304})
_STATUS_LINE = re.compile(rb"(?:\r\n)*HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?\r\n")
_FRAMING = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE
)
_LENGTH = re.compile(rb"\d{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?")


class BadResponse(Exception):
    """The server's bytes are not an HTTP/1.1 response."""


class ResponseParser(Protocol):
    """Reads the responses of one connection, one after the other."""

    status: int
    """Status of the final response, once its head was read."""
    keep_alive: bool
    """Whether the connection may carry another request, once the response is complete."""

    def begin(self, *, without_body: bool) -> None:
        """Expect a new response; `without_body` when it answers HEAD."""
        ...

    def feed(self, data: bytes) -> bool:
        """Take bytes as they arrived and return whether the response is complete; BadResponse if it is none."""
        ...

    def ends_at_close(self) -> bool:
        """Return whether a close of the connection now is the proper end of the response."""
        ...


class PlainParser:
    """The parser in plain Python; one per connection."""

    __slots__ = ("_buffer", "_left", "_stage", "_without_body", "keep_alive", "status")

    def __init__(self) -> None:
        self.begin(without_body=False)

    def begin(self, *, without_body: bool) -> None:
        """Expect a new response; `without_body` when it answers HEAD."""
        self.status = 0
        self.keep_alive = False
        self._without_body = without_body
        self._buffer = b""
        self._left = 0
        self._stage: Callable[[], bool] = self._head

    def feed(self, data: bytes) -> bool:
        """Take bytes as they arrived and return whether the response is complete; BadResponse if it is none."""
        self._buffer = self._buffer + data if self._buffer else data
        while self._stage():
            pass
        return self._stage == self._done

    def ends_at_close(self) -> bool:
        """Return whether a close of the connection now is the proper end of the response."""
        return self._stage == self._until_close

    # Each stage takes what it can from the buffer and returns whether the next one has something to do.

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 and len(self._buffer) <= LARGEST_HEAD_BYTES:
            return self._head_may_begin()
        line = _STATUS_LINE.match(self._buffer) if end >= 0 else None
        if line is None:
            raise BadResponse("no status line, or a head without end")
        head = self._buffer[line.end() - 2 : end + 2]
        self._buffer = self._buffer[end + 4 :]
        self.status = int(line[2])
        if 100 <= self.status < 200:
            return self._pass_over_interim()
        self._enter_body(head, newer=line[1] == b"1")
        return True

    def _head_may_begin(self) -> bool:
        start = self._buffer.lstrip(b"\r\n")[:7]
        newline = self._buffer.find(b"\n")
        if not b"HTTP/1.".startswith(start) or (newline >= 0 and self._buffer[newline - 1 : newline] != b"\r"):
            raise BadResponse("no HTTP/1 response")
        return False

    def _pass_over_interim(self) -> bool:
        if self.status == 101:
            raise BadResponse("protocol switched without being asked to")
        return True

    def _enter_body(self, head: bytes, *, newer: bool) -> None:
        found: dict[bytes, list[bytes]] = {b"content-length": [], b"transfer-encoding": [], b"connection": []}
        for name, value in _FRAMING.findall(head):
            found[name.lower()].append(value.lower())
        options = {option.strip() for value in found[b"connection"] for option in value.split(b",")}
        self.keep_alive = b"close" not in options and (newer or b"keep-alive" in options)
        self._stage = self._framing(found[b"content-length"], b",".join(found[b"transfer-encoding"]))
        if self._stage == self._until_close:
            self.keep_alive = False

    def _framing(self, lengths: list[bytes], codings: bytes) -> Callable[[], bool]:
        if len(lengths) > 1 or (lengths and codings):
            raise BadResponse("length of the body told twice")
        if lengths and not _LENGTH.fullmatch(lengths[0]):
            raise BadResponse("content-length is not a number")
        if self._without_body or self.status in _BODILESS:
            return self._done
        if codings:
            chunked = codings.rpartition(b",")[2].strip() == b"chunked"
            return self._chunk_size if chunked else self._until_close
        if not lengths:
            return self._until_close
        self._left = int(lengths[0])
        return self._length

    def _length(self) -> bool:
        if len(self._buffer) < self._left:
            self._left -= len(self._buffer)
            self._buffer = b""
            return False
        self._buffer = self._buffer[self._left :]
        self._stage = self._done
        return True

    def _chunk_size(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        size = _CHUNK_SIZE.fullmatch(line) if found else None
        if size is None:
            if found or len(line) > LARGEST_HEAD_BYTES:
                raise BadResponse("chunk size is not a number")
            return False
        self._buffer = rest
        self._left = int(size[1], 16)
        self._stage = self._chunk if self._left else self._trailers
        return True

    def _chunk(self) -> bool:
        taken = min(self._left, len(self._buffer))
        self._left -= taken
        self._buffer = self._buffer[taken:]
        if self._left or len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            raise BadResponse("chunk longer than its size")
        self._buffer = self._buffer[2:]
        self._stage = self._chunk_size
        return True

    def _trailers(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            if len(line) > LARGEST_HEAD_BYTES:
                raise BadResponse("trailer without end")
            return False
        self._buffer = rest
        if not line:
            self._stage = self._done
        return True

    def _until_close(self) -> bool:
        self._buffer = b""
        return False

    def _done(self) -> bool:
        if self._buffer:  # More than was asked for: this response counts, but what follows could be anything.
            self._buffer = b""
            self.keep_alive = False
        return False
