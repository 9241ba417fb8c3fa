"""Where load may go: a plain-HTTP server on this machine's loopback interface, nowhere else.

A load generator pointed at a wrong name is an attack. As long as there is no ownership check for other hosts, an
address that is not loopback is refused before a socket is opened.
"""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from paceline import errors

_PROBE_S = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server to load, as named by its user."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """Return host and port as they stand in the `host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse(url: str) -> Target:
    """Return the target that a URL such as `http://127.0.0.1:8000` names.

    Raises:
        UsageError: Not `http`, not loopback, or more in it than host and port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        raise errors.UsageError("the target of a load run is not a URL; write it like http://127.0.0.1:8000") from None
    if parts.scheme != "http":
        raise errors.UsageError("load goes over plain http for now; write the target like http://127.0.0.1:8000")
    if not _is_loopback(parts.hostname or ""):
        raise errors.UsageError(
            f"load goes to loopback only (127.0.0.0/8, ::1, localhost), not to {parts.hostname or 'no host'}; "
            "run the generator on the machine of the server"
        )
    if _has_more(parts):
        raise errors.UsageError("the target of a load run is host and port; paths belong to the scenario's requests")
    return Target(parts.hostname or "", port)


async def locate(target: Target) -> str:
    """Return the IP address at which the target accepts connections; `localhost` may be either of two.

    Raises:
        ServiceUnavailable: Nothing listens there.
    """
    candidates = ("127.0.0.1", "::1") if target.host == "localhost" else (target.host,)
    for address in candidates:
        try:
            async with asyncio.timeout(_PROBE_S):
                _, writer = await asyncio.open_connection(address, target.port)
        except OSError:  # TimeoutError is one
            continue
        writer.transport.abort()
        return address
    raise errors.ServiceUnavailable(f"no server listens at http://{target.authority}; start it, then the load")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address in ipaddress.ip_network("127.0.0.0/8") if address.version == 4 else address == _IPV6_LOOPBACK


def _has_more(parts: SplitResult) -> bool:
    return bool(parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc)


_IPV6_LOOPBACK = ipaddress.IPv6Address("::1")
