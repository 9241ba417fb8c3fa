"""The demo's port is its own from the moment it is chosen."""

import socket

import pytest

from paceline import errors
from paceline.demo import processes


def test_two_demos_that_start_at_once_have_ports_of_their_own():
    with processes.Demo(processes.DemoOptions()) as one, processes.Demo(processes.DemoOptions()) as other:
        assert one.port != other.port
        assert {one.port, other.port} <= set(range(processes.FIRST_PORT, processes.FIRST_PORT + processes.PORTS_TRIED))


def test_a_port_is_free_again_when_the_demo_has_ended():
    with processes.Demo(processes.DemoOptions()) as demo:
        port = demo.port
    with processes.Demo(processes.DemoOptions(port=port)) as again:
        assert again.base_url == f"http://127.0.0.1:{port}"


def test_a_wanted_port_that_is_in_use_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(errors.ServiceUnavailable, match=f"port {port} is in use; give another with --port"):
            processes.Demo(processes.DemoOptions(port=port))


def test_the_shop_inherits_the_socket_that_was_chosen():
    """The web server opens no port of its own, so none can be taken in between."""
    command = processes.uvicorn_command(7)

    assert command[command.index("--fd") + 1] == "7"
    assert "--port" not in command
