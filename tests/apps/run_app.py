"""The application of `paceline run`'s tests: it knows nothing of paceline."""

import os
import sys

from fastapi import FastAPI

app = FastAPI()
inner = FastAPI()
app.mount("/inner", inner)


@app.get("/hits/{number}")
async def hits(number: int):
    return os.getpid()


@inner.get("/deep")
async def deep():
    return os.getpid()


def make():
    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, port=int(sys.argv[1]), log_level="info")
