"""Settings of the web room; defaults are pinned by a test and explained in docs/reference/settings.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MIN_TOKEN_CHARACTERS = 20
"""Shortest token that is taken from settings: 20 random letters and digits are beyond guessing over a network."""


def _prefix(raw: object) -> str:
    text = str(raw)
    if re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", text) is None:
        message = "it begins with / and has letters, digits and . _ ~ - between the slashes, as in /performance"
        raise ValueError(message)
    return text


def _token(raw: object) -> str:
    text = str(raw)
    if len(text) < MIN_TOKEN_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        # The value itself is a secret and stays out of the message.
        message = (
            f"a token has at least {MIN_TOKEN_CHARACTERS} visible ASCII characters, as `openssl rand -hex 32` gives"
        )
        raise ValueError(message)
    return text


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the dashboard and the API are, and who may see them."""

    prefix: str = field(default="/performance", metadata={"parse": _prefix})
    """Path under which everything is mounted."""
    viewer_token: str | None = field(default=None, repr=False, metadata={"parse": _token})
    """Token for reading; None: one is generated into the user's state folder and shared by all workers."""
    operator_token: str | None = field(default=None, repr=False, metadata={"parse": _token})
    """Token for reading and changing; None: generated, as above."""
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    """Host names a request may be addressed to, without port; `*.example.com` takes its subdomains, `*` any name.
    A list defeats DNS rebinding: a foreign page that resolves to this machine still carries its own host name."""
