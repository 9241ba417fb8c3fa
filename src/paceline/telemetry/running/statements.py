"""Statements of the running window: from the text a driver saw to (fingerprint, route), bounded in every direction.

The text is looked up as it is (its hash is cached on the string that SQLAlchemy's own cache hands out again and again);
only a text never seen is tokenised. What is kept of it is the normalised form.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from dataclasses import dataclass

from paceline.telemetry import fingerprint, series
from paceline.telemetry import records as r
from paceline.telemetry import window as windows
from paceline.telemetry.running import limits as bounds
from paceline.telemetry.running import slots

MAX_CACHED_CHARS = 4_096
"""Longer texts are known by a digest: a cache of them could hold any amount of memory."""
SLICE = 100
"""Texts of one request counted at once, some 2 ms if none was seen before; more wait for the flush thread."""
MAX_WAITING = 20_000
"""Texts that may wait, some MB; beyond, whoever folds counts them."""


@dataclass(frozen=True, slots=True)
class StatementPart:
    """What one statement key got in a window."""

    key: tuple[str, str]
    values: series.Series
    errors: int


@dataclass(frozen=True, slots=True)
class TakenStatements:
    """The statements of a window; `texts` are the normalised forms of fingerprints not yet handed out."""

    parts: list[StatementPart]
    texts: dict[str, str]
    folded: int


class Statements:
    """Slots by text and route."""

    def __init__(self, limits: bounds.Limits) -> None:
        self._limits = limits
        self._by_text: dict[str, dict[str, slots.StatementSlot]] = {}
        self._by_key: dict[tuple[str, str], slots.StatementSlot] = {}
        self._touched: list[slots.StatementSlot] = []
        self._known: set[str] = set()
        self._new_texts: dict[str, str] = {}
        self._cached_texts = 0
        self._waiting: deque[tuple[str, r.Details]] = deque()
        self._waiting_texts = 0

    def fold(self, record: r.Record, route: str) -> None:
        """Count a record's statements."""
        by_text = self._by_text.get(route)
        if by_text is None:
            by_text = self._by_text[route] = {}
        found = by_text.get
        rest = itertools.islice(record, r.STATEMENTS, None)
        for text, start, end in zip(rest, rest, rest):  # noqa: B905 - one iterator, three at a time
            slot = found(text)
            if slot is None:
                slot = self._learn(text, route)
                by_text = self._by_text.setdefault(route, by_text)
                found = by_text.get
            raw = slot.raw
            if not raw:
                self._touch(slot)
            raw.append(end - start)
        if record[r.DETAILS] is not None:
            self._fold_details(record[r.DETAILS], route, self.slots_of(record, route))

    def slots_of(self, record: r.Record, route: str) -> list[slots.StatementSlot]:
        """Return the slots of a record's statements, in order; only what is kept in full needs them."""
        by_text = self._by_text.get(route, {})
        return [by_text.get(text) or self._learn(text, route) for text in record[r.STATEMENTS :: r.TRIPLE]]

    def _fold_details(self, details: r.Details, route: str, ran: list[slots.StatementSlot]) -> None:
        for position in details.errors:
            index = (position - r.STATEMENTS) // r.TRIPLE
            if index < len(ran):
                ran[index].errors += 1
        if details.spilled:
            self._waiting.append((route, details))
            self._waiting_texts += len(details.spilled)
            if len(details.spilled) <= SLICE or self._waiting_texts > MAX_WAITING:
                self.fold_waiting(self._waiting_texts)

    def fold_waiting(self, most: int = SLICE) -> bool:
        """Count texts that were left for a quieter moment, at most so many; return whether there were any."""
        before = self._waiting_texts
        while self._waiting and most > 0:
            route, details = self._waiting[0]
            while details.spilled and most > 0:
                text, spilled = details.spilled.popitem()
                self._fold_spilled(text, route, spilled, details.spilled_errors.get(text, 0))
                most -= 1
                self._waiting_texts -= 1
            if not details.spilled:
                self._waiting.popleft()
        return before > 0

    def _fold_spilled(self, text: str, route: str, spilled: series.Series, errors: int) -> None:
        slot = self._other() if text == r.MANY else self._learn(text, route)
        slot.values.include(spilled)
        slot.errors += errors
        self._touch(slot)

    def forget_waiting(self) -> None:
        """Forget what was left for a quieter moment."""
        self._waiting.clear()
        self._waiting_texts = 0

    def fold_background(self, text: str, duration_ns: int, *, failed: bool) -> slots.StatementSlot:
        """Count a statement that ran outside any request; return its slot."""
        slot = self._by_text.get(windows.BACKGROUND, {}).get(text) or self._learn(text, windows.BACKGROUND)
        slot.values.record(duration_ns)
        slot.errors += failed
        self._touch(slot)
        return slot

    def _touch(self, slot: slots.StatementSlot) -> None:
        if not slot.touched:
            slot.touched = True
            self._touched.append(slot)

    @property
    def touched(self) -> int:
        """Return how many keys the window has, or may have once what waits is counted."""
        return len(self._touched) + self._waiting_texts

    def settle(self) -> None:
        """Keep the raw values of busy keys few."""
        for slot in self._touched:
            slot.values.settle()

    def _learn(self, text: str, route: str) -> slots.StatementSlot:
        name = text if len(text) <= MAX_CACHED_CHARS else _digest(text)
        known = self._by_text.get(route, {}).get(name)
        if known is not None:
            return known
        found = fingerprint.fingerprint(text)
        key = (found.id, route)
        slot = self._by_key.get(key)
        if slot is None:
            if len(self._by_key) >= self._limits.max_statement_keys:
                slot = self._other()
            else:
                slot = self._by_key[key] = slots.StatementSlot(*key)
        if slot.key[0] != windows.OTHER:
            self._announce(found.id, found.text)
        self._cache(name, route, slot)
        return slot

    def _cache(self, text: str, route: str, slot: slots.StatementSlot) -> None:
        if self._cached_texts >= self._limits.max_statement_keys:
            self._by_text.clear()
            self._cached_texts = 0
        self._by_text.setdefault(route, {})[text] = slot
        self._cached_texts += 1

    def _announce(self, name: str, text: str) -> None:
        if name not in self._known:
            self._known.add(name)
            self._new_texts[name] = text

    def _other(self) -> slots.StatementSlot:
        key = (windows.OTHER, windows.OTHER)
        slot = self._by_key.get(key)
        if slot is None:
            slot = self._by_key[key] = slots.StatementSlot(*key)
        self._announce(windows.OTHER, windows.OTHER)
        return slot

    def take(self) -> TakenStatements:
        """Return what was counted since the last call and begin a new window."""
        parts: list[StatementPart] = []
        folded = sum(slot.values.count for slot in self._touched if slot.key[0] == windows.OTHER)
        for slot in self._touched:
            parts.append(StatementPart(slot.key, slot.values, slot.errors))
            slot.reset()
        taken = TakenStatements(parts, self._new_texts, folded)
        self._touched = []
        self._new_texts = {}
        return taken

    def forget_texts_sent(self) -> None:
        """Hand out every text again (the store lost them). Slots stay: a second one for a key would hide the first."""
        self._known.clear()
        self._by_text.clear()
        self._cached_texts = 0


def _digest(text: str) -> str:
    """Return what stands for a long text: of the part that its fingerprint is made from, in a hundredth of the time.

    No statement begins like it, since PostgreSQL takes no null character.
    """
    read = text[: fingerprint.MAX_CHARS].encode("utf-8", "surrogatepass")
    return f"\0{hashlib.blake2b(read, digest_size=16).hexdigest()}"
