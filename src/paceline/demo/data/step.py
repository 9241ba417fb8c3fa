"""One statement that fills a table, and how the files of statements write it."""

from __future__ import annotations

from dataclasses import dataclass, field

from paceline.demo.data import skew

LAST_DAY = "timestamptz '2026-01-01 00:00:00+00'"
"""Where the history of the shop ends; fixed, because rows must not depend on the day they are made."""

_CONSTANTS = {
    "last_day": LAST_DAY,
    "flat_product": skew.PRODUCT_FLATNESS,
    "flat_customer": skew.CUSTOMER_FLATNESS,
    "spread": skew.SPREAD,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One INSERT: the table it fills, its SQL, and its parameters by name."""

    table: str
    sql: str
    parameters: dict[str, object] = field(default_factory=dict[str, object])


def step_of(table: str, template: str, **parameters: object) -> Step:
    """Return the step of a template in which `{last_day}`, `{spread}` and the two flatnesses are filled in."""
    return Step(table, template.format(**_CONSTANTS), parameters)
