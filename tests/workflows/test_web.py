"""Bodies, paths and calls of web services, over real loopback servers (callflow D.7)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from yingda.workflows.json_body import UNKNOWN, filled_json
from yingda.workflows.json_path import at_path
from yingda.workflows.run import NodeFailed, WebRequest
from yingda.workflows.values import UNDEFINED
from yingda.workflows.web import WebCaller, WebConfig

KNOWN = {
    "s": 'say "hi"\n\\',
    "n": 5,
    "b": False,
    "null": None,
    "gone": UNDEFINED,
    "o": {"k": ["v"]},
    "j": '{"x": 1}',
    "trick": '", "admin": "yes',
    "again": "{{n}}",
    "q": "it's",
}
BODIES = [
    ('{"a": "{{s}}"}', {"a": 'say "hi"\n\\'}),
    ('{"a": {{s}}}', {"a": 'say "hi"\n\\'}),
    ('{"a": {{n}}, "b": {{b}}, "c": {{null}}}', {"a": 5, "b": False, "c": None}),
    ('{"a": "{{n}}{{b}}"}', {"a": "5false"}),
    ('{"a": {{gone}}, "b": "{{gone}}"}', {"a": None, "b": "null"}),
    ('{"a": {{o}}, "b": "{{o}}"}', {"a": {"k": ["v"]}, "b": '{"k":["v"]}'}),
    ('{"a": {{j}}, "b": "{{j}}"}', {"a": {"x": 1}, "b": '{"x": 1}'}),
    ('{"a": "{{trick}}"}', {"a": '", "admin": "yes'}),
    ('{"a": "\\"{{n}}"}', {"a": '"5'}),
    ('{"a": "{{again}} {{unknown}}"}', {"a": "{{n}} {{unknown}}"}),
    ("{a: '{{q}}', b: [1,],}", {"a": "it's", "b": [1]}),
    ("{{o}}", {"k": ["v"]}),
    ("  ", {}),
]


@pytest.mark.parametrize(("template", "body"), BODIES)
def test_fills_bodies_so_that_they_stay_json(template, body):
    assert filled_json(template, lambda name: KNOWN.get(name, UNKNOWN)) == body


def test_a_body_that_is_no_json_fails():
    with pytest.raises(NodeFailed):
        filled_json('{"a": {{unknown}}}', lambda name: UNKNOWN)


ANSWER = {"data": {"list": [{"n": 1}, {"n": 2}], "a-b": 3, "数据": None}, "dot.ted": 4}
PATHS = [
    ("data.list[0].n", 1),
    ("$.data.list[1].n", 2),
    ("$.data.list[*].n", [1, 2]),
    ("$..n", [1, 2]),
    ("$.data.list[0:1]", [{"n": 1}]),
    ("$.data.list[0,1].n", [1, 2]),
    ("$.data.list[?(@.n>1)].n", [2]),
    ("data.list", [{"n": 1}, {"n": 2}]),
    ("data['a-b']", 3),
    ("data.数据", None),
    ("dot.ted", 4),
    ("data.missing", UNDEFINED),
    ("$.data.list[*].missing", UNDEFINED),
    ("$[", UNDEFINED),
]


@pytest.mark.parametrize(("path", "value"), PATHS)
def test_reads_paths(path, value):
    assert at_path(ANSWER, path) == value


@pytest.fixture
async def service() -> AsyncIterator[TestServer]:
    async def echo(request: web.Request) -> web.Response:
        told = {
            "method": request.method,
            "query": dict(request.query),
            "body": (await request.read()).decode(),
            "auth": request.headers.get("Authorization", ""),
        }
        return web.json_response(told)

    async def moved(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        return web.Response(status=status, headers={"Location": request.query.get("to", "/echo")})

    async def around(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/round"})

    async def broken(request: web.Request) -> web.Response:
        return web.Response(status=502, text="secret details")

    async def large(request: web.Request) -> web.Response:
        return web.Response(text="x" * 5000)

    app = web.Application()
    app.router.add_route("*", "/echo", echo)
    app.router.add_route("*", "/moved/{status}", moved)
    app.router.add_get("/broken", broken)
    app.router.add_get("/round", around)
    app.router.add_get("/large", large)
    async with TestServer(app) as server:
        yield server


def asking(url: object, method: str = "GET", body: bytes | None = None) -> WebRequest:
    headers = {"Authorization": "Bearer s", "Host": "elsewhere"}
    return WebRequest(
        method=method, url=str(url), headers=headers, params=[("q", "你 好")], body=body, timeout_s=5
    )


CALLER = WebCaller(WebConfig(max_bytes=1000), allowed_hosts=["127.0.0.1"])


async def test_sends_and_parses(service):
    told = await CALLER(asking(service.make_url("/echo?a=1"), "PUT", b'{"x":1}'))
    assert told == {"method": "PUT", "query": {"a": "1", "q": "你 好"}, "body": '{"x":1}', "auth": "Bearer s"}


@pytest.mark.parametrize(("status", "method", "body"), [(302, "GET", ""), (307, "POST", "x")])
async def test_follows_redirects_as_browsers_do(service, status, method, body):
    told = await CALLER(asking(service.make_url(f"/moved/{status}"), "POST", b"x"))
    assert (told["method"], told["body"], told["auth"]) == (method, body, "Bearer s")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/broken", "status 502"),
        ("/large", "too large"),
        ("/moved/302?to=http://127.0.0.2/", "127.0.0.2 is not a public address"),
        ("/round", "more than 5 redirects"),
    ],
)
async def test_failures_are_told_in_words(service, path, words):
    request = asking(service.make_url(path))
    with pytest.raises(NodeFailed, match=words):
        await CALLER(WebRequest(method="GET", url=request.url, headers={}, params=[], body=None, timeout_s=5))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "http://u:p@a.example/",
    ],
)
async def test_goes_nowhere_inside_the_walls(url):
    with pytest.raises(NodeFailed):
        await WebCaller()(asking(url))
