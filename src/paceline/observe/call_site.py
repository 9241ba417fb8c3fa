"""The line of the application that led here: the innermost frame outside every library.

Frames are walked outwards from the caller. What counts as library is decided once per file and remembered: the
standard library, installed packages, start scripts, frozen and generated code, and paceline itself. The walk ends at
the event loop: below it stands whoever started the server, which asked for nothing.

SQLAlchemy's asyncio mode runs its synchronous core in a greenlet, whose own frames end inside SQLAlchemy. The
coroutine that awaits is then neither in that chain nor reachable through `cr_await` of its task (which is empty while
the coroutine runs); it hangs on the parent greenlet, suspended in the middle of the call. So after the own frames
come those of the parents, by `greenlet` only if the application has imported it.

A task whose own coroutine is a library's (`asyncio.gather(session.execute(...))`) has no frame of the application at
all; the answer is `None` then, not a guess.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Protocol, cast

_LARGEST_CACHE = 4_096
"""Files remembered; an application that generates more begins anew, at the price of some 20 us a file."""

_LIBRARY = ""
_END = "\n"
"""Verdicts beside the path to show: go on outwards, and stop. No path to show is one of them."""

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

_ENDS = tuple(
    os.sep + ending.replace("/", os.sep)
    for ending in (
        "asyncio/base_events.py",
        "asyncio/events.py",
        "asyncio/runners.py",
        "uvicorn/server.py",
        "uvloop/__init__.py",
        "gunicorn/arbiter.py",
    )
)
"""Event loops and servers. With uvloop the loop itself leaves no frame, so the servers around it are named too."""

_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")

_verdicts: dict[str, str] = {}
_claimed: list[str] = []


class _Greenlet(Protocol):
    """What is used of a greenlet."""

    parent: _Greenlet | None
    gr_frame: FrameType | None


class _GreenletModule(Protocol):
    """What is used of the module `greenlet`."""

    def getcurrent(self) -> _Greenlet: ...


def claim(folder: Path) -> None:
    """Count everything in a folder as the application, even inside site-packages: a service installed as a wheel."""
    _claimed.append(f"{folder}{os.sep}")
    _verdicts.clear()


def call_site(skip: int = 1, limit: int = 80) -> str | None:
    """Return `file:line function` of the application's innermost frame, or `None` if there is none; never raises.

    The file is relative to the project; a frame of a comprehension bears the name of its function.

    Args:
        skip: frames to leave out, 1 being the caller's own.
        limit: frames to look at, so that the price of a deep recursion stays bounded.
    """
    try:
        frame = inspect.currentframe()
        for _ in range(max(skip, 0) + 1):
            frame = frame and frame.f_back
        return _search(frame, limit)
    except Exception:
        # Runs inside the application's statements: not even a foreign object posing as a template may break one.
        return None


def _search(frame: FrameType | None, limit: int) -> str | None:
    for start in _chains(frame):
        frame = start
        while frame is not None and limit > 0:
            limit -= 1
            filename = frame.f_code.co_filename
            verdict = _verdicts.get(filename)
            if verdict is None:
                verdict = _judged(filename)
            if verdict:
                return None if verdict == _END else _told(frame, verdict)
            frame = frame.f_back
    return None


def _chains(own: FrameType | None) -> Iterator[FrameType | None]:
    """Yield where to begin: the own frames, then those of the greenlets that wait for this one."""
    yield own
    module = cast("_GreenletModule | None", sys.modules.get("greenlet"))
    greenlet = module.getcurrent().parent if module is not None else None
    while greenlet is not None:
        yield greenlet.gr_frame
        greenlet = greenlet.parent


def _judged(filename: str) -> str:
    """Decide about a file and remember it."""
    verdict = _shown(filename) if _is_application(filename) else _LIBRARY
    if verdict == _LIBRARY and filename.endswith(_ENDS):
        verdict = _END
    if len(_verdicts) >= _LARGEST_CACHE:
        _verdicts.clear()
    _verdicts[filename] = verdict
    return verdict


def _is_application(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    if filename.startswith(tuple(_claimed)):
        return True
    return not filename.startswith(_library_folders()) and not any(part in filename for part in _INSTALLED)


@functools.cache
def _library_folders() -> tuple[str, ...]:
    """Return the folders of the standard library, of start scripts such as `bin/uvicorn`, and of paceline."""
    names = ("stdlib", "platstdlib", "scripts")
    folders = {Path(sysconfig.get_path(name)) for name in names} | {Path(os.__file__).parent}
    # Frames bear the path by which a module was found, which may be a link or its target.
    folders |= {folder.resolve() for folder in folders} | {Path(__file__).parent.parent}
    return tuple(f"{folder}{os.sep}" for folder in folders)


def _shown(filename: str) -> str:
    """Return the path relative to the working folder or to where it was imported from; never one with a user's name."""
    path = Path(filename)
    if not path.is_absolute():
        return path.as_posix()
    for root in _project_roots():
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return ".../" + "/".join(path.parts[-3:]).lstrip("/")


def _project_roots() -> list[Path]:
    """Return the working folder, then the import path, longest first; the root of the disk says nothing."""
    roots = sorted((Path(entry) for entry in sys.path if entry), key=lambda root: -len(root.parts))
    with contextlib.suppress(OSError):  # the folder may have been deleted under the process
        roots.insert(0, Path.cwd())
    return [root for root in roots if root.is_absolute() and len(root.parts) > 1]


def _told(frame: FrameType, shown: str) -> str:
    line = frame.f_lineno or frame.f_code.co_firstlineno
    # A Jinja template runs as generated code under the template's name; it knows which of its lines that came from.
    template = frame.f_globals.get("__jinja_template__")
    if template is not None:
        return f"{shown}:{template.get_corresponding_lineno(line)} template"
    return f"{shown}:{line} {_function(frame.f_code.co_qualname)}"


def _function(qualname: str) -> str:
    """Return the name without the comprehensions at its end, which are frames of their own before Python 3.12."""
    while qualname.endswith(_COMPREHENSIONS):
        qualname = qualname[: qualname.rindex("<")].removesuffix(".").removesuffix(".<locals>")
    return qualname or "<module>"
