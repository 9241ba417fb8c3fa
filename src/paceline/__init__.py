"""The performance engineer that a team installs next to its Python web service on PostgreSQL.

Public names are loaded on first use, so that importing paceline imports nothing else (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paceline.errors import MissingExtra, PacelineError, SettingsError, StoreError, UsageError
    from paceline.integrations.install import Paceline

__version__ = "0.1.0"

__all__ = ["MissingExtra", "Paceline", "PacelineError", "SettingsError", "StoreError", "UsageError"]

_HOMES = {
    "MissingExtra": "paceline.errors",
    "Paceline": "paceline.integrations.install",
    "PacelineError": "paceline.errors",
    "SettingsError": "paceline.errors",
    "StoreError": "paceline.errors",
    "UsageError": "paceline.errors",
}


def __getattr__(name: str) -> object:
    """Return a public name from the module that holds it."""
    if name not in _HOMES:
        message = f"module 'paceline' has no attribute {name!r}"
        raise AttributeError(message)
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted((*__all__, "__version__"))
