"""Check that the documentation is true: links, files, settings, REST paths, commands and version.

Prints one line per problem and exits with 1 if there is any. `make check` runs it.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import paceline
from paceline.cli import application as command_line
from paceline.engine.answers import timeseries
from paceline.observe import settings as observe_settings
from paceline.postgres import settings as postgres_settings
from paceline.telemetry import settings as telemetry_settings
from paceline.telemetry.store import retention
from paceline.web import application, documentation
from paceline.web import settings as web_settings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    telemetry_settings.TelemetrySettings,
    observe_settings.ObserveSettings,
    postgres_settings.PostgresSettings,
    web_settings.WebSettings,
)
RETENTION = "2s:1h 1m:48h 1h:13mo"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_FENCED = re.compile(r"^```.*?^```[ ]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_REPOSITORY_PATH = re.compile(r"(?:(?:src|docs|tests|benchmarks|examples|\.ci)/[\w./-]*|[A-Z]{4,}\.md|\.importlinter)")


def pages(root: Path = ROOT) -> list[Path]:
    """Return every page of the documentation."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def links(root: Path = ROOT) -> Iterator[str]:
    """Yield links and files that are named and do not exist."""
    for page in pages(root):
        shown = page.relative_to(root).as_posix()
        text = page.read_text(encoding="utf-8")
        prose = _FENCED.sub("", text)
        for target in _LINK.findall(prose):
            if "://" in target or target.startswith("mailto:"):
                continue
            path, _, anchor = target.partition("#")
            found = (page.parent / path).resolve() if path else page
            if not found.exists():
                yield f"{shown}: link to {target}, which does not exist"
            elif anchor and anchor not in anchors(found):
                yield f"{shown}: link to {target}, but {found.name} has no such heading"
        fenced = "\n".join(_FENCED.findall(text)).split()
        for named in sorted({*_CODE.findall(prose), *fenced}):
            if _REPOSITORY_PATH.fullmatch(named) and not (root / named).exists():
                yield f"{shown}: names {named}, which does not exist"


def anchors(page: Path) -> set[str]:
    """Return what can follow # in a link to a page, as GitHub makes it from headings."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def settings(text: str) -> Iterator[str]:
    """Yield settings whose row is missing or has another default, and rows of settings that do not exist."""
    rows = {
        name: default.strip().strip("`") for name, default in re.findall(r"^\| `([a-z]\w+)` \|([^|]+)\|", text, re.M)
    }
    fields = {field.name: field for room in ROOMS for field in dataclasses.fields(cast("Any", room))}
    for name, field in fields.items():
        default = shown_default(field)
        if name not in rows:
            yield f"docs/reference/settings.md: {name} is missing"
        elif rows[name] != default:
            yield f"docs/reference/settings.md: the default of {name} is {default}, not {rows[name]}"
    for name in sorted(rows.keys() - fields.keys()):
        yield f"docs/reference/settings.md: {name} is no setting"


def shown_default(field: dataclasses.Field[Any]) -> str:
    """Return a default as the page writes it."""
    value = field.default if field.default is not dataclasses.MISSING else cast("Any", field).default_factory()
    if value is None:
        return "none"
    if isinstance(value, retention.Retention):
        return RETENTION if value == retention.Retention.parse(RETENTION) else str(value)
    if isinstance(value, tuple):
        return ",".join(map(str, cast("tuple[object, ...]", value)))
    return f"{value:g}" if isinstance(value, float) else str(value)


def rest(text: str) -> Iterator[str]:
    """Yield paths and parameters of the OpenAPI description that are missing, and headings of paths it does not have."""
    app = application.create_app(cast("Any", None), web_settings.WebSettings(), access=None)
    described: Any = documentation.described(app)
    sections = sections_of(text)
    known: set[str] = set()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            known.add(name)
            if name not in sections:
                yield f"docs/reference/rest.md: {name} is missing"
                continue
            for parameter in operation.get("parameters", ()):
                if parameter["in"] != "header" and f"`{parameter['name']}`" not in sections[name]:
                    yield f"docs/reference/rest.md: {name} lacks its parameter {parameter['name']}"
    for name in sorted({name for name in sections if name.split(" ")[0] in METHODS} - known):
        yield f"docs/reference/rest.md: {name} does not exist"
    for metric in sorted(timeseries.METRICS):
        if f"`{metric}`" not in text:
            yield f"docs/reference/rest.md: the metric {metric} is missing"


def commands(text: str) -> Iterator[str]:
    """Yield commands and options that are missing, options that do not exist, and defaults that differ."""
    sections = sections_of(text)
    known = {"paceline": command_line.build()}
    known |= {f"paceline {entry.name}": command_line.load(entry) for entry in command_line.ENTRIES}
    for name, command in known.items():
        if name not in sections:
            yield f"docs/reference/cli.md: {name} is missing"
            continue
        rows = dict(re.findall(r"^\| `(--[a-z-]+)` \|([^|]*)\|", sections[name], re.MULTILINE))
        options = {parameter.opts[-1]: parameter for parameter in command.params}
        options = {name: option for name, option in options.items() if name.startswith("--") and name != "--help"}
        for option in sorted(options.keys() ^ rows.keys()):
            said = "is missing" if option in options else "does not exist"
            yield f"docs/reference/cli.md: {name} {option} {said}"
        for option, row in rows.items():
            default = getattr(options.get(option), "default", None)
            if default not in {None, False} and name != "paceline" and row.strip() != f"`{default}`":
                yield f"docs/reference/cli.md: the default of {name} {option} is {default}, not {row.strip()}"
    for name in sorted({name for name in sections if name.startswith("paceline")} - known.keys()):
        yield f"docs/reference/cli.md: {name} does not exist"


def sections_of(text: str) -> dict[str, str]:
    """Return the text below each heading that is written as code, by what it says."""
    parts = re.split(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return {
        heading.strip("`"): body for heading, body in zip(parts[1::2], parts[2::2], strict=True) if heading[0] == "`"
    }


def version(text: str) -> Iterator[str]:
    """Yield a problem if the newest entry of the changelog is of another version."""
    newest = re.search(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    if newest is None or newest[1] != paceline.__version__:
        found = newest[1] if newest else "nothing"
        yield f"CHANGELOG.md: the newest entry is {found}, the version is {paceline.__version__}"


def problems(root: Path = ROOT) -> list[str]:
    """Return everything that is wrong, one line each."""

    def read(name: str) -> str:
        path = root / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    return [
        *links(root),
        *settings(read("docs/reference/settings.md")),
        *rest(read("docs/reference/rest.md")),
        *commands(read("docs/reference/cli.md")),
        *version(read("CHANGELOG.md")),
    ]


def main() -> int:
    """Print the problems and return the exit code."""
    found = problems()
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
