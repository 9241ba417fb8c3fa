"""`paceline serve`: the dashboard as its own process over the service's store.

It answers also when the service is busy, stuck or stopped, and takes the duties (roll-up, retention) off its workers.
Host names, tokens and the one-time URL follow the same rules as inside a host.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import json
import logging
import os
import signal
import socket
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated, NoReturn, Self

import typer
import uvicorn

from paceline import errors
from paceline import settings as loader
from paceline.cli import exit_codes, failures, front, options, stores
from paceline.engine import duties, parts
from paceline.integrations import install
from paceline.telemetry.store import interface
from paceline.web import application, tokens
from paceline.web import settings as web_settings

TICK_S = 2.0
"""Rhythm of the duties: that of the flush in a worker."""
JOIN_TIMEOUT_S = 0.5
GRACE_S = 1
"""How long open connections get to end; the process is gone within 2 s of being told."""
_BACKLOG = 128

log = logging.getLogger("paceline")


def serve(
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 8_900,
    store: options.StoreUrl = None,
    service: options.ServiceName = None,
    as_json: options.AsJson = False,
) -> None:
    """Serve the dashboard and its API as a process of its own.

    Prints a URL that lets one browser in, once, within ten minutes. Leave with Ctrl-C.

    Example: paceline serve --service shop --port 8900
    """
    signal.signal(signal.SIGTERM, _leave)
    configured = stores.configure(store, service)
    loaded = loader.load(web_settings.WebSettings)
    stores.refuse_problems(loaded.problems)
    wanted = loaded.values
    check_exposure(host, wanted)
    with listening(host, port) as listener:
        opened = stores.open_or_make(configured)
        try:
            access = install.access_of(wanted, configured.service)
            asked = parts.service_of(configured.beside(loaded), opened)
            pages = application.create_app(asked, wanted, access=access)
            base = base_url(host, listener)
            note = reach_note(host, wanted)
            _announce(Served(base, configured.service, opened.status(), access, note), as_json=as_json)
            with contextlib.ExitStack() as leaving:
                leaving.callback(asked.stop_jobs)
                leaving.enter_context(Duties(opened))
                _run(front.Front(pages, wanted), listener)
        finally:
            opened.close()


class Duties:
    """A thread that does the duties of the service by preference, until the block is left."""

    def __init__(self, store: interface.Store, tick_s: float = TICK_S) -> None:
        self._duties = duties.Duties(store, lambda: str(os.getpid()), preferred=True)
        self.ticked = threading.Event()
        """Set once the duties were done for the first time."""
        self._tick_s = tick_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="paceline-duties", daemon=True)

    def _repeat(self) -> None:
        while True:
            try:
                self._duties.tick()
            except Exception:  # a mistake in one tick must not end roll-up and retention for good
                log.exception("paceline: duties failed; they are tried again in %s s", self._tick_s)
            self.ticked.set()
            if self._stop.wait(self._tick_s):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(JOIN_TIMEOUT_S)
        self._duties.stop()


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, and where."""

    base: str
    service: str
    status: interface.Status
    access: tokens.Access
    note: str | None = None
    """What else the operator should know."""


def check_exposure(host: str, wanted: web_settings.WebSettings) -> None:
    """Raise UsageError when other machines could reach the server and the operator has chosen no tokens for it."""
    if is_loopback(host) or (wanted.viewer_token and wanted.operator_token):
        return
    raise errors.UsageError(
        f"other machines could reach {host}: set PACELINE_VIEWER_TOKEN and PACELINE_OPERATOR_TOKEN first "
        "(`openssl rand -hex 32` makes one), or leave --host at 127.0.0.1"
    )


def reach_note(host: str, wanted: web_settings.WebSettings) -> str | None:
    """Return what keeps other machines out although the port is open to them: no host name of theirs is allowed."""
    if is_loopback(host) or any(not is_loopback(name.strip("[]")) for name in wanted.allowed_hosts):
        return None
    return (
        f"only requests to {', '.join(wanted.allowed_hosts)} are answered: set PACELINE_ALLOWED_HOSTS to the name by "
        "which others reach this machine"
    )


def is_loopback(host: str) -> bool:
    """Return whether an address is of this machine only; a name other than localhost is not trusted to be."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; connections wait in its queue until the server takes them.

    Raises:
        errors.ServiceUnavailable: the port is taken or not ours to take.
        errors.UsageError: the address is none of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise errors.UsageError(f"--host {host[:60]!r} is no address of this machine; try 127.0.0.1") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as problem:
        listener.close()
        raise _refused(problem, host, port) from problem
    return listener


def base_url(host: str, listener: socket.socket) -> str:
    """Return scheme, address and port as a browser on this machine reaches them."""
    port = int(listener.getsockname()[1])
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:  # all addresses of this machine, the loopback among them
            host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refused(problem: OSError, host: str, port: int) -> errors.PacelineError:
    if problem.errno == errno.EADDRNOTAVAIL:
        return errors.UsageError(f"--host {host[:60]!r} is no address of this machine; try 127.0.0.1")
    if problem.errno == errno.EACCES:
        return errors.ServiceUnavailable(f"port {port} needs more rights than this user has; choose one above 1023")
    if problem.errno == errno.EADDRINUSE:
        return errors.ServiceUnavailable(
            f"port {port} is in use; give another with --port, or 0 for a free one, or end what uses it"
        )
    return errors.ServiceUnavailable(f"port {port} cannot be opened: {problem.strerror}; give another with --port")


def _announce(served: Served, *, as_json: bool) -> None:
    url = served.access.one_time_url(served.base)
    if as_json:
        document = {
            "url": url,
            "base_url": served.base,
            "service": served.service,
            "store": served.status.location,
            "pid": os.getpid(),
        }
        typer.echo(json.dumps(document))
    else:
        typer.echo(f"Performance of {served.service}, from {served.status.location}")
        typer.echo(f"Open once, within ten minutes: {url}")
        typer.echo("Ctrl-C ends it.")
    for note in (served.note, served.status.note, served.access.note, _emptiness(served)):
        if note:
            failures.say(note)


def _emptiness(served: Served) -> str | None:
    if served.status.workers or any(served.status.rows.get(table) for table in ("slice", "event")):
        return None
    others = [name for name in stores.known_services() if name != served.service]
    known = f"; stores are there for: {', '.join(others[:8])} (--service)" if others else ""
    return f"nothing has been recorded for {served.service!r} yet; the page fills once the service runs{known}"


def _run(asgi: front.Front, listener: socket.socket) -> None:
    """Serve until a signal; uvicorn raises it again when it is done, so SIGINT arrives as KeyboardInterrupt."""
    config = uvicorn.Config(
        asgi,
        http="h11",  # the parser with a limit on the headers it collects
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _leave(*_: object) -> NoReturn:
    raise SystemExit(exit_codes.OK)
