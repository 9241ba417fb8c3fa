"""The application of the worker test; uvicorn imports it in each worker process."""

import os

from fastapi import FastAPI

from paceline import Paceline

app = FastAPI()


@app.get("/hits/{number}")
async def hits(number: int):
    return os.getpid()


@app.get("/spare/{number}")
async def spare(number: int):
    return os.getpid()


Paceline(store=os.environ["WORKER_APP_STORE"], service="workers").install(app)
