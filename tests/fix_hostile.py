"""A shop whose every name is an attack: what a store can hold that others have chosen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tests import fix_web

from paceline import clock as clocks
from paceline.engine import service as services
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry import window
from paceline.telemetry.store import opening
from paceline.web import application
from paceline.web.access import tokens

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

MARK = "paceline_was_here"
"""What an attack sets if it runs."""

ATTACKS = (
    f"<script>window.{MARK}=1</script>",
    f"<img src=x onerror=window.{MARK}=1>",
    f"\"'><svg/onload=window.{MARK}=1>",
    f"javascript:window.{MARK}=1",
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "</script><!--",
    "a\u2028b\u2029c\u202ed\x00e\x1bf\r\ng",
    "\ufeff<b>\U0001f4a5</b>",
)
TEXT = "".join(ATTACKS)


def hostile_window(at_ms: int) -> window.Window:
    """The window of the ordinary shop with every text replaced."""
    plain = fix_web.shop_window(at_ms, TEXT)
    kept = plain.traces[0]
    spans = tuple(dataclasses.replace(span, fingerprint=TEXT, call_site=TEXT) for span in kept.spans)
    trace = dataclasses.replace(kept, route=TEXT, method=TEXT, exception_type=TEXT, worker=TEXT, spans=spans)
    return dataclasses.replace(
        plain,
        tallies={_spoiled(key): tally for key, tally in plain.tallies.items()},
        counters={_spoiled(key): count for key, count in plain.counters.items()},
        events=tuple(_spoiled_event(event) for event in plain.events),
        traces=(trace,),
        texts={TEXT: TEXT},
    )


def _spoiled(key: window.Key) -> window.Key:
    kept = {"ok", "client_error", "200", "422"}
    return (key[0], *(label if label in kept else TEXT for label in key[1:]))


def _spoiled_event(event: window.Event) -> window.Event:
    spoiled = {
        name: TEXT if isinstance(value, str) and name != "trace_id" else value for name, value in event.body.items()
    }
    return dataclasses.replace(event, body=spoiled)


def hostile_app(folder: Path, clock: clocks.Clock = clocks.SYSTEM) -> FastAPI:
    """The web application over such a store; also the service and its environment are called by an attack."""
    store = opening.open_store(f"sqlite:///{folder / 'hostile.db'}", service="hostile", clock=clock)
    for age_ms in (30_000, 20_000, 10_000):
        store.write(hostile_window(clock.now_ms() - age_ms))
    wanted = telemetry_settings.TelemetrySettings(service=TEXT, environment=TEXT, version=TEXT)
    service = services.Service(store, wanted, clock=clock, sleep=lambda _seconds: None)
    access = tokens.Access(fix_web.SETTINGS, folder / "state", clock=clock)
    return application.create_app(service, fix_web.SETTINGS, access=access)
