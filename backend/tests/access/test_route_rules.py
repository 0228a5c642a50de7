"""Every route has a rule that says who may use it, and each rule is kept for everybody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route, WebSocketRoute

from main import create_app
from s2s.access.route_rules import RULES, Need, need_of
from s2s.settings import Settings
from tools import builtin_registry


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """With a built client, since its files are routes as well."""
    client = tmp_path / "client"
    client.mkdir()
    (client / "index.html").write_text("<!doctype html>")
    settings = {"S2S_LOG_DIR": str(tmp_path), "S2S_CLIENT_DIR": str(client)}
    return create_app(Settings.from_env(settings), builtin_registry())


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of everything that answers: what the OpenAPI document lists, and what it does not."""
    for path, item in app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in item)
    for route in _leaves(app.routes):
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/{{file:path}}"
        elif isinstance(route, WebSocketRoute):
            yield "WEBSOCKET", route.path
        elif isinstance(route, Route):
            yield from ((method, route.path) for method in (route.methods or ()) if method != "HEAD")


def _leaves(found: list) -> Iterator[object]:
    """FastAPI keeps an included router as one route."""
    for route in found:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else _leaves(included.routes)


def test_every_route_has_a_rule_and_every_rule_a_route(app: FastAPI):
    """Who adds a route decides here, in s2s/access/route_rules.py, who may use it."""
    assert set(routes(app)) == {(rule.method, rule.path) for rule in RULES}


def test_no_route_has_two_rules():
    assert len({(rule.method, rule.path) for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.method} {rule.path}")
def test_a_path_is_judged_by_its_own_rule(rule):
    path = re.sub(r"\{\w+(:path)?\}", "x1", rule.path)
    assert need_of(rule.method, path) is rule.need
    if rule.method == "GET":
        assert need_of("HEAD", path) is rule.need


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/errors/x"), ("GET", "//errors"), ("GET", "/ERRORS"), ("PUT", "/health"), ("POST", "/api/probe"),
        ("GET", "/api/session/create"), ("POST", "/api/session/a/b/offer"), ("GET", "/docsx"), ("WEBSOCKET", "/api"),
        ("GET", "/api/session/x/ws"), ("GET", "/app\n/x"), ("GET", ""),
    ],
)  # fmt: skip
def test_what_no_rule_names_is_for_the_operator_alone(method: str, path: str):
    assert need_of(method, path) is None


def test_a_slash_at_the_end_changes_nothing():
    assert need_of("GET", "/errors/") is Need.OPERATOR
    assert need_of("GET", "/") is Need.NOTHING
