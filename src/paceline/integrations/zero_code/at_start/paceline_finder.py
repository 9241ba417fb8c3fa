"""Waits until a process imports Starlette, has its applications watched, and is gone.

Imports nothing at its start: most Python processes that a command starts never see a web framework.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as `typing` has it, whose import would take longer than all that happens here
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

WANTED = "starlette.applications"


class Finder:
    """Finds one module as the others do, and lends it another loader."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's spec when it is the one that is waited for."""
        if name != WANTED:
            return None
        remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    setattr(spec, "loader", Watched(spec.loader))
                return spec
        return None


class Watched:
    """Runs a module by its own loader, then has its applications watched."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module that its own loader makes."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module as if nobody had been here."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        watch(module)


def put() -> None:
    """Wait for the module, or watch it at once when something was quicker."""
    if WANTED in sys.modules:
        watch(sys.modules[WANTED])
    else:
        sys.meta_path.insert(0, Finder())


def remove(finder: Finder) -> None:
    """Take a finder away; another thread may have done so."""
    if finder in sys.meta_path:
        sys.meta_path.remove(finder)


def watch(module: ModuleType) -> None:
    """Have the applications of this process watched; what goes wrong is one line, and the command runs on."""
    try:
        from paceline.integrations.zero_code import applications

        applications.watch(module.Starlette)
    except ImportError:
        _say("paceline run: the Python that runs this application has no paceline; install it there")
    except Exception as problem:  # the command runs on whatever is wrong with us
        _say(f"paceline run: {type(problem).__name__} while Starlette was imported; the application is not watched")


def _say(line: str) -> None:
    import logging

    logging.getLogger("paceline").warning("%s", line)
