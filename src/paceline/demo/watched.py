"""The shop with paceline around it: the factory that the demo's web server is pointed at.

Everything comes from the environment, as in a real deployment. A thread ends the server when the demo that started it
is gone, however it went.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from paceline.demo import application
from paceline.integrations import install
from paceline.observe import call_site

if TYPE_CHECKING:
    from fastapi import FastAPI

SERVICE = "paceline-demo"
"""Name of the demo's service, and so of its store and tokens."""


def create_app() -> FastAPI:
    """Return the watched shop."""
    threading.Thread(target=_leave_with_parent, name="demo-parent", daemon=True).start()
    call_site.claim(Path(__file__).parent)  # the shop stands for an application, so its lines are shown
    shop = application.create_app()
    install.Paceline(service=SERVICE, environment="demo").install(shop)
    return shop


def _leave_with_parent() -> None:
    """Wait for the end of standard input, which only the parent holds open."""
    while os.read(0, 1):  # not sys.stdin, whose lock a thread must not hold when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
