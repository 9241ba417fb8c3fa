"""The gate: our pages below the prefix, the host's everything else; the host starts and ends whatever we do."""

import asyncio

import pytest
from tests.fix_observed import Seen

from paceline.integrations import gate
from paceline.telemetry import recorder as recorders


class Parts:
    """The parts of a process as far as the gate knows them."""

    def __init__(self):
        self.recorder = recorders.Recorder()
        self.calls = []
        self.failure = None

    def start(self):
        self.calls.append("start")
        if self.failure:
            raise self.failure

    def stop(self):
        self.calls.append("stop")


class Answers:
    """An application that notes the scopes it gets."""

    def __init__(self, error=None):
        self.scopes = []
        self.error = error

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        if self.error:
            raise self.error


@pytest.fixture
def parts():
    return Parts()


def through(gate_, path="/", kind="http", **more):
    async def receive():
        return {"type": "http.request"}

    async def send(message):
        pass

    asyncio.run(gate_({"type": kind, "path": path, "method": "GET", "headers": [], **more}, receive, send))


PATHS = [
    ("/performance", "", True),
    ("/performance/", "", True),
    ("/performance/api/stats", "", True),
    ("/performances", "", False),
    ("/a/performance", "", False),
    ("/", "", False),
    ("/proxied/performance/x", "/proxied", True),
    ("/performance/x", "/proxied", True),
    ("/proxied/a/performance", "/proxied", False),
]


@pytest.mark.parametrize(("path", "root", "ours"), PATHS)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_paths_below_the_prefix_are_ours(path, root, ours, kind, parts):
    host, pages = Answers(), Answers()
    made = gate.Gate(host, parts, prefix="/performance", pages=pages, routed=None)
    seen = Seen(parts.recorder)
    through(made, path, kind, root_path=root)
    assert (len(pages.scopes), len(host.scopes)) == ((1, 0) if ours else (0, 1))
    assert bool(seen.look().tallies) != ours, "our own pages are not measured, all others are"


def test_our_pages_see_themselves_as_mounted(parts):
    pages = Answers()
    made = gate.Gate(Answers(), parts, prefix="/performance", pages=pages, routed=None)
    through(made, "/proxied/performance/x", root_path="/proxied")
    through(made, "/performance/x")
    assert [(found["root_path"], found["path"]) for found in pages.scopes] == [
        ("/proxied/performance", "/proxied/performance/x"),
        ("/performance", "/performance/x"),
    ]


def test_without_pages_the_host_answers_there(parts):
    host = Answers()
    through(gate.Gate(host, parts, prefix="/performance", pages=None, routed=None), "/performance")
    assert len(host.scopes) == 1


def test_a_lifespan_starts_and_stops_us(parts):
    host = Answers()
    through(gate.Gate(host, parts, prefix="/performance", pages=None, routed=None), kind="lifespan")
    assert parts.calls == ["start", "stop"]
    assert [found["type"] for found in host.scopes] == ["lifespan"]


def test_a_host_whose_lifespan_fails_stops_us_too(parts):
    made = gate.Gate(Answers(RuntimeError("the host's")), parts, prefix="/performance", pages=None, routed=None)
    with pytest.raises(RuntimeError, match="the host's"):
        through(made, kind="lifespan")
    assert parts.calls == ["start", "stop"]


def test_the_host_starts_even_if_we_cannot(parts, caplog):
    parts.failure = RuntimeError("ours")
    host = Answers()
    through(gate.Gate(host, parts, prefix="/performance", pages=None, routed=None), kind="lifespan")
    assert len(host.scopes) == 1
    assert "the application runs without it" in caplog.text
