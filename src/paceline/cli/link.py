"""`paceline link`: the way into the pages of a running service, once."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from paceline import errors
from paceline import settings as loader
from paceline.cli import options, stores
from paceline.integrations import install
from paceline.web import settings as web_settings

DEFAULT_BASE = "http://127.0.0.1:8000"


def link(
    *,
    base: Annotated[str, typer.Option(metavar="URL", help="Where the service answers.")] = DEFAULT_BASE,
    service: options.ServiceName = None,
    as_json: options.AsJson = False,
) -> int:
    """Print a URL that lets one browser in, once within ten minutes.

    Call it as the user that runs the service, since the tokens are in that user's state folder.

    Example: paceline link --service shop --base http://127.0.0.1:8000
    """
    if re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", base) is None:
        message = f"--base {base!r} is no address of a service; write it like {DEFAULT_BASE}"
        raise errors.UsageError(message)
    configured = stores.configure(None, service)
    access = install.access_of(loader.load(web_settings.WebSettings).values, configured.service)
    if access.note:
        raise errors.ServiceUnavailable(f"no link for service {configured.service}: {access.note}")
    path = stores.place(configured)
    if path is not None and not path.exists():
        # No error: the service may keep its store where only its code says.
        told = f"{configured.service!r} has no store at {path}; is it the name that the service has? See --service"
        typer.echo(f"paceline: {told}", err=True)
    url = access.one_time_url(base)
    if as_json:
        typer.echo(json.dumps({"service": configured.service, "url": url}))
    else:
        Console().print(Text(url, "bold cyan"), soft_wrap=True)
    return 0
