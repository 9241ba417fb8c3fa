"""The clocks: the time of day against what the store holds, the clock of durations, and the timezone."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from paceline import errors
from paceline.engine.doctor import circumstances as circumstances_
from paceline.engine.doctor import lines
from paceline.telemetry import units
from paceline.telemetry.store import inspection, opening

AHEAD_MS = 10_000
"""A window this far in the future was not written by a clock that agrees with this one: a window has 2 s."""


def examine(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    """Look at every clock that numbers hang on."""
    yield from _drift(found)
    monotonic = time.get_clock_info("perf_counter")
    facts: dict[str, object] = {"resolution_ns": monotonic.resolution * 1e9, "monotonic": monotonic.monotonic}
    if monotonic.monotonic:
        yield lines.Line(lines.OK, f"durations: monotonic, resolution {monotonic.resolution * 1e9:g} ns", None, facts)
    else:
        yield lines.Line(lines.PROBLEM, "durations: the clock can go back", "measure on another system", facts)
    yield _timezone(found.configured.telemetry.timezone)


def _drift(found: circumstances_.Circumstances) -> Iterator[lines.Line]:
    path = opening.place(found.configured.telemetry.store, found.configured.service)
    if path is None or not path.is_file():
        return
    try:
        newest_ms = inspection.inspect(path).newest_ms
    except errors.StoreError:
        return  # the store's own section says why
    if newest_ms is None:
        return
    age_ms = found.clock.now_ms() - newest_ms
    facts: dict[str, object] = {"newest_window_age_ms": age_ms}
    if age_ms < -AHEAD_MS:
        said = f"the newest window lies {units.formatted_ms(-age_ms)} in the future: the clock was set back since"
        yield lines.Line(lines.WARNING, said, "keep the clock in step (NTP); ranges are wrong until then", facts)
    else:
        yield lines.Line(lines.OK, f"the newest window is {units.formatted_ms(max(age_ms, 0))} old", None, facts)


def _timezone(name: str | None) -> lines.Line:
    if name is None:
        here = dt.datetime.now().astimezone()
        said = f"timezone of the machine: {here.tzname()} (UTC{here:%z})"
        return lines.Line(lines.OK, said, None, {"timezone": here.tzname(), "offset": f"{here:%z}"})
    return lines.Line(lines.OK, f"timezone {name}", None, {"timezone": name})
