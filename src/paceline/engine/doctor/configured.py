"""The settings: value, default and source of each; what was wrong; and the switches of the environment."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any, cast

from paceline import errors
from paceline import settings as loader
from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines
from paceline.telemetry.store import inspection, opening
from paceline.telemetry.store import retention as retentions

LIVE = "live"
"""Source of a setting that was changed while the service ran; it is kept in the store."""

_SOURCES = {loader.KEYWORD: "option"}
"""What a keyword is in a command; those that stand in the service's own code cannot be seen from here."""
_SECRETS = frozenset({"viewer_token", "operator_token", "dsn"})


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Tell every setting, those that differ from their default one by one."""
    for problem in found.problems:
        yield lines.Line(lines.PROBLEM, problem, "correct it: docs/reference/settings.md has all of them")
    if loader.is_disabled(found.environ):
        said = f"{loader.DISABLE} is set: nothing is measured"
        yield lines.Line(lines.WARNING, said, f"unset {loader.DISABLE}", {"disabled": True})
    live = _live(found)
    kept: list[str] = []
    for loaded in found.loaded:
        for field in dataclasses.fields(loaded.values):
            source = (
                LIVE if field.name in live else _SOURCES.get(loaded.sources[field.name], loaded.sources[field.name])
            )
            value = live.get(field.name, getattr(loaded.values, field.name))
            if source == loader.DEFAULT:
                kept.append(field.name)
            else:
                yield _line(field, value, source)
    if kept:
        defaults = _defaults(found.loaded, kept)
        said = ", ".join(f"{name} {_text(value)}" for name, value in defaults.items())
        yield lines.Line(lines.OK, f"{len(defaults)} have their default: {said}", None, {"defaults": defaults})
    yield _log_lines()


def _line(field: dataclasses.Field[Any], value: object, source: str) -> lines.Line:
    default, shown = _plain(field.name, _default(field)), _plain(field.name, value)
    facts: dict[str, object] = {"name": field.name, "value": shown, "default": default, "source": source}
    said = f"{field.name} = {_text(shown)} ({source}; default {_text(default)})"
    return lines.Line(lines.OK, said, None, facts)


def _default(field: dataclasses.Field[Any]) -> object:
    made = field.default
    return cast("Any", field).default_factory() if made is dataclasses.MISSING else made


def _defaults(loaded: tuple[loader.Loaded[Any], ...], names: list[str]) -> dict[str, object]:
    fields = (field for part in loaded for field in dataclasses.fields(part.values))
    return {field.name: _plain(field.name, _default(field)) for field in fields if field.name in names}


def _plain(name: str, value: object) -> object:
    """Return a value as JSON has it; a secret, and a URL that may hold one, as whether it is set."""
    is_foreign = name == "store" and isinstance(value, str) and not value.startswith("sqlite:")
    if name in _SECRETS or is_foreign:
        return None if value is None else "set"
    if isinstance(value, retentions.Retention):
        ages = zip(("2s", "1m", "1h"), (value.fine_ms, value.minute_ms, value.hour_ms), strict=True)
        return " ".join(f"{grid}:{_age(age_ms)}" for grid, age_ms in ages)
    if isinstance(value, tuple):
        return list(cast("tuple[object, ...]", value))
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _age(age_ms: int) -> str:
    """Return an age as the setting `retention` takes it."""
    for unit, length_ms, least in (("d", 86_400_000, 3), ("h", 3_600_000, 1), ("m", 60_000, 1)):
        if age_ms % length_ms == 0 and age_ms >= least * length_ms:
            return f"{age_ms // length_ms}{unit}"
    return f"{age_ms // 1_000}s"


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, cast("list[object]", value)))
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _live(found: circumstances_.Circumstances) -> Mapping[str, object]:
    path = opening.place(found.configured.telemetry.store, found.configured.service)
    if path is None or not path.is_file():
        return {}
    try:
        return inspection.inspect(path).live_settings or {}
    except errors.StoreError:
        return {}  # the store's own section says why


def _log_lines() -> lines.Line:
    level = logging.getLevelName(logging.getLogger("paceline").getEffectiveLevel())
    said = "log lines: logger paceline for what goes wrong, paceline.slow for slow responses and statements"
    return lines.Line(lines.OK, said, None, {"level": level})
