"""An open server answers its own pages and plain clients, not other sites' pages."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse

from yingda.web.security import OpenServerGuard, SecurityHeaders

HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FRIEND = "https://shop.example"


async def ask(headers, *, method="POST", is_open=True, scheme="http") -> httpx.Response:
    app = OpenServerGuard(PlainTextResponse("fine"), HOSTS, frozenset({FRIEND}), lambda: is_open)
    transport = httpx.ASGITransport(SecurityHeaders(app))
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://localhost:8000") as client:
        return await client.request(method, "/x", headers=headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Origin": FRIEND}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_who_may_change_something_on_an_open_server(headers, status):
    assert (await ask(headers)).status_code == status


async def test_reading_needs_no_origin_and_a_keyed_server_no_check():
    assert (await ask({"Origin": "http://evil.example"}, method="GET")).status_code == 200
    assert (await ask({"Origin": "http://evil.example", "Host": "x"}, is_open=False)).status_code == 200


async def test_every_response_carries_the_headers_refusals_too():
    for headers in ({}, {"Host": "evil.example"}):
        answer = await ask(headers)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers
    assert "strict-transport-security" in (await ask({}, scheme="https")).headers
