"""Waits for the first call of each Starlette application, which is when it builds its middleware stack.

What happens once in an application's life is what is replaced, so a request costs nothing more. FastAPI, like some
classes of users, has a `build_middleware_stack` of its own, therefore each class that has one is treated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

METHOD = "build_middleware_stack"


def watch(starlette: type[Any]) -> None:
    """Look at Starlette's class and at every class that derives from it, now or later, once each."""

    def init_subclass(cls: type[Any], **arguments: Any) -> None:
        super(starlette, cls).__init_subclass__(**arguments)
        _treat(cls)

    setattr(starlette, "__init_subclass__", classmethod(init_subclass))
    _treat_all(starlette)


def _treat_all(kind: type[Any]) -> None:
    _treat(kind)
    for derived in kind.__subclasses__():
        _treat_all(derived)


def _treat(kind: type[Any]) -> None:
    if METHOD in vars(kind):
        setattr(kind, METHOD, _first_call_seen(vars(kind)[METHOD]))


def _first_call_seen(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(build)
    def build_middleware_stack(self: Any) -> Any:
        if METHOD not in vars(self) and _begin(self):
            return self.build_middleware_stack()  # its own by now, with the gate around what this one builds
        return build(self)

    return build_middleware_stack


def _begin(application: object) -> bool:
    from paceline.integrations.zero_code import watching

    return watching.begin(application) and METHOD in cast("dict[str, object]", vars(application))
