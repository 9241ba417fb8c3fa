"""Templates from what frameworks of several ages leave in the scope; never a path, never without bound."""

from types import SimpleNamespace

import pytest
from starlette.routing import Mount, Route

from paceline.observe import routes


def route(path):
    return SimpleNamespace(path=path, endpoint=object())


def app(*found):
    return SimpleNamespace(routes=list(found))


async def endpoint(request):
    return None


def test_a_route_is_its_path_format():
    templates = routes.RouteTemplates(app())
    assert templates.of({"route": SimpleNamespace(path="/a/{b:int}", path_format="/a/{b}")}) == "/a/{b}"
    assert templates.of({"route": route("/a/{b}")}) == "/a/{b}"


@pytest.mark.parametrize("scope", [{}, {"route": None}, {"route": object()}, {"endpoint": object()}])
def test_what_is_no_route_is_unmatched(scope):
    assert routes.RouteTemplates(app(route("/a"))).of(scope) == routes.UNMATCHED


def test_an_old_starlette_leaves_only_the_endpoint():
    one, other = route("/a"), route("/b/{c}")
    templates = routes.RouteTemplates(app(one, other))
    for _ in range(2):
        assert templates.of({"endpoint": other.endpoint}) == "/b/{c}"


def test_an_included_router_of_fastapi_has_its_prefix_in_the_context():
    inner = route("/items/{id}")
    context = SimpleNamespace(original_route=inner, path_format="/api/items/{id}", path="/api/items/{id}")
    templates = routes.RouteTemplates(app())
    assert templates.of({"route": inner, "fastapi": {"effective_route_context": context}}) == "/api/items/{id}"
    assert templates.of({"route": route("/other"), "fastapi": {"effective_route_context": context}}) == "/other"
    assert templates.of({"route": route("/none"), "fastapi": {}}) == "/none"


MOUNTS = [
    ("/t/acme", "/t/{tenant}"),
    ("/t/acme/deep/x", "/t/{tenant}/deep/{level}"),
    ("/files/a/b/c", "/files/{rest:path}"),
    ("/plain", "/plain"),
    ("/unknown/7", "/{mount}"),
    ("", ""),
]


@pytest.mark.parametrize("outer", ["", "/proxied"])
@pytest.mark.parametrize(("matched", "prefix"), MOUNTS)
def test_a_mount_is_its_own_template(matched, prefix, outer):
    mounted = app(
        Mount("/t/{tenant}", routes=[Mount("/deep/{level}", routes=[Route("/x", endpoint)])]),
        Mount("/files/{rest:path}", routes=[Route("/x", endpoint)]),
        Mount("/plain", routes=[Route("/x", endpoint)]),
    )
    scope = {"route": route("/x"), "app_root_path": outer, "root_path": outer + matched}
    assert routes.RouteTemplates(mounted).of(scope) == prefix + "/x"


def test_a_mount_that_routes_by_itself_is_known_by_its_prefix():
    templates = routes.RouteTemplates(app(Mount("/static", app=endpoint)))
    assert templates.of({"endpoint": endpoint, "app_root_path": "", "root_path": "/static"}) == "/static/{path}"


def test_what_mounts_matched_is_remembered_within_bounds():
    templates = routes.RouteTemplates(app(Mount("/t/{tenant}", routes=[Route("/x", endpoint)])))
    found = route("/x")
    for number in range(routes.MAX_MOUNT_PREFIXES + 50):
        scope = {"route": found, "app_root_path": "", "root_path": f"/t/{number}"}
        assert templates.of(scope) == "/t/{tenant}/x"
    assert len(templates._prefixes) == routes.MAX_MOUNT_PREFIXES
    assert len(templates._pinned) == 1


@pytest.mark.parametrize("characters", ["a.b", "a+b", "(", "[x]"])
def test_a_mount_with_characters_of_patterns_is_taken_literally(characters):
    templates = routes.RouteTemplates(app(Mount(f"/{characters}", routes=[Route("/x", endpoint)])))
    scope = {"route": route("/x"), "app_root_path": "", "root_path": f"/{characters}"}
    assert templates.of(scope) == f"/{characters}/x"
