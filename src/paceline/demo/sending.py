"""The shop's customers, as a process of its own: so that what the generator costs is not the shop's."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from typing import Any

from paceline.demo import population
from paceline.demo.traffic import mix
from paceline.prove.load import plan, results, scenario, schedule, worker

PIECE_S = 600.0
"""Length of one precomputed schedule; after it the next begins with another seed."""
STOP_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class ShopScenario:
    """The shop's traffic mix as a scenario of `prove.load`."""

    seed: int
    knows: population.Population

    def requests(self) -> Iterator[scenario.Request]:
        """Yield customers' requests for ever."""
        for made in mix.requests(self.seed, self.knows):
            yield scenario.Request(
                made.method, made.path, made.body, made.headers, label=made.route, abandon_after_s=made.abandon_after_s
            )


class Customers:
    """The process that sends, for `seconds` or (None) until it is stopped."""

    def __init__(
        self, base_url: str, knows: population.Population, *, rps: float, seconds: float | None = None
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._receiver, self._sender = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_send, args=(self._sender, base_url, knows, rps, seconds), name="demo-customers", daemon=True
        )

    def start(self) -> None:
        """Start sending."""
        self._process.start()
        self._sender.close()

    @property
    def alive(self) -> bool:
        """Return whether customers still come."""
        return self._process.is_alive()

    def report(self, timeout_s: float) -> Mapping[str, Any] | None:
        """Return what a run of known length measured, as `LoadReport.to_dict`; None when it gave nothing in time."""
        try:
            return self._receiver.recv() if self._receiver.poll(timeout_s) else None
        except EOFError:
            return None

    def stop(self) -> None:
        """End the process. Idempotent."""
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _send(sender: Connection, base_url: str, knows: population.Population, rps: float, seconds: float | None) -> None:
    os.setsid()  # Ctrl-C is the parent's to handle
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    for seed in itertools.count(1):
        orders = plan.Plan(schedule.poisson(rps, seconds or PIECE_S, seed), ShopScenario(seed, knows), base_url)
        counted = worker.run_load(orders)
        if seconds is not None:
            sender.send(results.LoadReport.of(counted).to_dict())
            return


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
