"""The whole API against its own description: drawn requests, good and bad, that nobody wrote down here.

Operations come from the application, so a route that is added is tried by itself; streams have no end and stay out.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from tests import fix_web

from paceline.web import documentation

SENT = {**fix_web.OPERATOR, "Host": "localhost"}
EXAMPLES = 12
"""For each operation, of good and of bad requests."""

NOT_YET = 501
"""What is described and part of a later version; told so, and no mistake of the server's."""

LEFT_OUT = [
    checks.positive_data_acceptance,  # a moment or a cursor may look right and not exist
    checks.ignored_auth,  # wants 401; without a credential there is nothing here (test_doors)
]


def operations():
    """(method, path) of everything described that ends by itself."""
    document = documentation.described(fix_web.shop_of_nothing())
    for path, method, told in documentation.operations(document):
        if "text/event-stream" not in told["responses"].get("200", {}).get("content", {}):
            yield pytest.param(method, path, id=f"{method.upper()} {path}")


REFUSALS = ["404", "405", "413", "414", "415", "422", "431"]
CHECKS = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}


@pytest.fixture(scope="module")
def schema(tmp_path_factory, postgres_server):
    app = fix_web.shop_app(tmp_path_factory.mktemp("api"), dsn=postgres_server.dsn())
    config = schemathesis.Config.from_dict(CHECKS)
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers=SENT, config=config)


def fitting(query):
    """A good query with a moment and a place in the list that exist: what they may be is more than a type says."""
    kept = {name: value for name, value in query.items() if name != "cursor"}
    return {**kept, "since": "15m"} if "since" in kept else kept


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize(("method", "path"), list(operations()))
def test_an_operation_keeps_to_its_description(schema, method, path, mode):
    operation = schema[path][method.upper()]
    statuses = []

    @seed(2026)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case):
        if mode is GenerationMode.POSITIVE:
            case.query = fitting(case.query or {})
        answer = case.call(headers=SENT)
        statuses.append(answer.status_code)
        left_out = [*LEFT_OUT, schemathesis.checks.not_a_server_error] if answer.status_code == NOT_YET else LEFT_OUT
        case.validate_response(answer, headers=SENT, excluded_checks=left_out)

    holds()
    if mode is GenerationMode.POSITIVE and "{" not in path and path != "/session":
        assert min(statuses) < 300, "what a good request may be is described too loosely to hit one"
