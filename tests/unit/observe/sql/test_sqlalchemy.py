"""Statements of SQLAlchemy 2, sync and async: each is counted once, in the request that ran it, and left as it was."""

import asyncio
import contextlib
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import ForeignKey, create_engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool
from tests.fix_observed import Seen

from paceline.observe.sql import sqlalchemy
from paceline.telemetry import recorder as recorders
from paceline.telemetry import records as r
from paceline.telemetry import traces
from paceline.telemetry import window as windows


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


@pytest.fixture
def engine():
    """A database in memory with a few authors, each with a book."""
    made = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add_all(Author(id=n, name=f"name {n}", books=[Book(id=n)]) for n in range(1, 21))
        session.commit()
    yield made
    made.dispose()


@pytest.fixture
def probe(recorder, engine):
    """The probe, attached to the engine that was there before it."""
    made = sqlalchemy.Probe(recorder)
    assert made.attach()
    yield made
    made.detach()


@contextlib.contextmanager
def request(recorder, route="/a"):
    """Run the block as a request."""
    record = r.new(0, "GET")
    record[r.STATUS] = 200
    token = recorders.current.set(record)
    try:
        yield record
    finally:
        recorders.current.reset(token)
        record[r.END] = record[r.FIRST_BYTE] = 1
        record[r.ROUTE] = route
        recorder.finish(record)


def ran(record):
    return len(record[r.STATEMENTS :]) // r.TRIPLE


def test_orm_selects_and_lazy_loads_are_counted_where_they_ran(engine, probe, recorder, seen):
    with request(recorder) as record, Session(engine) as session:
        author = session.scalars(select(Author).where(Author.id == 3)).one()
        assert [book.id for book in author.books] == [3]
    assert ran(record) == 2
    assert sorted(seen.statements().values()) == [1, 1]
    assert {route for _, route in seen.statements()} == {"GET /a"}


def test_times_lie_inside_the_request_and_in_order(engine, probe, recorder):
    with request(recorder) as record, engine.connect() as connection:
        for _ in range(3):
            connection.execute(text("select 1"))
    times = [time for position in range(r.STATEMENTS, len(record), 3) for time in record[position + 1 : position + 3]]
    assert times == sorted(times)


def test_executemany_is_one_statement(engine, probe, recorder):
    with request(recorder) as record, engine.begin() as connection:
        connection.execute(insert(Author), [{"id": n, "name": str(n)} for n in range(100, 150)])
        assert connection.scalar(text("select count(*) from author")) == 70
    assert ran(record) == 2


def test_a_statement_without_parameters_goes_its_own_way(engine, probe, recorder):
    with request(recorder) as record, engine.connect() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql("select 5")
    assert ran(record) == 1


def test_a_refused_statement_is_counted_with_its_type_and_without_its_message(engine, probe, recorder, seen):
    with request(recorder) as record, pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(Author).values(id=99, name="name 1"))
    assert list(record[r.DETAILS].errors.values()) == ["IntegrityError"]
    seen.look()
    assert list(seen.counted(windows.STATEMENT_ERRORS).values()) == [1]
    assert "name 1" not in str(vars(seen))


def test_an_sqlstate_is_kept_in_place_of_the_type(recorder):
    class Refused(Exception):
        sqlstate = "23505"

    def execute(cursor, statement, parameters, context=None):
        message = "Key (email)=(ada@example.org) already exists."
        raise Refused(message)

    with request(recorder) as record, pytest.raises(Refused):
        sqlalchemy.timed(execute, recorder)(None, "insert into t values (%s)", ("ada",))
    assert list(record[r.DETAILS].errors.values()) == ["23505"]


def test_outside_any_request_it_is_background(engine, probe, recorder, seen):
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        with pytest.raises(OperationalError):
            connection.execute(text("select nothing from nowhere"))
    assert {route for _, route in seen.statements()} == {windows.BACKGROUND}
    assert sum(seen.statements().values()) == 2
    assert [key[1] for key in seen.counted(windows.STATEMENT_ERRORS)] == [windows.BACKGROUND]


def test_after_its_request_is_over_it_is_background(engine, probe, recorder, seen):
    """A background task of a request runs in the same context."""
    with request(recorder) as record:
        pass
    token = recorders.current.set(record)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    recorders.current.reset(token)
    assert ran(record) == 0
    assert [route for _, route in seen.statements()] == [windows.BACKGROUND]


def test_a_slow_statement_has_its_call_site_and_its_rows(engine, probe, recorder, seen):
    recorder.limits.slow_statement_ns = 1
    with request(recorder), engine.begin() as connection:
        connection.execute(text("update author set name = name || '!' where id < 4"))
    seen.look()
    (event_,) = (event_ for event_ in seen.events if event_.kind == windows.SLOW_STATEMENT)
    assert "test_sqlalchemy.py" in event_.body["call_site"]
    assert (event_.body["rows"], event_.body["route"]) == (3, "GET /a")


@pytest.mark.parametrize(
    ("run", "types"),
    [
        (lambda c: c.execute(select(Author).where(Author.id == 3)), ["int"]),
        (lambda c: c.execute(text("select :a, :b"), {"a": "twelve chars", "b": None}), ["str(12)", "None"]),
        (lambda c: c.execute(insert(Author), [{"id": 90, "name": "x"}, {"id": 91, "name": "yy"}]), ["int", "str(1)"]),
        (lambda c: c.exec_driver_sql("select 1", execution_options={"no_parameters": True}), []),
    ],
    ids=["orm", "text", "many", "none"],
)
def test_a_slow_statement_tells_the_types_of_its_parameters(engine, probe, recorder, seen, run, types):
    recorder.limits.slow_statement_ns = 0
    with request(recorder), engine.connect() as connection:
        run(connection)
    (slow,) = [event for event in seen.look().events if event.kind == windows.SLOW_STATEMENT]
    assert slow.body["parameter_types"] == types
    assert recorder.samples(slow.body["fingerprint"]) == []


def test_values_are_kept_only_when_asked_for_and_only_in_this_process(engine, probe, recorder, seen):
    recorder.change_limits(
        slow_statement_ns=0, slow_response_ns=10**12, excluded_routes=frozenset(), statement_samples="values"
    )
    for number in range(4):
        with request(recorder), engine.connect() as connection:
            connection.execute(text("select :a"), {"a": f"canary{number}"})
    slow = [event for event in seen.look().events if event.kind == windows.SLOW_STATEMENT]
    assert [event.body["parameter_types"] for event in slow] == [["str(7)"]] * 3 + [None]
    assert "canary" not in str(slow) + str(seen.traces) + str(seen.texts)
    name = slow[0].body["fingerprint"]
    assert [sample.values for _, sample in recorder.samples(name)] == [("'canary0'",), ("'canary1'",), ("'canary2'",)]
    recorder.change_limits(
        slow_statement_ns=0, slow_response_ns=10**12, excluded_routes=frozenset(), statement_samples="types"
    )
    assert recorder.samples(name) == []


def test_without_samples_nothing_of_parameters_is_noted(engine, probe, recorder, seen):
    recorder.limits.slow_statement_ns = 0
    recorder.limits.statement_samples = "off"
    with request(recorder), engine.connect() as connection:
        connection.execute(text("select :a"), {"a": 1})
    (slow,) = [event for event in seen.look().events if event.kind == windows.SLOW_STATEMENT]
    assert slow.body["parameter_types"] is None


def test_a_slow_statement_in_the_background_has_its_call_site_too(engine, probe, recorder, seen):
    recorder.limits.slow_statement_ns = 1
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    (event_,) = seen.look().events
    assert "test_sqlalchemy.py" in event_.body["call_site"]


def test_a_repeated_statement_is_noted_once_with_its_call_site(engine, probe, recorder, seen):
    with request(recorder) as record, Session(engine) as session:
        for author in session.scalars(select(Author)):
            assert author.books
    assert ran(record) == 21
    repeated = record[r.DETAILS].repeated
    (site,) = repeated.values()
    assert "test_sqlalchemy.py" in site
    seen.look()
    assert {span.call_site for span in seen.traces[0].spans} == {None, site}


def test_fewer_than_ten_are_no_repetition(engine, probe, recorder, seen):
    with request(recorder) as record, engine.connect() as connection:
        for _ in range(9):
            connection.execute(text("select 1"))
    assert seen.requests() == {("GET", "/a", "ok"): 1}
    assert not record[r.DETAILS].repeated


TEN = ["a"] * 10
MIXED = {
    "ten and no more": TEN,
    "thirteen": ["a"] * 13,
    "ten after one other": ["b", *TEN],
    "ten after others": [*"bcdefghi", *TEN],
    "ten before one other": [*TEN, "b"],
    "two in turn": ["a", "b"] * 10,
    "three in turn": ["a", "b", "c"] * 10,
}


@pytest.mark.parametrize("case", MIXED)
def test_ten_of_a_text_are_found_wherever_in_the_request_they_stand(case, engine, probe, recorder, seen):
    """The growing record is looked at now and then; what that suspects is counted when the request is over."""
    with request(recorder):  # the exemplar of the minute
        pass
    seen.look()
    with request(recorder), engine.connect() as connection:
        for name in MIXED[case]:
            connection.execute(text(f"select 1 as {name}"))
    seen.look()
    assert [trace.kept_because for trace in seen.traces] == [traces.EXEMPLAR, traces.REPEATED]


def test_nine_of_each_of_two_are_no_repetition(engine, probe, recorder, seen):
    with request(recorder) as record, engine.connect() as connection:
        for name in ["a", "b"] * 9:
            connection.execute(text(f"select 1 as {name}"))
    assert len(seen.look().traces) == 1
    assert record[r.DETAILS].repeated == {}


def test_thousands_of_statements_in_a_request_stay_bounded_with_exact_totals(engine, probe, recorder, seen):
    longest = 0
    with request(recorder) as record, engine.connect() as connection:
        for number in range(3_500):
            connection.execute(text("select 1" if number % 3 else "select 1, 2"))
            longest = max(longest, len(record))
    assert longest < r.STATEMENTS + (r.MAX_TRIPLES + 10) * r.TRIPLE
    assert sorted(seen.statements().values()) == [1_167, 2_333]
    assert len(seen.traces[0].spans) + seen.traces[0].dropped_spans == 3_500


def test_thousands_of_refused_statements_stay_bounded_too(engine, probe, recorder, seen):
    longest = 0
    with request(recorder) as record, engine.connect() as connection:
        for _ in range(2_500):
            with contextlib.suppress(OperationalError):
                connection.execute(text("select nothing from nowhere"))
            longest = max(longest, len(record))
    assert longest < r.STATEMENTS + (r.MAX_TRIPLES + 10) * r.TRIPLE
    assert list(seen.statements().values()) == [2_500]
    assert list(seen.counted(windows.STATEMENT_ERRORS).values()) == [2_500]


def test_an_engine_made_later_is_counted(probe, recorder):
    later = create_engine("sqlite://")
    with request(recorder) as record, later.connect() as connection:
        connection.execute(text("select 1"))
    later.dispose()
    assert ran(record) == 1


def test_attaching_twice_counts_once(engine, probe, recorder):
    assert probe.attach()
    probe.instrument(engine)
    with request(recorder) as record, engine.connect() as connection:
        connection.execute(text("select 1"))
    assert ran(record) == 1


def test_detaching_puts_every_original_back(engine, recorder):
    before, made_by = dict(vars(engine.dialect)), type(engine).__init__
    probe = sqlalchemy.Probe(recorder)
    probe.attach()
    later = create_engine("sqlite://")
    assert set(vars(engine.dialect)) - set(before) == set(sqlalchemy.METHODS)
    for _ in range(2):
        probe.detach()
    assert vars(engine.dialect) == before
    assert not set(vars(later.dialect)) & set(sqlalchemy.METHODS)
    assert type(engine).__init__ is made_by
    with request(recorder) as record, engine.connect() as connection:
        connection.execute(text("select 1"))
    assert ran(record) == 0


def test_it_can_be_attached_again(engine, recorder):
    probe = sqlalchemy.Probe(recorder)
    for _ in range(2):
        probe.attach()
        with request(recorder) as record, engine.connect() as connection:
            connection.execute(text("select 1"))
        probe.detach()
        assert ran(record) == 1


def test_the_applications_own_listeners_and_results_are_left_alone(engine, probe, recorder):
    heard = []
    event.listen(engine, "do_execute", lambda *given: heard.append(given[1]))
    with request(recorder) as record, engine.connect() as connection:
        assert connection.execute(text("select name from author where id = :n"), {"n": 3}).all() == [("name 3",)]
    assert heard == ["select name from author where id = ?"]
    assert ran(record) == 1


def test_a_dialect_without_the_methods_is_heard_by_events(engine, recorder, seen):
    """Slower, but the same numbers; the methods are hidden as a dialect of another make would lack them."""
    engine.dialect.do_execute_no_params = None
    probe = sqlalchemy.Probe(recorder)
    probe.instrument(engine)
    with request(recorder) as record, engine.connect() as connection:
        for _ in range(24):
            connection.execute(text("select 1"))
        with pytest.raises(OperationalError):
            connection.execute(text("select nothing from nowhere"))
    assert "do_execute" not in vars(engine.dialect)
    assert ran(record) == 25
    assert list(record[r.DETAILS].errors.values()) == ["OperationalError"]
    assert "test_sqlalchemy.py" in next(iter(record[r.DETAILS].repeated.values()))
    assert sorted(seen.statements().values()) == [1, 24]


def test_statements_of_other_threads_belong_to_their_own_request(engine, probe, recorder, seen):
    def work(number):
        with request(recorder, f"/{number}"):
            for _ in range(20):
                with Session(engine) as session:
                    session.execute(text(f"select {'a' * number}.id from author as {'a' * number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = {(statement.split(".")[0][7:], route): n for (statement, route), n in seen.statements().items()}
    assert counted == {("a", "GET /1"): 20, ("aa", "GET /2"): 20, ("aaa", "GET /3"): 20}


@contextlib.asynccontextmanager
async def async_engine():
    made = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    try:
        yield made
    finally:
        await made.dispose()


def test_async_engines_are_counted_with_their_call_site(probe, recorder, seen):
    recorder.limits.slow_statement_ns = 1

    async def main():
        async with async_engine() as engine:
            with request(recorder) as record:
                async with AsyncSession(engine) as session:
                    await session.execute(text("select 1"))
            return record

    assert ran(asyncio.run(main())) == 1
    (event_,) = (event_ for event_ in seen.look().events if event_.kind == windows.SLOW_STATEMENT)
    assert "test_sqlalchemy.py" in event_.body["call_site"]


def test_tasks_that_a_request_creates_count_in_it(probe, recorder):
    async def main():
        async with async_engine() as engine:

            async def child():
                async with engine.connect() as connection:
                    await connection.execute(text("select 1"))

            with request(recorder) as record:
                await asyncio.gather(asyncio.create_task(child()), asyncio.create_task(child()), child())
            return record

    assert ran(asyncio.run(main())) == 3


def test_sync_work_in_a_thread_of_a_request_counts_in_it(engine, probe, recorder):
    def work():
        with Session(engine) as session:
            session.execute(text("select 1"))

    async def main():
        with request(recorder) as record:
            await asyncio.to_thread(work)
        return record

    assert ran(asyncio.run(main())) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), min_size=2, max_size=6))
def test_requests_that_run_at_once_never_mix_their_statements(plans):
    """Each request runs statements of its own text with naps of any length in between; every interleaving counts."""
    recorder = recorders.Recorder()
    seen, probe = Seen(recorder), sqlalchemy.Probe(recorder)
    probe.attach()

    async def serve(engine, number, naps):
        with request(recorder, f"/{number}"):
            for nap in naps:
                async with AsyncSession(engine) as session:
                    await session.execute(text(f"select 1 as {'a' * (number + 1)}"))
                for _ in range(nap):
                    await asyncio.sleep(0)

    async def main():
        async with async_engine() as engine:
            await asyncio.gather(*(asyncio.create_task(serve(engine, n, naps)) for n, naps in enumerate(plans)))

    try:
        asyncio.run(main())
    finally:
        probe.detach()
    counted = {(len(statement.split()[-1]), route): n for (statement, route), n in seen.statements().items()}
    assert counted == {(n + 1, f"GET /{n}"): len(naps) for n, naps in enumerate(plans)}


def test_two_probes_in_one_process_count_a_statement_once(recorder):
    """Several applications with a Paceline each, as in a test suite that makes one per test."""
    first, second = sqlalchemy.Probe(recorder), sqlalchemy.Probe(recorders.Recorder())
    engine = create_engine("sqlite://")
    first.instrument(engine)
    second.instrument(engine)
    record = r.new(0, "GET")
    recorders.current.set(record)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    recorders.current.set(None)
    assert len(record) == r.STATEMENTS + r.TRIPLE


def test_two_probes_that_go_in_the_order_they_came_leave_nothing_behind(recorder):
    """The second had wrapped the first: neither brings the other back."""
    first, second = sqlalchemy.Probe(recorder), sqlalchemy.Probe(recorders.Recorder())
    first.attach()
    second.attach()
    first.detach()
    second.detach()
    assert "do_execute" not in vars(create_engine("sqlite://").dialect)
