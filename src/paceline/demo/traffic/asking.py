"""One request as it goes over the wire, and how one is made of a route template."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

_ACCEPTED = (("accept", "application/json"), ("accept-encoding", "gzip"))
_TYPED = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class ShopRequest:
    """One request; whom it is sent to is the sender's affair.

    Attributes:
        route: method and route template, what its results are counted under.
        path: with the query string.
        body: None for none.
        headers: names and values.
        abandon_after_s: when the visitor gives up; None waits.
    """

    route: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = _ACCEPTED
    abandon_after_s: float | None = None

    @property
    def method(self) -> str:
        """Return the HTTP method."""
        return self.route.partition(" ")[0]


def ask(
    route: str,
    *,
    query: dict[str, object] | str = "",
    content: object = None,
    token: str = "",
    **names: object,
) -> ShopRequest:
    """Return a request.

    Args:
        route: method and route template, like `GET /orders/{order_id}`.
        query: parameters, or a query string that somebody else has made.
        content: what the body holds as JSON; None sends no body.
        token: of a session; empty is a guest.
        names: what stands in the template for its names.
    """
    template = route.partition(" ")[2]
    asked = query if isinstance(query, str) else urlencode(query)
    headers = _ACCEPTED
    if content is not None:
        headers += _TYPED
    if token:
        headers += (("authorization", f"Bearer {token}"),)
    return ShopRequest(
        route,
        template.format(**names) + (f"?{asked}" if asked else ""),
        None if content is None else json.dumps(content).encode(),
        headers,
    )
