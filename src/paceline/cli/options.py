"""Options that several commands take, so that they mean the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Store to read, as sqlite:////path/to/file.db. Default: the service's own in the user's state folder.",
    ),
]
ServiceName = Annotated[
    str | None,
    typer.Option(
        "--service",
        metavar="NAME",
        help="Service to look at. Default: PACELINE_SERVICE, OTEL_SERVICE_NAME, the project's name, the folder's.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
