"""What maintenance would do: each statement, why, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.engine.answers import paging, ranges
from paceline.postgres.maintenance import plan as plans


@dataclass(frozen=True, slots=True)
class Need:
    """A number against its trigger; both None where there is no number (an invalid index)."""

    measure: str
    """changed_rows, dead_rows, inserted_rows, partitions_analyzed, bloat_measured, bloat_estimated, invalid or none."""
    value: float | None
    trigger: float | None
    needed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One statement for one table or index."""

    operation: str
    """analyze, vacuum or reindex."""
    table: str
    """With its schema, quoted as SQL wants it."""
    index: str | None
    statement: str
    """Exactly what would run, outside a transaction and alone."""
    state: str
    """planned or skipped."""
    why: str
    """The arithmetic in words."""
    need: Need
    reason: str | None
    """Why it is skipped; None for a planned step."""


@dataclass(frozen=True, slots=True)
class MaintenancePlan:
    """What would be done, in this order; nothing of it was."""

    at: str
    dry_run: bool
    """Always true in this version."""
    role: str
    operations: tuple[str, ...]
    force: bool
    planned: int
    skipped: int
    steps: tuple[Step, ...]
    left_out: int
    """Steps after the first 1 000."""
    not_needed: Mapping[str, int]
    """Tables or indexes that were looked at and need nothing, by operation."""
    caveats: tuple[str, ...]
    """What may keep the plan from doing any good."""


def plan(made: plans.Plan, wanted: plans.Wanted, now_ms: int) -> MaintenancePlan:
    """Return the answer."""
    planned = sum(step.state == plans.PLANNED for step in made.steps)
    shown = made.steps[: paging.MAX_LIMIT]
    return MaintenancePlan(
        at=ranges.rfc3339(now_ms),
        dry_run=True,
        role=made.role,
        operations=tuple(wanted.operations),
        force=wanted.force,
        planned=planned,
        skipped=len(made.steps) - planned,
        steps=tuple(_step(step) for step in shown),
        left_out=len(made.steps) - len(shown),
        not_needed=dict(made.not_needed),
        caveats=made.caveats,
    )


def _step(step: plans.Step) -> Step:
    need = step.need
    return Step(
        operation=step.operation,
        table=step.table,
        index=step.index,
        statement=step.statement,
        state=step.state,
        why=need.why,
        need=Need(need.measure, need.value, need.trigger, need.needed),
        reason=step.reason,
    )
