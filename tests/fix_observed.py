"""Applications behind the probe, on a real uvicorn in a thread, and what the recorder saw of them."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from paceline.integrations import starlette
from paceline.observe import asgi, routes
from paceline.telemetry import recorder as recorders
from paceline.telemetry import window as windows
from paceline.telemetry.running import limits as bounds

PATIENCE_S = 4.0


def eventually(look, patience_s=PATIENCE_S):
    """Return what `look` finds once it is true; a server finishes a request after its client has the answer."""
    until = time.monotonic() + patience_s
    while not (found := look()):
        if time.monotonic() > until:
            message = f"{look} found nothing within {patience_s} s"
            raise AssertionError(message)
        time.sleep(0.002)
    return found


@contextlib.contextmanager
def serving(app, **config):
    """Serve an ASGI application on a free port; yield its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings = {"log_level": "critical", "lifespan": "off", "timeout_graceful_shutdown": 1, **config}
    server = uvicorn.Server(uvicorn.Config(app, **settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    eventually(lambda: server.started or not thread.is_alive())
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()


def raw(port, text, *, read=True):
    """Send bytes on a connection of its own; return the answer up to the close, or the open socket."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    connection.sendall(text)
    if not read:
        return connection
    with connection, connection.makefile("rb") as answer:
        return answer.read()


class Seen:
    """What a recorder counted since `forget`, over all windows taken."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.forget()

    def forget(self):
        """Begin anew."""
        self.recorder.discard()
        self.tallies = {}
        self.counters = {}
        self.events = []
        self.traces = []
        self.texts = getattr(self, "texts", {})

    def look(self):
        """Take the running window and add it."""
        window = self.recorder.take(0, {})
        for key, tally in window.tallies.items():
            count, total, largest = self.tallies.get(key, (0, 0, 0))
            self.tallies[key] = (count + tally.count, total + tally.sum, max(largest, tally.max))
        for key, count in window.counters.items():
            self.counters[key] = self.counters.get(key, 0) + count
        self.events += window.events
        self.traces += window.traces
        self.texts.update(window.texts)
        return self

    def requests(self, at_least=1):
        """Return how often each (method, route, outcome) was counted, once there are so many."""

        def counted():
            self.look()
            found = {key[1:]: value[0] for key, value in self.tallies.items() if key[0] == windows.REQUEST}
            return found if sum(found.values()) >= at_least else None

        return eventually(counted)

    def statements(self):
        """Return how often each (normalised text, route) ran."""
        self.look()
        kind = windows.STATEMENT
        return {(self.texts[key[1]], key[2]): value[0] for key, value in self.tallies.items() if key[0] == kind}

    def counted(self, kind):
        """Return the counters of a kind by their labels."""
        return {key[1:]: count for key, count in self.counters.items() if key[0] == kind}

    def milliseconds(self, kind, *labels):
        """Return the longest duration of a key."""
        return self.tallies[kind, *labels][2] / 1e6


def watch(app, recorder):
    """Put the probe around an application as `install` does; return the application."""
    starlette.install(app, lambda inner: asgi.Probe(inner, recorder, routes.RouteTemplates(app)))
    return app


@contextlib.contextmanager
def observed(app, **config):
    """Serve an application behind the probe; yield its port and what is seen."""
    recorder = recorders.Recorder()
    watch(app, recorder)
    with serving(app, **config) as port:
        yield port, Seen(recorder)


@pytest.fixture
def recorder():
    """A recorder with the default limits, which a test may change."""
    return recorders.Recorder(bounds.Limits())


@pytest.fixture
def seen(recorder):
    """What that recorder counted."""
    return Seen(recorder)
