"""Starlette, and what derives from it: the gate goes around the whole middleware stack, error handling included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from paceline.integrations import gate as gates

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from paceline.observe import asgi

    Wrap = Callable[[asgi.Application], gates.Gate]


def install(app: Starlette, wrap: Wrap) -> Callable[[], None]:
    """Put the gate around `app`; return what takes it away again.

    The stack is built at the first connection; an application that has already served gets the gate at once.
    """
    application = cast("Any", app)
    build = application.build_middleware_stack

    def build_with_gate() -> asgi.Entry:
        return wrap(build()).entry

    application.build_middleware_stack = build_with_gate
    if application.middleware_stack is not None:
        application.middleware_stack = wrap(application.middleware_stack).entry

    def uninstall() -> None:
        cast("dict[str, object]", vars(application)).pop("build_middleware_stack", None)
        application.middleware_stack = None

    return uninstall
