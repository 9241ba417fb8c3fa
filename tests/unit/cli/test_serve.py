"""What `paceline serve` refuses, where it listens, and that it takes the duties."""

from __future__ import annotations

import socket
import threading

import pytest

from paceline import errors
from paceline.cli import serve
from paceline.telemetry.store import opening
from paceline.web import settings

TOKENS = settings.WebSettings(viewer_token="v" * 32, operator_token="o" * 32)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example.com", "127.0.0.1.example.com"])
def test_other_machines_come_in_with_chosen_tokens_only(host):
    """A token that was generated and printed once is not a decision to open a port."""
    with pytest.raises(errors.UsageError, match="PACELINE_VIEWER_TOKEN and PACELINE_OPERATOR_TOKEN"):
        serve.check_exposure(host, settings.WebSettings())
    with pytest.raises(errors.UsageError):
        serve.check_exposure(host, settings.WebSettings(viewer_token="v" * 32))

    serve.check_exposure(host, TOKENS)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_settings(host):
    """Loopback is reached from here only; the routes still need a token."""
    serve.check_exposure(host, settings.WebSettings())


def test_an_open_port_without_a_host_name_is_noted():
    """Else every request from elsewhere would get 421, and nobody knew why."""
    named = settings.WebSettings(allowed_hosts=("localhost", "performance.example.com"))

    assert "PACELINE_ALLOWED_HOSTS" in (serve.reach_note("0.0.0.0", TOKENS) or "")
    assert serve.reach_note("0.0.0.0", named) is None
    assert serve.reach_note("127.0.0.1", TOKENS) is None


def test_a_port_in_use_is_named_with_what_to_do():
    """As one line."""
    with serve.listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]

        with pytest.raises(errors.ServiceUnavailable, match=rf"port {port} is in use; .*--port"):
            serve.listening("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.7", "no such host", "x" * 300])
def test_an_address_that_is_not_ours(host):
    """A reserved address (RFC 5737), and what is none at all."""
    with pytest.raises(errors.UsageError, match="is no address of this machine"):
        serve.listening(host, 0)


def test_connections_wait_until_the_server_takes_them():
    """The URL is printed before the server runs, so the port must be open by then."""
    with serve.listening("127.0.0.1", 0) as listener:
        socket.create_connection(listener.getsockname(), timeout=1).close()


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1")]
)
def test_the_url_can_be_opened_on_this_machine(host, shown):
    """`all addresses` is no address to go to."""
    with serve.listening(host, 0) as listener:
        assert serve.base_url(host, listener) == f"http://{shown}:{listener.getsockname()[1]}"


def test_duties_are_taken_from_a_worker_and_given_back(tmp_path):
    """The lease goes to the preferred process, and is free once it leaves; so does the thread."""
    store = opening.open_store(f"sqlite:///{tmp_path / 'shop.db'}", service="shop")
    assert store.acquire_lease("a worker")

    with serve.Duties(store, tick_s=0.01) as done:
        assert done.ticked.wait(5)
        holder = store.status().lease_holder
        assert not store.acquire_lease("a worker")

    assert holder is not None
    assert holder != "a worker"
    assert store.acquire_lease("a worker")
    assert "paceline-duties" not in {thread.name for thread in threading.enumerate()}
    store.close()
