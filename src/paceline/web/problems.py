"""Errors as problem documents (RFC 9457): one shape for everything that goes wrong, and nothing of the input in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request, exceptions
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from paceline import errors
from paceline.engine import service
from paceline.web import methods

MEDIA_TYPE = "application/problem+json"
NOTHING_HERE = "There is nothing here."
"""Said for what does not exist and for what may not be seen, so that the two cannot be told apart."""

_TYPES = {
    403: "urn:paceline:problem:not-allowed",
    404: "urn:paceline:problem:not-found",
    405: "urn:paceline:problem:method-not-allowed",
    413: "urn:paceline:problem:too-large",
    414: "urn:paceline:problem:too-large",
    421: "urn:paceline:problem:unknown-host",
    422: "urn:paceline:problem:invalid-parameter",
    431: "urn:paceline:problem:too-large",
    500: "urn:paceline:problem:internal",
    501: "urn:paceline:problem:not-yet",
    503: "urn:paceline:problem:unavailable",
}

_NO_OBJECT = "Input should be an object"
"""In place of pydantic's words, which name a class of ours."""


@dataclasses.dataclass(frozen=True, slots=True)
class InvalidParameter:
    """One parameter that cannot be used, and what it should be."""

    parameter: str
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as RFC 9457 shapes it; `errors` names each parameter that cannot be used."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[InvalidParameter, ...] = ()


def response(
    status: int,
    detail: str,
    invalid: tuple[InvalidParameter, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem document; `detail` is one line for people."""
    problem = Problem(_TYPES.get(status, "about:blank"), _title(status), status, detail, invalid)
    return JSONResponse(dataclasses.asdict(problem), status, headers, MEDIA_TYPE)


def not_found() -> JSONResponse:
    """Return the answer to whatever does not exist or may not be seen."""
    return response(404, NOTHING_HERE)


def install(app: FastAPI) -> None:
    """Make every error that a handler raises a problem document."""
    app.add_exception_handler(exceptions.RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(service.NotFound, _saying(404))
    app.add_exception_handler(service.NotYet, _saying(501))
    app.add_exception_handler(errors.UsageError, _saying(422))
    app.add_exception_handler(errors.PacelineError, _saying(503))


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    found = cast("exceptions.RequestValidationError", error).errors()
    invalid = tuple(_parameter(cast("dict[str, Any]", one)) for one in found)
    return response(422, _told(invalid), invalid)


def _told(invalid: tuple[InvalidParameter, ...]) -> str:
    """Return the line for people: which parameters, or what is wrong with the query string or the body as a whole."""
    for one in invalid:
        if one.parameter == "query":
            return f"{one.message}."
        if one.parameter == "body":
            return f"The body cannot be used: {one.message}."
    return f"These parameters cannot be used: {', '.join(one.parameter for one in invalid)}."


def _parameter(found: Mapping[str, Any]) -> InvalidParameter:
    # `msg` says what it should be; `input` and `ctx` repeat what was sent and stay out.
    if found.get("type") == "json_invalid":
        return InvalidParameter("body", str(found["msg"]))  # `loc` is a place in the text there
    names = [str(part) for part in found["loc"][1:]] or [str(part) for part in found["loc"]]
    message = _NO_OBJECT if found.get("type") == "dataclass_type" else str(found["msg"])
    return InvalidParameter(".".join(names), message)


async def _http(request: Request, error: Exception) -> JSONResponse:
    raised = cast("HTTPException", error)
    if raised.status_code == HTTPStatus.NOT_FOUND:
        return not_found()
    if raised.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allow = methods.allowed(request.app.routes, request.scope)
        return response(405, f"This path answers to {allow}.", headers={"Allow": allow})
    if raised.status_code == HTTPStatus.BAD_REQUEST:
        # A body that is no text at all; one that is no JSON is refused with the same status by `_invalid`.
        return response(422, "The body cannot be read as JSON.")
    return response(raised.status_code, raised.detail, headers=raised.headers)


def _saying(status: int) -> Any:
    async def handler(_request: Request, error: Exception) -> JSONResponse:
        return response(status, str(error))

    return handler
