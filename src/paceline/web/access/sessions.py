"""The exchange of a one-time code for a cookie. A wrong code is answered like a path that does not exist."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from paceline.web import asking, problems
from paceline.web.access import tokens

MAX_BODY_BYTES = 1_024

router = APIRouter(tags=["pages"])

_BODY = {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]}


@router.post(
    "/session",
    status_code=204,
    response_class=Response,
    summary="Exchange a one-time code for a cookie",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _BODY, "example": {"code": "the part after #code="}}},
        },
        "security": [],
    },
)
async def exchange(request: Request) -> Response:
    """Take the code of a one-time URL and set the cookie that reads for twelve hours; each code works once."""
    access = request.app.state.access
    code = await _code(request)
    if not isinstance(access, tokens.Access) or code is None:
        return problems.not_found()
    if not await asking.desk_of(request).work(lambda: access.redeem(code)):
        return problems.not_found()
    answer = Response(status_code=204)
    answer.set_cookie(
        access.cookie_name,
        access.new_session(),
        max_age=tokens.SESSION_S,
        path=request.scope.get("root_path") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


async def _code(request: Request) -> str | None:
    # JSON is no content type that a form of a foreign page can send.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        sent: Any = json.loads(body)
        code = sent["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return code if isinstance(code, str) and code.isascii() else None
