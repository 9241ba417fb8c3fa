"""`make matrix`: the probe's stories on other versions of what it watches, each cell in an environment of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

CELLS = {
    "oldest": ("fastapi==0.115.*", "sqlalchemy==2.0.*"),
    "before included routers": ("fastapi==0.136.*", "sqlalchemy==2.0.*"),
    "first included routers": ("fastapi==0.137.*", "sqlalchemy==2.1.*"),
    "latest": (),
}
STORIES = ("tests/apps/test_outcomes.py", "tests/unit/observe", "tests/unit/integrations")


def main() -> int:
    """Run the chosen cells; exit 1 when one fails."""
    parser = argparse.ArgumentParser(prog="make matrix ARGS=...", description=__doc__)
    parser.add_argument("cell", nargs="*", help=f"one of: {', '.join(CELLS)}; all by default")
    chosen = parser.parse_args().cell or list(CELLS)
    uv = shutil.which("uv") or os.path.join(os.path.dirname(sys.executable), "uv")
    failed = []
    for name in chosen:
        packages = [argument for package in CELLS[name] for argument in ("--with", package)]
        print(f"\n{name}: {', '.join(CELLS[name]) or 'as locked'}", flush=True)
        command = [uv, "run", "--isolated", "--all-extras", *packages, "python", "-m", "pytest", "-q", *STORIES]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    print(
        f"\n{len(chosen) - len(failed)} of {len(chosen)} cells pass"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
