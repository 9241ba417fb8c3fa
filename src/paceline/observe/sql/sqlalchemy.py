"""SQLAlchemy: statements of sync and async engines, by the dialect's `do_execute` methods.

Every execution, ORM or Core, sync or async (through a greenlet, the wait for the network included), ends in one of
three methods of `engine.dialect`. Replacing them on the dialect instance costs 0.9 us a statement; the public event
API costs 6 to 7 us and stays the fallback for a dialect that lacks them.

Engines that exist are found once when the probe attaches; later ones when they are made. `detach` puts every original
back.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, cast

from paceline.observe import call_site
from paceline.observe import parameters as parameters_
from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r

# By name, against the habit of the house: in `measured` a look-up through the module would show.
from paceline.telemetry.records import ROUTE

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

METHODS = ("do_execute", "do_executemany", "do_execute_no_params")
LOOK_EVERY = 7 * r.TRIPLE
"""How often a growing record is checked for repetition: 7 is odd, so alternating statements each get their turn."""
LOOK_AT = r.STATEMENTS % LOOK_EVERY
"""Remainder of a record's length when a multiple of seven statements stands in it."""
SUSPECT = 4
"""Executions of one text seen at a look that may become ten before the next: any ten in a row show so many by then."""

Execute = Callable[..., None]
current = recorders.current


class Probe:
    """Attaches to every SQLAlchemy engine of this process."""

    def __init__(self, recorder: recorders.Recorder) -> None:
        self._recorder = recorder
        self._dialects: weakref.WeakSet[Any] = weakref.WeakSet()
        self._engine_init: Callable[..., None] | None = None
        self._init: Callable[..., None] | None = None

    def attach(self) -> bool:
        """Hook SQLAlchemy if the application has imported it; return whether it is hooked. Idempotent."""
        if "sqlalchemy.engine" not in sys.modules:
            return False
        if self._engine_init is None:
            from sqlalchemy.engine import Engine

            self._watch_new_engines(Engine)
            for found in gc.get_objects():
                if issubclass(type(found), Engine):  # not isinstance, which would wake lazy proxies
                    self.instrument(found)
        return True

    def _watch_new_engines(self, engine_class: type[Engine]) -> None:
        original = self._engine_init = engine_class.__init__

        def init(engine: Engine, *args: Any, **kwargs: Any) -> None:
            original(engine, *args, **kwargs)
            if self._engine_init is not None:  # another Paceline may have kept this wrapper below its own
                self.instrument(engine)

        self._init = init
        setattr(engine_class, "__init__", init)

    def instrument(self, engine: Engine) -> None:
        """Measure one engine's statements."""
        dialect = cast("Any", engine.dialect)
        if dialect in self._dialects or _is_measured(dialect):
            return  # by us, or by another Paceline of this process: a statement counts once
        self._dialects.add(dialect)
        if all(callable(getattr(dialect, name, None)) for name in METHODS):
            for name in METHODS:
                setattr(dialect, name, self._timed(dialect, name))
        else:
            _listen(engine, self._recorder)

    def _timed(self, dialect: Any, name: str) -> Execute:
        from sqlalchemy.engine import default

        if name == "do_execute" and cast("Any", type(dialect)).do_execute is default.DefaultDialect.do_execute:
            return timed_default(self._recorder)
        return timed(getattr(dialect, name), self._recorder)

    def detach(self) -> None:
        """Put every original back; statements of engines that used the event fallback go on being counted."""
        if self._engine_init is None:
            return
        from sqlalchemy.engine import Engine

        if Engine.__init__ is self._init:
            setattr(Engine, "__init__", self._engine_init)
        self._engine_init = None
        for dialect in list(self._dialects):
            for name in METHODS:
                cast("dict[str, object]", vars(dialect)).pop(name, None)
        self._dialects.clear()


def _is_measured(dialect: Any) -> bool:
    replaced = cast("dict[str, object]", vars(dialect)).get("do_execute")
    return getattr(replaced, "__module__", None) == __name__


def timed_default(recorder: recorders.Recorder) -> Execute:
    """Return what stands for `DefaultDialect.do_execute`, which is `cursor.execute` and nothing else: a frame less."""
    limits, get_current = recorder.limits, current.get

    def measured(cursor: Any, statement: str, parameters: Any, _context: Any = None) -> None:
        start = perf_counter_ns()
        try:
            cursor.execute(statement, parameters)
        except BaseException as error:
            note_failure(recorder, statement, start, error)
            raise
        # What follows is `note`, written out: the call would be a tenth of the cost of a statement.
        end = perf_counter_ns()
        record = get_current()
        if record is None or record[ROUTE] is not None:
            note_background(recorder, statement, end - start)
            return
        record += (statement, start, end)
        if end - start >= limits.slow_statement_ns or len(record) % LOOK_EVERY == LOOK_AT:
            look_closer(recorder, record, cursor, parameters)

    return measured


def timed(execute: Execute, recorder: recorders.Recorder) -> Execute:
    """Return a dialect's own method that also notes how long it took."""

    def measured(cursor: Any, statement: str, *rest: Any, **named: Any) -> None:
        start = perf_counter_ns()
        try:
            execute(cursor, statement, *rest, **named)
        except BaseException as error:
            note_failure(recorder, statement, start, error)
            raise
        # Alone it is the context of a statement without parameters.
        note(recorder, cursor, statement, start, rest[0] if len(rest) > 1 else None)

    return measured


def note(
    recorder: recorders.Recorder, cursor: object, statement: str, start_ns: int, parameters: object = None
) -> None:
    """Count a statement that ran from `start_ns` until now."""
    end = perf_counter_ns()
    record = current.get()
    if record is None or record[r.ROUTE] is not None:
        note_background(recorder, statement, end - start_ns)
        return
    record += (statement, start_ns, end)
    if end - start_ns >= recorder.limits.slow_statement_ns or len(record) % LOOK_EVERY == LOOK_AT:
        look_closer(recorder, record, cursor, parameters)


def note_failure(recorder: recorders.Recorder, statement: str, start_ns: int, error: BaseException) -> None:
    """Count a statement that the database refused; of the error only its SQLSTATE or type is kept."""
    end = perf_counter_ns()
    record = current.get()
    if record is None or record[r.ROUTE] is not None:
        recorder.background(statement, end - start_ns, failed=True)
        return
    position = len(record)
    record += (statement, start_ns, end)
    code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    r.details(record).errors[position] = str(code or type(error).__name__)
    if len(record) % LOOK_EVERY == LOOK_AT:
        look_closer(recorder, record, None)


def note_background(recorder: recorders.Recorder, statement: str, duration_ns: int) -> None:
    """Count a statement that ran outside any request; a slow one with its call site."""
    slow = duration_ns >= recorder.limits.slow_statement_ns
    recorder.background(statement, duration_ns, call_site=call_site.call_site() if slow else None)


def look_closer(recorder: recorders.Recorder, record: r.Record, cursor: object, parameters: object = None) -> None:
    """Note call site, rows and parameters of a slow statement, find repetition, and keep the record bounded."""
    position = len(record) - r.TRIPLE
    text, start, end = record[position:]
    if end - start >= recorder.limits.slow_statement_ns:
        details = r.details(record)
        details.call_sites[position] = call_site.call_site()
        rows = getattr(cursor, "rowcount", -1)
        if isinstance(rows, int) and rows >= 0:
            details.rows[position] = rows
        sample = parameters_.sample(parameters, recorder.limits.statement_samples)
        if sample is not None:
            details.samples[position] = sample
    r.shorten(record, LOOK_EVERY)
    text = record[position]
    count = record.count(text)
    if count >= SUSPECT:
        details = r.details(record)  # so that the texts are counted when the request is over
        if count >= r.REPEATED and text not in details.repeated:
            details.repeated[text] = call_site.call_site()
    if len(record) > r.STATEMENTS + r.MAX_TRIPLES * r.TRIPLE:
        r.spill(record)


def _listen(engine: Engine, recorder: recorders.Recorder) -> None:
    """Measure by the public event API: for a dialect whose methods are not what they were."""
    from sqlalchemy import event

    def before(*_args: Any) -> None:
        context = _args[4]
        if context is not None:
            context.paceline_start_ns = perf_counter_ns()

    def after(*_args: Any) -> None:
        _connection, cursor, statement, parameters, context, _many = _args
        start: int | None = getattr(context, "paceline_start_ns", None)
        if start is not None:
            note(recorder, cursor, statement, start, parameters)

    def failed(failure: Any) -> None:
        start: int | None = getattr(failure.execution_context, "paceline_start_ns", None)
        if start is not None and failure.statement is not None:
            note_failure(recorder, failure.statement, start, failure.original_exception)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", failed)
