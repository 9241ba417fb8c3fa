"""What the shop keeps of passwords and sessions, and what the sample customers' sessions are called.

A real shop takes a slow hash with a salt of its own for passwords; here it would only hide what the database costs.
"""

from __future__ import annotations

import hashlib

SESSION_PREFIX = "sample-session-"
"""The token of a sample session is this and the session's id; no real token is so easily guessed."""


def password_digest(email: str, password: str) -> str:
    """Return what is stored of a password."""
    return _sha256(f"{email.lower()}:{password}")


def session_token(session_id: int) -> str:
    """Return the token of a session that came with the data."""
    return f"{SESSION_PREFIX}{session_id}"


def token_digest(token: str) -> str:
    """Return what is stored of a session's token, so that who reads the table cannot sign in."""
    return _sha256(token)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
