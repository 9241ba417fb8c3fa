"""Every way to the doors: all paths with all methods, and requests written by hand, as no client would send them."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from tests import fix_cli, fix_web
from tests.fix_observed import raw, serving

import paceline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
OPEN = {("GET", "/login"), ("GET", "/login.js"), ("GET", "/login.css")}
"""What answers 200 to a stranger, with HEAD too; the fourth open path, POST /session, answers 404 to a wrong code."""
ELSEWHERE = "/no-such-thing"
TOKENS = {"viewer_token": fix_web.VIEWER_TOKEN, "operator_token": fix_web.OPERATOR_TOKEN}


def paths() -> list[str]:
    """Every path of the application, found from the application, and ways of writing it that might slip through."""
    return sorted({path for _, path in fix_web.routes_of(fix_web.shop_of_nothing())})


def disguised(path: str) -> list[str]:
    """Other ways to write a path."""
    return [f"{path}/", f"/%2f{path[1:]}", f"/%2e{path}", f"{path}%00", f"{path};x", f"/x/%2e%2e{path}", f"{path}%20"]


def is_open(method: str, path: str) -> bool:
    """Whether a stranger gets an answer."""
    return ("GET" if method == "HEAD" else method, path) in OPEN


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire; the date left out, as it says only when."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> dict[str, object]:
        """The body as JSON."""
        return json.loads(self.body)


HUNG_UP = Answer(0, (), b"")
"""What a server does that has read enough."""


def send(port: int, method: str, target: str, *lines: str, host: str | None = "localhost", body: str = "") -> Answer:
    """Write one request as it is given, and read the answer to the close of the connection."""
    named = () if host is None else (f"Host: {host}",)
    length = (f"Content-Length: {len(body)}",) if body else ()
    head = "\r\n".join((f"{method} {target} HTTP/1.1", *named, "Connection: close", *length, *lines))
    try:
        return parsed(raw(port, f"{head}\r\n\r\n{body}".encode("latin-1")))
    except (ConnectionResetError, BrokenPipeError):
        return HUNG_UP


def parsed(answer: bytes) -> Answer:
    """Take an answer apart."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ")[::2] for line in lines)
    told = tuple(sorted((name.lower(), value) for name, value in pairs if name.lower() != "date"))
    return Answer(int(status.split(" ")[1]), told, body)


def bearer(role: str) -> str:
    """The header line that shows a role's token."""
    return f"Authorization: Bearer {TOKENS[f'{role}_token']}"


@contextlib.contextmanager
def hosted(folder: Path, **config: object) -> Iterator[tuple[int, paceline.Paceline]]:
    """A FastAPI host with paceline installed, on a real uvicorn; yields its port and the installed object."""
    app = FastAPI()

    @app.get("/")
    async def home() -> str:
        return "the shop"

    given = {**TOKENS, **config.pop("settings", {})}
    pace = paceline.Paceline(store=f"sqlite:///{folder / 'shop.db'}", service="shop", **given).install(app)
    try:
        with serving(app, **config) as port:
            yield port, pace
    finally:
        pace.stop()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[int]:
    """`paceline serve` as a process of its own; yields its port."""
    url = fix_cli.fill_store(folder)
    given = {f"PACELINE_{name.upper()}": value for name, value in TOKENS.items()}
    process = fix_cli.start_paceline(folder, "serve", "--store", url, "--port", "0", "--json", **given)
    try:
        yield int(json.loads(process.stdout.readline())["base_url"].rpartition(":")[2])
    finally:
        process.terminate()
        process.communicate(timeout=10)
