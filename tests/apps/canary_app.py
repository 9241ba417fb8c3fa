"""An application into which a marker is put wherever a user can put one; nothing of it may come out at our end."""

from fastapi import APIRouter, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool


def create_app():
    """Return the application and its engine."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    app = FastAPI()
    app.include_router(_statements(engine), prefix="/db")
    app.include_router(_failures(), prefix="/fail")
    inner = FastAPI()
    inner.include_router(_failures())
    app.mount("/t/{tenant}", inner)

    @app.post("/body/{name}")
    async def body(name: str, request: Request):
        request.state.note = (await request.body()).decode()
        return {"headers": dict(request.headers), "said": request.state.note}

    return app, engine


def _statements(engine):
    router = APIRouter()

    async def run(statement, values=None):
        async with engine.begin() as connection:
            return (await connection.execute(text(statement), values or {})).all()

    @router.get("/literal/{word}")
    async def literal(word: str):
        await run(f"select '{word}' as found")
        return len(await run(f"select '{word}' /* {word} */ -- {word}"))

    @router.get("/bind/{word}")
    async def bind(word: str):
        return len(await run("select :word", {"word": word}))

    @router.get("/repeated/{word}")
    async def repeated(word: str):
        for number in range(30):
            await run(f"select '{word}', {number}")

    @router.get("/unique/{word}")
    async def unique(word: str):
        await run("create table if not exists person (email text unique)")
        for _ in range(2):
            await run("insert into person values (:word) returning 1", {"word": word})

    @router.get("/broken/{word}")
    async def broken(word: str):
        await run(f"select '{word}' frm nowhere '{word}")

    return router


def _failures():
    router = APIRouter()

    @router.get("/raise/{word}")
    async def raising(word: str):
        message = f"Key (email)=({word}@example.org) already exists"
        raise ValueError(message)

    @router.get("/refuse/{word}")
    async def refuse(word: str):
        raise HTTPException(403, f"not for {word}", headers={"x-why": word})

    @router.get("/stream/{word}")
    async def stream(word: str):
        async def parts():
            yield word
            raise RuntimeError(word)

        return StreamingResponse(parts(), headers={"x-word": word})

    @router.websocket("/socket/{word}")
    async def socket(websocket: WebSocket, word: str):
        await websocket.close(reason=word)

    return router
