"""The OpenAPI document: what FastAPI derives from the answers' dataclasses, plus problems, credentials and examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from paceline.web import problems

if TYPE_CHECKING:
    from fastapi import FastAPI

METHODS = ("get", "post", "put", "patch", "delete")

_PROBLEMS = {
    "403": "The credential may not do this.",
    "404": "There is nothing here, or the request shows no valid credential.",
    "413": "The body is too large.",
    "414": "Path and query string are too large.",
    "421": "The host name is not among `allowed_hosts`.",
    "422": "A parameter cannot be used; `errors` names it.",
    "431": "The headers are too large.",
    "503": "The telemetry store cannot be read, or the database cannot be asked.",
}

_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "Viewer token reads; operator token also changes."},
    "header": {"type": "apiKey", "in": "header", "name": "X-Paceline-Token", "description": "The same tokens."},
}

_EXAMPLE_PROBLEM = {
    "type": "urn:paceline:problem:invalid-parameter",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "These parameters cannot be used: limit.",
    "errors": [{"parameter": "limit", "message": "Input should be greater than or equal to 1"}],
}


def described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application; made once. Blocks for a moment the first time."""
    if app.openapi_schema is None or "servers" not in app.openapi_schema:
        document = app.openapi()
        # Relative to the document itself, hence right under any prefix and behind any proxy.
        document["servers"] = [{"url": "."}]
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas.update(_problem_schemas())
        document["components"]["securitySchemes"] = _SECURITY
        document["security"] = [{"token": []}, {"header": []}]
        examples = _examples()
        for path, _, operation in operations(document):
            _complete(operation, examples.get(path))
        app.openapi_schema = document
    return app.openapi_schema


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (path, method, operation) of everything the document describes."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _complete(operation: dict[str, Any], example: object) -> None:
    responses = operation["responses"]
    if example is not None:
        good = next(status for status in responses if status.startswith("2"))
        responses[good]["content"]["application/json"]["example"] = example
    for status, description in _PROBLEMS.items():
        body: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
        if status == "422":
            body["example"] = _EXAMPLE_PROBLEM
        responses.setdefault(status, {})
        if "content" not in responses[status] or status == "422":
            responses[status] = {"description": description, "content": {problems.MEDIA_TYPE: body}}


def _problem_schemas() -> dict[str, Any]:
    schema = TypeAdapter(problems.Problem).json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = schema.pop("$defs")
    return {**parts, "Problem": schema}


def _examples() -> dict[str, Any]:
    """Return answers of a real service by path; a test holds them against the dataclasses."""
    found = resources.files("paceline.web").joinpath("examples.json").read_text(encoding="utf-8")
    return json.loads(found)
