"""The interface's description in a real browser, with nothing loaded from elsewhere."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from tests.browser import OpenPage
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.integration, pytest.mark.e2e]


async def test_shows_every_operation(server: ServerProcess, open_page: OpenPage) -> None:
    with server.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    page = await open_page(f"{server.url}/docs")
    await expect(page.locator(".opblock")).to_have_count(sum(len(methods) for methods in paths.values()))


async def test_tries_an_operation_out(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/docs")
    operation = page.locator(".opblock", has_text="/api/v1/health")
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Execute").click()
    await expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
