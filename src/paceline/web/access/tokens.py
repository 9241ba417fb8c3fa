"""Who holds which secret: the two tokens, the one-time URL, and the cookie that a browser gets for it.

Tokens come from settings, else are generated once into the user's state folder, where all workers find the same ones.
The cookie is signed with a key made from both tokens, so every worker knows it, and changing a token ends all sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any, Literal, cast

from paceline import clock as clocks
from paceline.web import settings
from paceline.web.access import codes, private_files

VIEWER: Literal["viewer"] = "viewer"
OPERATOR: Literal["operator"] = "operator"
Role = Literal["viewer", "operator"]

SESSION_S = 12 * 3_600
"""How long a cookie is good: a working day."""


class Access:
    """The secrets of one service. `folder` is the user's state folder; None keeps everything in this process.

    Thread-safe. A folder that cannot be used does not fail the host: the secrets then live in this process only and
    `note` says why.
    """

    def __init__(
        self, wanted: settings.WebSettings, folder: Path | None, *, clock: clocks.Clock = clocks.SYSTEM
    ) -> None:
        self.note: str | None = None if folder else "there is no state folder: tokens are of this process only"
        self._clock = clock
        self._prefix = wanted.prefix
        self._codes: codes.Codes = codes.MemoryCodes(clock)
        kept: dict[str, str] = {}
        if folder is not None:
            try:
                kept = _kept_tokens(folder / "tokens.json")
                private_files.make_folder(folder / "codes")
                self._codes = codes.FileCodes(folder / "codes", clock)
            except (OSError, ValueError) as error:
                self.note = f"tokens are of this process only: {error}"
        self.viewer_token = wanted.viewer_token or kept.get(VIEWER) or secrets.token_urlsafe(32)
        self.operator_token = wanted.operator_token or kept.get(OPERATOR) or secrets.token_urlsafe(32)
        self._key = _key(self.viewer_token, self.operator_token)
        self.cookie_name = "paceline_" + hashlib.sha256(b"name" + self._key).hexdigest()[:8]
        """A name per service, because cookies do not tell the ports of one host apart."""

    def role_of(self, token: str) -> Role | None:
        """Return what a token allows; both comparisons take place in constant time."""
        given = token.encode()
        is_viewer = hmac.compare_digest(given, self.viewer_token.encode())
        is_operator = hmac.compare_digest(given, self.operator_token.encode())
        if is_operator:
            return OPERATOR
        return VIEWER if is_viewer else None

    def one_time_url(self, base: str) -> str:
        """Return a URL that lets a browser in once within ten minutes.

        Args:
            base: scheme, host and port of the server, as in `http://127.0.0.1:8000`.

        The code stands in the fragment, which browsers send to nobody: no access log ever holds it.
        """
        return f"{base.rstrip('/')}{self._prefix}/login#code={self._codes.mint()}"

    def redeem(self, code: str) -> bool:
        """Return whether a one-time code was good; afterwards it is not."""
        return self._codes.redeem(code)

    def new_session(self) -> str:
        """Return the value of a cookie that allows reading for twelve hours."""
        expires_ms = self._clock.now_ms() + SESSION_S * 1_000
        claim = f"{expires_ms}.{secrets.token_urlsafe(12)}"
        return f"{claim}.{self._signature(claim)}"

    def is_session(self, cookie: str) -> bool:
        """Return whether a cookie was made by `new_session` and has not expired."""
        claim, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(claim).encode()):
            return False
        return self._clock.now_ms() < int(claim.split(".")[0])

    def _signature(self, claim: str) -> str:
        return hmac.new(self._key, claim.encode(), hashlib.sha256).hexdigest()


def _key(viewer_token: str, operator_token: str) -> bytes:
    secret = f"{viewer_token}\n{operator_token}".encode()
    return hmac.new(secret, b"paceline session cookie", hashlib.sha256).digest()


def _kept_tokens(path: Path) -> dict[str, str]:
    """Return the tokens of the state folder; made there by whoever comes first."""
    private_files.make_folder(path.parent)
    if not path.exists():
        made = {VIEWER: secrets.token_urlsafe(32), OPERATOR: secrets.token_urlsafe(32)}
        private_files.create(path, json.dumps(made))
    kept: Any = json.loads(private_files.read(path))
    found = cast("dict[str, object]", kept if isinstance(kept, dict) else {})
    return {
        role: token
        for role, token in found.items()
        if isinstance(token, str) and len(token) >= settings.MIN_TOKEN_CHARACTERS
    }
