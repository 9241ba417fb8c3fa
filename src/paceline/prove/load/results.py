"""What a load run counted, and the summary that is reported.

Two clocks stand side by side. Response time runs from the intended arrival, so it holds what a user would have waited:
a stall counts for everyone who came during it. Service time runs from the moment the request was written to an open
connection: what the server spent. Completed requests and timeouts are in both (a timeout with the time until it); the
other errors are only counted, for a refused connection is fast and would flatter the percentiles.

Every request that was sent ends as completed, as abandoned (its client was told to leave, and did) or as exactly one
error: `connect` (no connection), `reset` (connection ended before the response did), `timeout`, `protocol` (the answer
is not HTTP), `stopped` (cut off by an early end). Abandoned requests are only counted: nobody knows how long they would
have taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from paceline import errors
from paceline.telemetry import histogram

ERROR_KINDS = ("connect", "reset", "timeout", "protocol", "stopped")
MOST_LABELS = 200
"""Labels with a row of their own; later ones share `OTHER_LABEL`, so that a run's memory is bounded."""
OTHER_LABEL = "<other>"

_NS_PER_MS = 1e6
_LATE_RATIO = 0.10  # measured: a healthy generator stays below 0.1 ms; a tenth of the p99 is where it starts to decide
_LATE_MS = 1.0  # resolution of the event loop's timer
_BUSY_RATIO = 0.70  # beyond this share of its core a generator slows its own sends before it misses them


class Tally:
    """What was counted under one label."""

    __slots__ = ("abandoned", "errors", "received_bytes", "response", "sent", "service", "statuses")

    def __init__(self) -> None:
        self.sent = 0
        self.abandoned = 0
        self.received_bytes = 0
        self.statuses: dict[int, int] = {}
        self.errors: dict[str, int] = {}
        self.response = histogram.Histogram()
        self.service = histogram.Histogram()

    @property
    def completed(self) -> int:
        """Return how many requests got a whole response, of whatever status."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Return how many requests ended as an error."""
        return sum(self.errors.values())

    def merge(self, other: Tally) -> None:
        """Add the other's counts to this one; the other stays as it is."""
        self.sent += other.sent
        self.abandoned += other.abandoned
        self.received_bytes += other.received_bytes
        for status, count in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + count
        for kind, count in other.errors.items():
            self.errors[kind] = self.errors.get(kind, 0) + count
        self.response.merge(other.response)
        self.service.merge(other.service)


class Results:
    """What one worker counted; picklable, and mergeable in any order."""

    __slots__ = (
        "connections", "cpu_ns", "duration_ns", "labels", "lateness", "planned", "queued", "retries", "workers",
    )  # fmt: skip

    def __init__(self, planned: int = 0) -> None:
        self.planned = planned
        self.workers = 1
        self.duration_ns = 0
        self.cpu_ns = 0
        self.connections = 0
        self.queued = 0
        self.retries = 0
        self.lateness = histogram.Histogram()
        self.labels: dict[str, Tally] = {}

    def tally(self, label: str) -> Tally:
        """Return the tally that a label counts in."""
        found = self.labels.get(label)
        if found is None:
            if len(self.labels) >= MOST_LABELS:
                label = OTHER_LABEL
            found = self.labels.setdefault(label, Tally())
        return found

    def total(self) -> Tally:
        """Return all labels merged into a new tally."""
        total = Tally()
        for tally in self.labels.values():
            total.merge(tally)
        return total

    def merge(self, other: Results) -> None:
        """Add what another worker counted in the same run; the other stays as it is."""
        self.planned += other.planned
        self.workers += other.workers
        self.duration_ns = max(self.duration_ns, other.duration_ns)
        self.cpu_ns += other.cpu_ns
        self.connections += other.connections
        self.queued += other.queued
        self.retries += other.retries
        self.lateness.merge(other.lateness)
        for label, tally in other.labels.items():
            self.tally(label).merge(tally)


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of one distribution in milliseconds; all 0 when nothing was measured."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    p99_9_ms: float
    max_ms: float

    @classmethod
    def of(cls, values: histogram.Histogram) -> Latency:
        """Return the percentiles of a histogram of nanoseconds."""
        quantiles = values.quantiles((0.50, 0.95, 0.99, 0.999))
        return cls(*(round(value / _NS_PER_MS, 4) for value in (*quantiles, values.max)))


@dataclass(frozen=True, slots=True)
class LabelReport:
    """One row of the report."""

    label: str
    sent: int
    completed: int
    errors: dict[str, int]
    status_codes: dict[str, int]
    received_bytes: int
    response: Latency
    service: Latency
    abandoned: int = 0
    """Requests whose client left before the response was whole, as the scenario asked for; no errors."""

    @classmethod
    def of(cls, label: str, tally: Tally) -> LabelReport:
        """Return the row of a tally."""
        return cls(
            label=label,
            sent=tally.sent,
            completed=tally.completed,
            errors={kind: tally.errors[kind] for kind in ERROR_KINDS if kind in tally.errors},
            status_codes={str(status): count for status, count in sorted(tally.statuses.items())},
            received_bytes=tally.received_bytes,
            response=Latency.of(tally.response),
            service=Latency.of(tally.service),
            abandoned=tally.abandoned,
        )


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The summary of a run; JSON-able both ways."""

    planned: int
    """Arrivals on the schedule."""
    duration_s: float
    """From the first intended arrival until the last request had ended."""
    achieved_rate_per_s: float
    """Completed requests over that duration."""
    total: LabelReport
    """All labels together."""
    labels: tuple[LabelReport, ...]
    """One row per label, the most sent first."""
    lateness: Latency
    """How late the generator itself came to send, against the intended times."""
    generator_cpu_s: float
    """Processor time of the sending threads."""
    connections: int
    """Connections opened."""
    queued: int
    """Requests that waited for a connection because the bound on them was reached."""
    retries: int
    """Requests sent again because the server had closed an idle connection."""
    valid: bool
    """False when the numbers tell of the generator, not of the server; `reasons` says why."""
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    """What to know when reading a valid report."""

    @classmethod
    def of(cls, results: Results) -> LoadReport:
        """Summarise a run and judge whether its numbers can be trusted."""
        total = LabelReport.of("total", results.total())
        lateness = Latency.of(results.lateness)
        duration_s = results.duration_ns / 1e9
        reasons = _reasons(total, lateness)
        rows = sorted(results.labels.items(), key=lambda row: (-row[1].sent, row[0]))
        return cls(
            planned=results.planned,
            duration_s=round(duration_s, 6),
            achieved_rate_per_s=round(total.completed / duration_s, 3) if duration_s else 0.0,
            total=total,
            labels=tuple(LabelReport.of(label, tally) for label, tally in rows),
            lateness=lateness,
            generator_cpu_s=round(results.cpu_ns / 1e9, 6),
            connections=results.connections,
            queued=results.queued,
            retries=results.retries,
            valid=not reasons,
            reasons=reasons,
            cautions=_cautions(results, total.sent),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LoadReport:
        """Return the report that `to_dict` wrote, also after a trip through JSON.

        Raises:
            UsageError: It is not one.
        """
        try:
            fields: dict[str, Any] = {
                **data,
                "total": _row(data["total"]),
                "labels": tuple(_row(row) for row in data["labels"]),
                "lateness": Latency(**data["lateness"]),
                "reasons": tuple(data["reasons"]),
                "cautions": tuple(data["cautions"]),
            }
            return cls(**fields)
        except (KeyError, TypeError) as wrong:
            raise errors.UsageError(f"this is not a load report ({wrong}); give the JSON of a load run") from wrong


def _row(data: Mapping[str, Any]) -> LabelReport:
    fields: dict[str, Any] = {
        **data,
        "response": Latency(**data["response"]),
        "service": Latency(**data["service"]),
    }
    return LabelReport(**fields)


def _reasons(total: LabelReport, lateness: Latency) -> tuple[str, ...]:
    if not total.completed:
        return ("no request was completed",)
    if lateness.p99_ms > max(_LATE_MS, _LATE_RATIO * total.response.p99_ms):
        late = f"p99 {lateness.p99_ms:.1f} ms of a reported {total.response.p99_ms:.1f} ms"
        return (f"the generator was late itself ({late}): lower the rate or give it a free core",)
    return ()


def _cautions(results: Results, sent: int) -> tuple[str, ...]:
    cautions: list[str] = []
    if sent < results.planned:
        cautions.append(f"ended early: {sent} of {results.planned} arrivals were sent")
    if results.queued:
        cautions.append(f"{results.queued} requests waited for a connection: raise the bound on connections")
    if results.cpu_ns > _BUSY_RATIO * results.duration_ns * results.workers:
        cautions.append("the generator used more than 70 % of its core: it may soon be the limit itself")
    return tuple(cautions)
