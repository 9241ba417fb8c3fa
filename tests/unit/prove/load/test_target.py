import asyncio
import socket

import pytest

from paceline import errors
from paceline.prove.load import target


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.3.2.1:8000/", "127.3.2.1:8000"),
        ("http://LOCALHOST", "localhost:80"),
        ("http://[::1]:9", "[::1]:9"),
    ],
)
def test_loopback_is_taken(url, authority):
    assert target.parse(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "http://10.0.0.1:8000",
        "http://0.0.0.0:8000",
        "http://128.0.0.1",
        "http://[::]:80",
        "http://[::ffff:10.0.0.1]",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://127.1",
        "http://:80",
    ],
)
def test_everything_else_is_refused_before_a_socket_is_opened(url):
    with pytest.raises(errors.UsageError, match="load goes to loopback only"):
        target.parse(url)


@pytest.mark.parametrize("url", ["https://127.0.0.1", "127.0.0.1:8000", "ws://localhost", ""])
def test_only_plain_http_is_spoken(url):
    with pytest.raises(errors.UsageError, match="plain http"):
        target.parse(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1/shop", "http://127.0.0.1/?a=b", "http://me:secret@127.0.0.1"])
def test_a_target_is_host_and_port_and_a_secret_is_not_repeated(url):
    with pytest.raises(errors.UsageError, match="host and port") as refusal:
        target.parse(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://[::1"])
def test_what_is_no_url_is_said_so(url):
    with pytest.raises(errors.UsageError, match="not a URL"):
        target.parse(url)


def test_localhost_is_located_where_the_server_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert asyncio.run(target.locate(target.Target("localhost", port))) == "127.0.0.1"


def test_an_absent_server_is_told_before_the_run():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can take the port
        port = unused.getsockname()[1]
        with pytest.raises(errors.ServiceUnavailable, match=f"no server listens at http://127.0.0.1:{port}"):
            asyncio.run(target.locate(target.Target("127.0.0.1", port)))
