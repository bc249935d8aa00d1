"""Pages of an allowed origin may call, resume, and read what they need."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from yingda.app import open_parts
from yingda.settings import Settings
from yingda.site import build_site

PAGE = "https://page.example"
RESUMING = "accept,content-type,idempotency-key,last-event-id,orionstar-api-key"


@pytest.fixture
async def http(tmp_path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(home=tmp_path, api_key="k", allowed_origins=(PAGE,))
    async with open_parts(settings) as parts:
        transport = httpx.ASGITransport(build_site(parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield http


def preflight(origin: str) -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": RESUMING,
    }


async def test_the_preflight_of_a_resume_passes_without_a_key(http: httpx.AsyncClient):
    response = await http.options("/v1/ctai/query_text_chat", headers=preflight(PAGE))
    headers = response.headers
    assert (response.status_code, headers["access-control-allow-origin"]) == (200, PAGE)
    assert {"GET", "POST", "OPTIONS"} <= set(headers["access-control-allow-methods"].split(", "))
    assert headers["access-control-allow-headers"] == RESUMING
    assert int(headers["access-control-max-age"]) > 0


async def test_another_origin_does_not_pass(http: httpx.AsyncClient):
    response = await http.options("/v1/ctai/query_text_chat", headers=preflight("https://other.example"))
    assert (response.status_code, "access-control-allow-origin" in response.headers) == (400, False)


async def test_a_refusal_can_be_read_by_the_page(http: httpx.AsyncClient):
    response = await http.post("/v1/ctai/query_text_chat", json={}, headers={"origin": PAGE})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, PAGE)
    assert response.headers["access-control-expose-headers"] == "Retry-After, X-Request-Id"
