"""Memory of the probe: at import, and after a million requests over 2 000 routes with 5 000 statements.

The baseline is an interpreter with asyncio, logging and sqlite3, which every host has. Requests come 100 at a time with
1 ms between, about 40 000 a second: no host is faster.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

AT_IMPORT = """
import asyncio, logging, sqlite3
from paceline.observe import memory
before = memory.resident_bytes()
from paceline import Paceline
pace = Paceline(store="sqlite://")
pace.start()
print(memory.resident_bytes() - before)
pace.stop()
"""

AFTER = """
import gc, json, sys, tempfile, time
from paceline import Paceline
from paceline.observe import memory
from paceline.telemetry import records as r

REQUESTS, ROUTES, STATEMENTS, STATUSES = 1_000_000, 2_000, 5_000, (200, 200, 200, 404, 500)
texts = [f"SELECT a{n} FROM t{n % 50} WHERE b{n} = $1" for n in range(STATEMENTS)]
folder = tempfile.mkdtemp()
pace = Paceline(store=f"sqlite:///{folder}/bench.db")
pace.start()
recorder = pace.recorder
gc.collect()
before = memory.resident_bytes()
samples = []
for number in range(REQUESTS):
    start = time.perf_counter_ns()
    record = [start, start + 1_000_000 + number % 977 * 1000, start + 900_000, STATUSES[number % 5], 900, 0, 0,
              "GET", f"/route/{number * 7919 % ROUTES}", None, None]
    record += (texts[number * 31 % STATEMENTS], start, start + 300_000)
    recorder.finish(record)
    if number % 100 == 99:
        time.sleep(0.001)
    if number % 50_000 == 49_999:
        samples.append(memory.resident_bytes() - before)
pace.stop()
print(json.dumps(samples))
"""


def run() -> dict[str, Any]:
    """Return the figures, by name."""
    imported = int(subprocess.check_output([sys.executable, "-c", AT_IMPORT]))
    samples = json.loads(subprocess.check_output([sys.executable, "-c", AFTER]))
    half = len(samples) // 2
    return {
        "import and start, MB": imported / 1e6,
        "peak over 1 M requests, 2 000 routes, 5 000 statements, MB": max(samples) / 1e6,
        "at the end, MB": samples[-1] / 1e6,
        "growth from the middle to the end, MB": (sum(samples[half:]) / half - sum(samples[1 : half + 1]) / half) / 1e6,
    }
