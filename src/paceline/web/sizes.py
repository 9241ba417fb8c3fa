"""How large a request may be: what is larger is refused before anybody reads it, whoever sends it and to which path.

Most servers have such limits too; these hold behind one that has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from paceline.web import problems

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope

MAX_TARGET_BYTES = 8_192
"""Path and query string: RFC 9110 (4.1) wants 8 000 to be possible."""
MAX_HEADERS_BYTES = 32_768
"""All headers: four buffers of 8 KB, which is the default of nginx (`large_client_header_buffers`)."""
MAX_BODY_BYTES = 65_536
"""No change that can be asked for needs a page of text."""

_TOO_LARGE = f"A body has at most {MAX_BODY_BYTES} bytes."


def refusal(scope: Scope) -> Response | None:
    """Return the answer to a request that is too large, None for all others."""
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(scope.get("query_string", b""))
    if target > MAX_TARGET_BYTES:
        return problems.response(414, f"Path and query string have at most {MAX_TARGET_BYTES} bytes.")
    sent: list[tuple[bytes, bytes]] = scope["headers"]
    if sum(len(name) + len(value) for name, value in sent) > MAX_HEADERS_BYTES:
        return problems.response(431, f"Headers have at most {MAX_HEADERS_BYTES} bytes together.")
    length = next((value for name, value in sent if name == b"content-length"), b"0")
    if length.isdigit() and int(length[:12]) > MAX_BODY_BYTES:
        return problems.response(413, _TOO_LARGE)
    return None


def bounded(receive: Receive) -> Receive:
    """Return a `receive` that raises HTTPException (413) when a body without an announced length grows too large."""
    read_bytes = 0

    async def receiving() -> Message:
        nonlocal read_bytes
        message = await receive()
        read_bytes += len(message.get("body", b""))
        if read_bytes > MAX_BODY_BYTES:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return receiving
