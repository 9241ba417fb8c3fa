"""The Typer application: commands by name, each imported only when it is called, so that `--help` is quick.

A command is a function in a file of its own, which the table below names. The docstring of the function is its help
and ends with an example.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

import typer
import typer.core
import typer.main

import paceline
from paceline.cli import exit_codes


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: `module:attribute` of its function, and its line in the overview."""

    name: str
    target: str
    summary: str
    takes_command: bool = False
    """Whether another command stands after the options, whose own options are not ours."""


ENTRIES = (
    Entry("demo", "paceline.cli.demo:demo", "Start a sample shop with real traffic and watch it."),
    Entry("doctor", "paceline.cli.doctor:doctor", "Look at what measuring stands on, and say what to do."),
    Entry("link", "paceline.cli.link:link", "Print a URL that lets one browser into a running service's pages."),
    Entry(
        "run", "paceline.cli.run:run", "Start a command and watch the application that it serves.", takes_command=True
    ),
    Entry("serve", "paceline.cli.serve:serve", "Serve the dashboard as its own process, over the service's store."),
    Entry("top", "paceline.cli.top:top", "Show live what users wait for: endpoints and statements."),
)


class Deferred(typer.core.TyperCommand):
    """A command known by name and summary; the real one takes its place once it is called."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.summary)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Return the context of the real command."""
        return load(self._entry).make_context(info_name, args, parent=parent, **extra)


def load(entry: Entry) -> Any:
    """Import a command and return it as Typer runs it."""
    module, _, attribute = entry.target.partition(":")
    function = cast("Callable[..., object]", getattr(importlib.import_module(module), attribute))
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    app.command(entry.name, context_settings={"allow_interspersed_args": not entry.takes_command})(function)
    return typer.main.get_command(app)


def build() -> Any:
    """Return the root command with all others below it."""
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    app.callback(invoke_without_command=True)(_root)
    root: Any = typer.main.get_command(app)
    for entry in ENTRIES:
        root.add_command(Deferred(entry))
    return root


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; what goes wrong is raised."""
    root = build()
    # Not `root()`: Typer's own main would turn errors into its own words and codes.
    with root.make_context("paceline", list(arguments)) as context:
        result = root.invoke(context)
    return result if isinstance(result, int) else exit_codes.OK


def _root(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """See what users wait for, understand why, fix it safely, and prove that it got faster.

    Example: paceline top --since 15m
    """
    if version:
        typer.echo(f"paceline {paceline.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
