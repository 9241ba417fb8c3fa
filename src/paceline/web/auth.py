"""The guard: one ASGI layer before the whole mount, so that no route, stream or file can be forgotten.

In this order: the request must be addressed to a host name of ours, be of a reasonable size, show a credential, else it
gets the same 404 as a path that does not exist, and must not be sent for a foreign page. The peer's address never
counts. A cookie reads; only a token in a header, or the host's own word, changes anything.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable

from starlette import requests
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paceline.web import headers, hosts, problems, settings, sizes, tokens

Authorize = Callable[[Scope], tokens.Role | Awaitable[tokens.Role | None] | None]
"""A host's own check: what may the sender of this request do? It replaces tokens and cookies."""

ROLE = "paceline.role"
"""Key of the ASGI scope under which the guard leaves the role of an admitted request."""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
"""Methods that change nothing (RFC 9110, 9.2.1); the last two have no route and end as 405."""

OPEN_PATHS = {"/login": "GET", "/login.js": "GET", "/login.css": "GET", "/session": "POST"}
"""What a browser needs before it has a credential; none of it says anything about the service."""

_log = logging.getLogger("paceline.web")


class Guard:
    """Admit, or answer in the application's stead. `access` None admits nobody."""

    def __init__(self, app: ASGIApp, wanted: settings.WebSettings, access: tokens.Access | Authorize | None) -> None:
        self._app = app
        self._hosts = hosts.AllowedHosts(wanted.allowed_hosts)
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is not admitted, pass on one that is; add our headers to both."""
        if scope["type"] == "http":
            await self._guarded(scope, receive, headers.adding(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._misfit(scope) or await self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        started = False

        async def watching(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, sizes.bounded(receive), watching)
        except Exception:
            # The host's log and error tools get nothing of ours raised into them; ours says it once, with the trace.
            _log.exception("paceline: a request to the dashboard failed")
            if not started:
                await problems.response(500, "paceline failed; its log says where.")(scope, receive, send)

    def _misfit(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not meant for us or too large, whatever its path."""
        if not self._hosts.allow(hosts.addressed(scope)):
            return problems.response(421, "This host name is not among allowed_hosts (PACELINE_ALLOWED_HOSTS).")
        return sizes.refusal(scope)

    async def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not admitted; else leave its role in the scope."""
        sent = Headers(scope=scope)
        path = hosts.path_below_mount(scope)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        is_open = isinstance(self._access, tokens.Access) and OPEN_PATHS.get(path) == method
        role, by_cookie = await self._role(scope, sent)
        if role is None and not is_open:
            return problems.not_found()
        if hosts.from_foreign_page(scope["method"], sent):
            return problems.response(403, "Requests from pages of another origin are refused.")
        if role is None or is_open:
            return None
        scope[ROLE] = role
        if scope["method"] not in SAFE_METHODS:
            return self._refused_change(role, sent, by_cookie=by_cookie)
        return RedirectResponse(f"{scope.get('root_path', '')}/", 307) if path == "" else None

    async def _role(self, scope: Scope, sent: Headers) -> tuple[tokens.Role | None, bool]:
        """Return the role, and whether only a cookie says so."""
        if self._access is None:
            return None, False
        if not isinstance(self._access, tokens.Access):
            return await _by_host(self._access, scope), False
        token = _token(sent)
        if token is not None:
            return self._access.role_of(token), False
        cookie = _cookie(sent, self._access.cookie_name)
        return (tokens.VIEWER if cookie and self._access.is_session(cookie) else None), True

    def _refused_change(self, role: tokens.Role, sent: Headers, *, by_cookie: bool) -> Response | None:
        if by_cookie:
            return problems.response(403, "A browser session may read only; send the operator token in a header.")
        if role != tokens.OPERATOR:
            return problems.response(403, "This needs the operator token; the viewer token may read only.")
        if not isinstance(self._access, tokens.Access) and "x-paceline" not in sent:
            # The host may have believed a cookie; a header of our own name forces a preflight on foreign pages.
            return problems.response(403, "Send the header X-Paceline: 1 with requests that change something.")
        return None


def role_of(scope: Scope) -> tokens.Role:
    """Return the role of an admitted request."""
    return scope[ROLE]


def demand_operator(request: requests.Request) -> None:
    """Raise 403 for a reader who may not change either: what is behind this is for the operator's eyes only.

    A host's own check may have believed a cookie, so that needs the same header as a change.
    """
    by_host = not isinstance(request.app.state.access, tokens.Access)
    if role_of(request.scope) != tokens.OPERATOR or (by_host and "x-paceline" not in request.headers):
        raise HTTPException(403, "Only the operator may read this, with the operator token in a header.")


async def _by_host(authorize: Authorize, scope: Scope) -> tokens.Role | None:
    try:
        answer = authorize(scope)
        role = await answer if inspect.isawaitable(answer) else answer
    except Exception:
        # A host's check that breaks admits nobody.
        _log.exception("paceline: the host's authorize callable failed; the request is refused")
        return None
    return role if role in (tokens.VIEWER, tokens.OPERATOR) else None


def _token(sent: Headers) -> str | None:
    scheme, _, token = sent.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return sent.get("x-paceline-token")


def _cookie(sent: Headers, name: str) -> str | None:
    # As browsers write them: one that the standard library's parser stumbles over must not hide ours behind it.
    return requests.cookie_parser(sent.get("cookie", "")).get(name)
