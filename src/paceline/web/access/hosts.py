"""Where a request says it is going and where it comes from: host names, foreign pages, the path below the mount."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Scope

_SAFE_METHODS = ("GET", "HEAD")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@/\\\s]+?)\.?(:[0-9]{0,5})?")


class AllowedHosts:
    """The host names a request may be addressed to; ports do not matter."""

    def __init__(self, names: Iterable[str]) -> None:
        wanted = [name.strip().lower() for name in names]
        self._any = "*" in wanted
        self._names = frozenset(name for name in wanted if not name.startswith("*"))
        self._endings = tuple(name[1:] for name in wanted if name.startswith("*.") and len(name) > 2)

    def allow(self, host: str) -> bool:
        """Return whether the value of a Host header names one of ours."""
        name = without_port(host.lower())
        if not name:
            return False
        return self._any or name in self._names or any(name.endswith(end) and name != end for end in self._endings)


def addressed(scope: Scope) -> str:
    """Return the value of the Host header; "" when there is none or more than one.

    What a proxy says it was asked for (`X-Forwarded-Host`, `Forwarded`) does not count: anybody can write it.
    """
    named = [value for name, value in scope["headers"] if name == b"host"]
    return named[0].decode("latin-1") if len(named) == 1 else ""


def without_port(host: str) -> str:
    """Return the name in a Host header, an IPv6 address in its brackets; "" for what is no name and port."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""


def from_foreign_page(method: str, sent: Headers) -> bool:
    """Return whether a browser sent this for a page of another origin.

    `Sec-Fetch-Site` decides where the browser sends it (to localhost and over https); older ways see `Origin`, which
    must then name the host that was asked. Following a link to us is no such request; tools that are no browser send
    neither.
    """
    site = sent.get("sec-fetch-site")
    if site is not None:
        following_a_link = method in _SAFE_METHODS and sent.get("sec-fetch-mode") == "navigate"
        return site not in {"same-origin", "none"} and not following_a_link
    origin = sent.get("origin")
    if origin is None:
        return False
    return origin.lower().partition("://")[2] != sent.get("host", "").lower()


def path_below_mount(scope: Scope) -> str:
    """Return the path without the mount's prefix; "" for the prefix itself without a slash."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and (path == root or path.startswith(root + "/")):
        return path[len(root) :]
    return path
