"""The processes of the demo: PostgreSQL with the shop's data, the watched shop behind uvicorn, and its customers.

They end in reverse order when the demo does, and by themselves should it be killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from paceline import errors
from paceline.demo import census, engines, mistakes, population, sending, switching
from paceline.demo.data import generate
from paceline.postgres import embedded_postgres

DATABASE = "shop"
FIRST_PORT = 8000
PORTS_TRIED = 20
BACKLOG = 2_048
"""As uvicorn's own default."""
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 1.5
"""How long a process gets to leave by itself; the whole demo is gone within 2 s."""

Tell = Callable[[str, int, int], None]

_SERVER_SETTINGS = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "track_io_timing": "on",
    # Tables that are created and filled in one transaction are then written once, not to the log too: half a gigabyte
    # less, and a third of the time. It takes a server without replicas, which this one is.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Two cores are shared by the server, the shop and its customers: a second process for a scan of 20 ms costs more
    # than it saves.
    "max_parallel_workers_per_gather": "0",
}


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the demo is asked for. `port` None: the first free one from FIRST_PORT; `directory` None: a kept one."""

    rps: float = 40.0
    scale: float = 1.0
    port: int | None = None
    reset: bool = False
    mistakes: frozenset[str] = mistakes.ALL
    directory: Path | None = None


class Demo:
    """Everything that `paceline demo` runs; a context manager."""

    def __init__(self, options: DemoOptions) -> None:
        self.options = options
        self._listener = listen(options.port)
        """Held until the shop has it, so that no other program can take the port while PostgreSQL starts."""
        self.port: int = self._listener.getsockname()[1]
        self.directory = options.directory or embedded_postgres.default_directory("demo")
        self._server: embedded_postgres.EmbeddedPostgres | None = None
        self._shop: subprocess.Popen[bytes] | None = None
        self._customers: sending.Customers | None = None
        self._knows: population.Population | None = None

    @property
    def base_url(self) -> str:
        """Return the shop's address."""
        return f"http://127.0.0.1:{self.port}"

    def start_database(self) -> str:
        """Start PostgreSQL and return the DSN of the shop's database."""
        self._server = embedded_postgres.EmbeddedPostgres(
            self.directory,
            preload=("pg_stat_statements",),
            settings=_SERVER_SETTINGS,
        ).start()
        if not self._server.run_sql("SELECT 1 FROM pg_database WHERE datname = 'shop'").strip():
            self._server.run_sql("CREATE DATABASE shop")
        return self._server.dsn(DATABASE)

    def fill(self, dsn: str, tell: Tell) -> bool:
        """Make the data unless they are there from an earlier run; return whether they were made."""
        return asyncio.run(self._fill(dsn, tell))

    async def _fill(self, dsn: str, tell: Tell) -> bool:
        async with engines.engine_of(dsn) as engine:
            needed = self.options.reset or await generate.needs_data(engine, scale=self.options.scale)
            if needed:
                await generate.generate(engine, scale=self.options.scale, progress=tell)
            await switching.apply_mistakes(engine, self.options.mistakes)
            self._knows = await census.read_population(engine)
        return needed

    def start_shop(self, dsn: str) -> None:
        """Start the watched shop and wait until it answers."""
        chosen = ",".join(sorted(self.options.mistakes)) or "none"
        environment = {**os.environ, "PACELINE_SHOP_DSN": dsn, "PACELINE_SHOP_MISTAKES": chosen}
        with self.log_path.open("wb") as log, self._listener as listener:
            self._shop = subprocess.Popen(
                uvicorn_command(listener.fileno()),
                pass_fds=(listener.fileno(),),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        self._await_shop()

    @property
    def log_path(self) -> Path:
        """Return where the shop's log is."""
        return self.directory / "shop.log"

    def _await_shop(self) -> None:
        assert self._shop is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._shop.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.05)
        message = f"the shop did not start on port {self.port}: {self._last_words()} (log: {self.log_path})"
        raise errors.ServiceUnavailable(message)

    def _answers(self) -> bool:
        """Return whether the shop serves; that its port takes connections says nothing, as it did before."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=0.5)) as connection:
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == http.HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                return False

    def _last_words(self) -> str:
        lines = self.log_path.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def start_customers(self, seconds: float | None = None) -> sending.Customers:
        """Let customers come, `rps` a second, for `seconds` or (None) until the demo ends."""
        assert self._knows is not None
        self._customers = sending.Customers(self.base_url, self._knows, rps=self.options.rps, seconds=seconds)
        self._customers.start()
        return self._customers

    def check(self) -> None:
        """Raise ServiceUnavailable when the shop or the customers have ended on their own."""
        self.check_shop()
        if self._customers is not None and not self._customers.alive:
            message = "the traffic generator ended; start the demo again"
            raise errors.ServiceUnavailable(message)

    def check_shop(self) -> None:
        """Raise ServiceUnavailable when the shop has ended on its own."""
        if self._shop is not None and self._shop.poll() is not None:
            message = f"the shop ended with status {self._shop.returncode}: {self._last_words()} (log: {self.log_path})"
            raise errors.ServiceUnavailable(message)

    def stop(self) -> None:
        """End everything that was started, the customers first. Idempotent."""
        customers, self._customers = self._customers, None
        shop, self._shop = self._shop, None
        server, self._server = self._server, None
        if customers is not None:
            customers.stop()
        if shop is not None:
            _end(shop)
        if server is not None:
            server.stop()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def uvicorn_command(listener_fd: int) -> list[str]:
    """Return the command that serves the watched shop on a listening socket that it inherits."""
    return [
        *(sys.executable, "-m", "uvicorn", "--factory", "paceline.demo.watched:create_app"),
        *("--fd", str(listener_fd), "--no-access-log", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "1"),
    ]


def listen(wanted: int | None) -> socket.socket:
    """Return a socket that listens on the wanted port, or on the first free one from FIRST_PORT.

    Raises:
        ServiceUnavailable: the wanted port is taken, or all that were tried are.
    """
    candidates = (wanted,) if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)
    for port in candidates:
        with contextlib.suppress(OSError):
            listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
            # Connections inherit it; asyncio sets it only on what it is told is TCP, and `uvicorn --fd` does not tell.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listener
    if wanted is not None:
        message = f"port {wanted} is in use; give another with --port, or leave it out and a free one is taken"
    else:
        message = f"ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are in use; give a free one with --port"
    raise errors.ServiceUnavailable(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
