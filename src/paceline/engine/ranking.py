"""The order of findings: what users wait for first, then what cannot be priced.

There are two bands. Priced findings are one list, whatever they are about, by the waiting they would save; those
without a price follow by severity. A price is never invented to lift one from the second band into the first.
"""

from __future__ import annotations

from collections.abc import Iterable

from paceline import findings

PRICED = "priced"
UNPRICED = "unpriced"

_SEVERITIES = (findings.Severity.CRITICAL, findings.Severity.WARNING, findings.Severity.NOTICE)


def ranked(found: Iterable[findings.Finding]) -> tuple[findings.Finding, ...]:
    """Return findings in the order in which they are worth reading; of those with one id the first of them."""
    first: dict[str, findings.Finding] = {}
    for finding in sorted(found, key=_place):
        first.setdefault(finding.id, finding)
    return tuple(first.values())


def band(finding: findings.Finding) -> str:
    """Return the band of a finding: priced or unpriced."""
    return UNPRICED if finding.cost is None else PRICED


def _place(finding: findings.Finding) -> tuple[bool, float, int, str, str]:
    waiting = 0.0 if finding.cost is None else finding.cost.waiting_seconds_per_hour
    return finding.cost is None, -waiting, _SEVERITIES.index(finding.severity), finding.kind, finding.subject
