"""The entry point of `paceline` and `python -m paceline`."""

from __future__ import annotations

import sys

from paceline.cli import failures


def main() -> None:
    """Run the command line and leave with its exit code (see `cli/exit_codes.py`)."""
    sys.exit(failures.guarded(_run))


def _run() -> int:
    # Imported under guard: without the extra [cli] this is where it shows.
    from paceline.cli import application

    return application.run(sys.argv[1:])


if __name__ == "__main__":
    main()
