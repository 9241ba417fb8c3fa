"""`Paceline`: the one object that an application needs."""

from __future__ import annotations

import importlib.util
import logging
import os
from typing import TYPE_CHECKING, Any, Self, cast

from paceline import errors
from paceline import settings as loader
from paceline.engine import configuration
from paceline.integrations import precedence
from paceline.telemetry.store import opening
from paceline.web import settings as web_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from paceline.engine import parts as parts_
    from paceline.engine import service
    from paceline.integrations import gate as gates
    from paceline.observe import asgi
    from paceline.telemetry import recorder as recorders
    from paceline.web.access import auth, tokens

    Asked = service.Service
else:
    # At run time `__getattr__` hands on to the service: its import takes as long as all else that a host's start does.
    Asked = object

log = logging.getLogger("paceline")


class Paceline(Asked):
    """Watches one application, answers under its prefix, and in Python to the same questions: `pace.overview()`.

    Every argument is optional and a setting of docs/reference/settings.md; what is not given comes from `PACELINE_*`,
    then `[tool.paceline]` in pyproject.toml, then the defaults.

    Args:
        authorize: the host's own check, from the ASGI scope to "viewer", "operator" or None; replaces tokens.
        **settings: settings by name.

    Raises:
        SettingsError: an argument is no setting, or its value is wrong.
    """

    def __init__(self, *, authorize: auth.Authorize | None = None, **settings: Any) -> None:
        loader.check_names(tuple(settings), (*configuration.KINDS, web_settings.WebSettings))
        self._web = loader.load(web_settings.WebSettings, settings)
        self._configured = configuration.configure(settings).beside(self._web)
        self._authorize = authorize
        self._parts: parts_.Parts | None = None
        self._access: tokens.Access | None = None
        self._uninstall: list[Callable[[], None]] = []
        for problem in dict.fromkeys((*self._configured.problems, *self._web.problems)):
            log.warning("%s", problem)

    @property
    def service(self) -> service.Service:
        """Return the service that answers what the API answers, in Python."""
        return self._running().service

    def __getattr__(self, name: str) -> Any:
        """Return a question of the service (docs/reference/rest.md, "The same from Python")."""
        if not name.startswith("_"):
            from paceline.engine import service

            if hasattr(service.Service, name):
                return getattr(self.service, name)
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(message)

    def __dir__(self) -> list[str]:
        """Return what can be called, the questions of the service among it, for completion in a shell."""
        from paceline.engine import service

        asked = (name for name in dir(service.Service) if not name.startswith("_"))
        return sorted({*super().__dir__(), *asked})

    def install(self, app: Any) -> Self:
        """Watch an application: FastAPI or Starlette. With PACELINE_DISABLE in the environment nothing is done.

        Raises:
            UsageError: the application is of a kind that cannot be watched.
        """
        if not hasattr(app, "build_middleware_stack") or not hasattr(app, "middleware_stack"):
            message = f"{type(app).__name__} cannot be installed into; give a FastAPI or Starlette application"
            raise errors.UsageError(message)
        precedence.ask()
        return self.install_unasked(app)

    def install_unasked(self, app: Any) -> Self:
        """Do as `install`, for `paceline run`, which gives way to an application that installs paceline itself."""
        if loader.is_disabled(os.environ):
            log.info("%s is set: paceline does not watch this application", loader.DISABLE)
            return self
        from paceline.integrations import starlette

        self._uninstall.append(starlette.install(app, self._wrapper(app)))
        self._running().attach()
        return self

    def _wrapper(self, app: object) -> Callable[[asgi.Application], gates.Gate]:
        from paceline.integrations import gate as gates

        parts = self._running()
        ours = self._pages()

        def wrap(inner: asgi.Application) -> gates.Gate:
            return gates.Gate(inner, parts, prefix=self._web.values.prefix, pages=ours, routed=app)

        return wrap

    def _pages(self) -> asgi.Application | None:
        if importlib.util.find_spec("fastapi") is None:
            log.warning("%s", errors.MissingExtra("web", "the dashboard and API"))
            return None
        from paceline.integrations import pages

        return pages.LazyPages(self._build_pages)

    def _build_pages(self) -> asgi.Application:
        from paceline.web import application

        access = self._authorize or self.access()
        return cast("asgi.Application", application.create_app(self.service, self._web.values, access=access))

    def access(self) -> tokens.Access:
        """Return the tokens of this service, shared by its workers."""
        if self._access is None:
            self._access = access_of(self._web.values, self._configured.service)
            if self._access.note:
                log.warning("%s", self._access.note)
        return self._access

    @property
    def recorder(self) -> recorders.Recorder:
        """Return the recorder of this process."""
        return self._running().recorder

    def start(self) -> Self:
        """Start the flush thread now; hosts do it by themselves when they start to serve. Idempotent."""
        if not loader.is_disabled(os.environ):
            self._running().start()
        return self

    def stop(self) -> None:
        """Flush, take every hook away and end our thread. Idempotent."""
        while self._uninstall:
            self._uninstall.pop()()
        if self._parts is not None:
            self._parts.detach()
            self._parts = None

    def _running(self) -> parts_.Parts:
        if self._parts is None:
            from paceline.engine import parts as parts_

            self._parts = parts_.Parts(self._configured)
        return self._parts


def access_of(wanted: web_settings.WebSettings, service: str) -> tokens.Access:
    """Return the tokens of a service: from the settings, else from the user's state folder."""
    from paceline.web.access import tokens

    folder = opening.state_folder(os.environ)
    return tokens.Access(wanted, folder / service if folder else None)
