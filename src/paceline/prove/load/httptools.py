"""The parser on httptools (llhttp in C): what is used when the `load` extra is installed.

llhttp does not know the request, so three things are decided here: an answer to HEAD ends with its head, interim
responses are passed over, and a body without framing ends when the connection closes.
"""

from __future__ import annotations

import httptools

from paceline.prove.load.responses import BadResponse


class HttptoolsParser:
    """Reads the responses of one connection, one after the other; see `responses.ResponseParser`."""

    __slots__ = ("_closes", "_complete", "_engine", "_framed", "_in_body", "_without_body", "keep_alive", "status")

    def __init__(self) -> None:
        self._engine = httptools.HttpResponseParser(self)
        self._without_body = False
        self._reset()

    def begin(self, *, without_body: bool) -> None:
        """Expect a new response; `without_body` when it answers HEAD."""
        if self._without_body:  # llhttp still waits for the body that a HEAD response only announced
            self._engine = httptools.HttpResponseParser(self)
        self._without_body = without_body
        self._reset()

    def feed(self, data: bytes) -> bool:
        """Take bytes as they arrived and return whether the response is complete; BadResponse if it is none."""
        try:
            self._engine.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as wrong:
            if not self._complete:
                raise BadResponse(str(wrong)) from wrong
            self.keep_alive = False
        return self._complete

    def ends_at_close(self) -> bool:
        """Return whether a close of the connection now is the proper end of the response."""
        return self._in_body and not self._framed and not self._complete

    # Called by llhttp.

    def on_message_begin(self) -> None:
        """Note bytes after the end: this response counts, but what follows could be anything."""
        if self._complete:
            self.keep_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note whether the body says its own end, and whether the connection ends with it."""
        # The length of the name first: this runs for every header, and hardly any is wanted.
        if len(name) == 14 and name.lower() == b"content-length":
            self._framed = True
        elif len(name) == 17 and name.lower() == b"transfer-encoding":
            self._framed = value.lower().rpartition(b",")[2].strip() == b"chunked"
        elif len(name) == 10 and name.lower() == b"connection":
            self._closes = self._closes or b"close" in value.lower()

    def on_headers_complete(self) -> None:
        """Take the status; an answer to HEAD is complete with it."""
        status = self._engine.get_status_code()
        if self._complete:
            return
        if 100 <= status < 200:
            self._framed = self._closes = False  # what an interim response says of itself is not the final one's
            return
        self.status = status
        self._in_body = True
        if self._without_body:
            self._finish()

    def on_body(self, _body: bytes) -> None:
        """Note a body where none may be: the connection is out of step."""
        if self._complete:
            self.keep_alive = False

    def on_message_complete(self) -> None:
        """End the response, unless it was an interim one."""
        if self._in_body and not self._complete:
            self._finish()
        elif not self._complete and self._engine.get_status_code() == 101:
            raise BadResponse("protocol switched without being asked to")

    def _finish(self) -> None:
        self._complete = True
        self.keep_alive = self._engine.should_keep_alive()
        if self._without_body and not self._framed:
            # llhttp takes the body to last until the close; where there is none, HTTP/1.1 stays open.
            self.keep_alive = not self._closes and self._engine.get_http_version() == "1.1"

    def _reset(self) -> None:
        self.status = 0
        self.keep_alive = False
        self._closes = self._complete = self._framed = self._in_body = False
