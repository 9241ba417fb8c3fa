"""The two doors of a load run: inside an event loop that is there, or with one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Generator

from paceline.prove.load import plan, pool, protocol, results, sender, target


async def run(
    orders: plan.Plan, *, on_progress: plan.ProgressCallback | None = None, stop: asyncio.Event | None = None
) -> results.Results:
    """Run a plan in the current event loop and return what was counted.

    Args:
        orders: What to send, when and where.
        on_progress: Called every half second, and once at the end.
        stop: Ends the run when set; requests under way then count as error `stopped`.

    Raises:
        ServiceUnavailable: Nothing listens at the target when the run begins.
        UsageError: The target is not on loopback, or the scenario yields what cannot be sent.
    """
    where = target.parse(orders.target)
    address = await target.locate(where)
    engine = sender.Sender(orders, where.authority)
    connections = pool.Pool(
        (address, where.port), orders.connections, orders.timeout_s, engine, protocol.parser_factory()
    )
    try:
        await engine.send_all(connections, on_progress, stop)
    finally:
        await connections.close()
        engine.finish(connections)
    if on_progress is not None:
        on_progress(engine.progress())
    return engine.results


def run_load(orders: plan.Plan, *, on_progress: plan.ProgressCallback | None = None) -> results.Results:
    """Run a plan in an event loop of its own (uvloop if it is installed) and return what was counted.

    In the main thread Ctrl-C ends the run early, with the results so far. Errors are those of `run`.
    """
    with _frozen_garbage(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_run_until_interrupted(orders, on_progress))


async def _run_until_interrupted(orders: plan.Plan, on_progress: plan.ProgressCallback | None) -> results.Results:
    stop = asyncio.Event()
    if threading.current_thread() is not threading.main_thread():
        return await run(orders, on_progress=on_progress, stop=stop)
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C then raises KeyboardInterrupt as usual
        loop.add_signal_handler(signal.SIGINT, stop.set)
    try:
        return await run(orders, on_progress=on_progress, stop=stop)
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
        if before is not None:  # None: set by C code, not ours to put back
            signal.signal(signal.SIGINT, before)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


@contextlib.contextmanager
def _frozen_garbage() -> Generator[None]:
    """Keep what lives already out of the collector's sight, so that a run has no long collections."""
    if gc.get_freeze_count():  # the host froze its own; to unfreeze would undo that
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
