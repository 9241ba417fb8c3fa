"""`make bench`: run everything, print it, and write it to benchmarks/results with machine and date."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import abba, footprint, overhead, parts, peers

SUBJECTS: dict[str, Callable[[], dict[str, Any]]] = {
    "overhead": overhead.run,
    "parts": parts.run,
    "footprint": footprint.run,
    "peers": peers.run,
}
PACKAGES = (
    *("fastapi", "starlette", "sqlalchemy", "uvicorn"),
    *("opentelemetry-instrumentation-fastapi", "prometheus-fastapi-instrumentator", "sentry-sdk"),
)


def main() -> None:
    """Run the chosen subjects, all by default."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("subject", nargs="*", help="what to measure; all by default")
    parser.add_argument("--no-file", action="store_true", help="do not write a result file")
    chosen = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    for name in chosen.subject or SUBJECTS:
        print(f"\n{name}")
        results[name] = SUBJECTS[name]()
        for what, value in results[name].items():
            print(f"  {what:44} {value}")
    if not chosen.no_file:
        print(f"\nwritten to {write(results)}")


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        "processor": model,
        "cores": os.cpu_count(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.system(),
        "load_average": round(os.getloadavg()[0], 2),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }


def write(results: dict[str, dict[str, Any]]) -> Path:
    """Write the results as JSON and as a Markdown table; return the path of the latter."""
    about = machine()
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    stem = folder / f"{about['date']}-python-{platform.python_version()}"
    plain = {
        subject: {what: vars(value) if isinstance(value, abba.Added) else value for what, value in figures.items()}
        for subject, figures in results.items()
    }
    stem.with_suffix(stem.suffix + ".json").write_text(json.dumps({"machine": about, **plain}, indent=2) + "\n")
    lines = [f"# {about['date']}, {about['python']}, {about['processor']}, {about['cores']} cores", ""]
    lines += [f"Load average at the end {about['load_average']}; {about['packages']}.", ""]
    for subject, figures in results.items():
        lines += [f"## {subject}", "", "| what | figure |", "|---|---|"]
        lines += [f"| {what} | {str(value).strip()} |" for what, value in figures.items()]
        lines.append("")
    path = Path(str(stem) + ".md")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
