"""The application of a fleet of workers: it keeps its own count of what it served, which a killed process leaves behind."""

import os
import struct
import time
from pathlib import Path

from fastapi import FastAPI

from paceline import Paceline

app = FastAPI()
ledger = Path(os.environ["FLEET_FOLDER"]) / f"{os.getpid()}.served"
served = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


@app.get("/hits/{number}")
async def hits(number: int):
    os.write(served, struct.pack("q", time.time_ns()))
    return {"square": number * number, "worker": os.getpid()}


@app.get("/ready")
async def ready():
    return os.getpid()


Paceline(store=os.environ["FLEET_STORE"], service="fleet").install(app)
