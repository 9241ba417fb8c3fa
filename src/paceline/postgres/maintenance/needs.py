"""Whether a table or an index needs upkeep: its numbers against its own triggers. Pure arithmetic, shown in words.

The triggers are autovacuum's: what it would do when it gets there is what is worth doing now.
https://www.postgresql.org/docs/18/routine-vacuuming.html#AUTOVACUUM
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from paceline.postgres import session as sessions
from paceline.telemetry import units

LEAST_REINDEX_BYTES = 64 * 1024 * 1024
LEAST_BLOAT_RATIO = 0.3
"""A smaller index is rebuilt for little, and some slack is normal: a btree that grows at random places settles near
70 % of what its pages hold (Yao, "On random 2-3 trees", 1978)."""
LEAST_TOLD_BYTES = 1024 * 1024
"""Below 128 pages the density of a btree says nothing, even where the table is named."""


@dataclass(frozen=True, slots=True)
class Need:
    """A number against its trigger; `why` is the arithmetic in words."""

    measure: str
    """changed_rows, dead_rows, inserted_rows, partitions_analyzed, bloat_measured, bloat_estimated, invalid or none."""
    value: float | None
    trigger: float | None
    needed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Triggers:
    """The autovacuum settings of the server, under those of one table."""

    server: Mapping[str, str]
    table: Mapping[str, str]

    def number(self, name: str) -> float | None:
        """Return a setting as it holds for the table; None when the server does not know it."""
        own = self.table.get(name)
        # A negative option of a table means the server's, but for the two that it switches off.
        switches = name in {"autovacuum_vacuum_insert_threshold", "autovacuum_vacuum_max_threshold"}
        if own is not None and (float(own) >= 0 or switches):
            return float(own)
        return float(self.server[name]) if name in self.server else None


def triggers_of(table: sessions.Row, server: Mapping[str, str]) -> Triggers:
    """Return the triggers that hold for a row of `upkeep`."""
    return Triggers(server, cast("Mapping[str, str]", table["options"] or {}))


def analyze(table: sessions.Row, triggers: Triggers) -> Need:
    """Return whether the planner's statistics of a table are out of date."""
    trigger, formula = _trigger(table, triggers, "analyze")
    return _against("changed_rows", "changed since the last ANALYZE", int(table["changed_rows"]), trigger, formula)


def analyze_partitioned(parent: sessions.Row, parts: Sequence[sessions.Row], triggers: Triggers) -> Need:
    """Return whether a partitioned table needs ANALYZE, which autovacuum never runs on it.

    An ANALYZE by hand of a partition says nothing: that of the whole analyses its partitions after itself.

    Args:
        parent: its row of `upkeep`.
        parts: those of its partitions.
        triggers: what holds for the whole.
    """
    own = parent["analyzed_at"]
    if parent["rows"] < 0:
        why = "autovacuum never analyses a partitioned table, and nobody has: the planner guesses about the whole"
        return Need("partitions_analyzed", None, None, needed=True, why=why)
    latest = max((part["autoanalyzed_at"] or 0.0 for part in parts), default=0.0)
    if latest and (own is None or latest > own):
        why = "autovacuum found enough changes in a partition to analyse it, but never analyses the whole"
        return Need("partitions_analyzed", latest, own, needed=True, why=why)
    trigger, formula = _trigger(parent, triggers, "analyze")
    changed = sum(int(part["changed_rows"]) for part in parts)
    return _against("changed_rows", "of its partitions changed since their last ANALYZE", changed, trigger, formula)


def vacuum(table: sessions.Row, triggers: Triggers) -> Need:
    """Return whether dead rows, or new ones that nobody froze, call for VACUUM."""
    trigger, formula = _trigger(table, triggers, "vacuum")
    most = triggers.number("autovacuum_vacuum_max_threshold")
    if most is not None and 0 <= most < trigger:
        trigger, formula = most, f"autovacuum_vacuum_max_threshold, as {formula} is more"
    dead = _against("dead_rows", "dead", int(table["dead_rows"]), trigger, formula)
    inserted = _inserted(table, triggers)
    return inserted if inserted is not None and inserted.needed and not dead.needed else dead


def reindex(index: sessions.Row, density_percent: float | None, *, least_ratio: float = LEAST_BLOAT_RATIO) -> Need:
    """Return whether rebuilding an index is backed by evidence.

    Args:
        index: its row of `reindex_candidates`.
        density_percent: how full pgstattuple found its leaf pages; None when it was not asked.
        least_ratio: part of its pages that must be empty.
    """
    if not index["valid"]:
        why = "it is invalid: no query uses it, and every write still pays for it"
        return Need("invalid", None, None, needed=True, why=why)
    if index["size_bytes"] < LEAST_TOLD_BYTES:
        size = units.formatted_bytes(int(index["size_bytes"]))
        return Need("none", None, None, needed=False, why=f"with {size} it is too small for bloat to matter")
    if density_percent is not None:
        ratio = max(0.0, 1 - density_percent / index["fillfactor"])
        how = f"measured: leaf pages are {density_percent:.0f} % full of {index['fillfactor']} %"
        return _bloat("bloat_measured", ratio, least_ratio, int(index["size_bytes"]), how)
    expected = index["expected_bytes"]
    if expected is None:
        why = "its bloat cannot be told: create the extension pgstattuple, or GRANT SELECT on its table for an estimate"
        return Need("none", None, None, needed=False, why=why)
    ratio = max(0.0, 1 - float(expected) / float(index["size_bytes"]))
    how = f"estimated from row widths: {units.formatted_bytes(int(expected))} would hold its rows"
    return _bloat("bloat_estimated", ratio, least_ratio, int(index["size_bytes"]), how)


def _trigger(table: sessions.Row, triggers: Triggers, operation: str) -> tuple[float, str]:
    """Return threshold + scale factor x rows, and the same in words."""
    threshold = triggers.number(f"autovacuum_{operation}_threshold") or 0.0
    scale = triggers.number(f"autovacuum_{operation}_scale_factor") or 0.0
    rows = max(0.0, table["rows"])
    return threshold + scale * rows, f"{threshold:g} + {scale:g} x {rows:.0f} rows"


def _inserted(table: sessions.Row, triggers: Triggers) -> Need | None:
    """Return the need by inserted rows; None when that trigger is off, or the server has none."""
    threshold = triggers.number("autovacuum_vacuum_insert_threshold")
    scale = triggers.number("autovacuum_vacuum_insert_scale_factor")
    if threshold is None or threshold < 0 or scale is None:
        return None
    frozen, pages = table["frozen_pages"], table["pages"]
    # From 18 on only the part that is not frozen counts.
    unfrozen = 1 - min(frozen, pages) / pages if frozen is not None and pages else 1.0
    rows = max(0.0, table["rows"])
    formula = f"{threshold:g} + {scale:g} x {rows:.0f} rows"
    formula += f" x {unfrozen:.2f} not frozen" if unfrozen < 1 else ""
    trigger = threshold + scale * rows * unfrozen
    return _against("inserted_rows", "inserted since the last VACUUM", int(table["inserted_rows"]), trigger, formula)


def _against(measure: str, what: str, value: int, trigger: float, formula: str) -> Need:
    needed = value > trigger
    compared = "more" if needed else "no more"
    why = f"{value} rows {what}, {compared} than its trigger of {trigger:.0f} ({formula})"
    return Need(measure, value, trigger, needed, why)


def _bloat(measure: str, ratio: float, least: float, size_bytes: int, how: str) -> Need:
    needed = ratio >= least
    compared = "at least" if needed else "less than"
    size = units.formatted_bytes(size_bytes)
    why = f"{ratio:.0%} of its {size} is empty, {compared} {least:.0%} ({how})"
    return Need(measure, round(ratio, 4), least, needed, why)
