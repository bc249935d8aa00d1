"""The interface's description in a real browser, with nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Page, expect
from tests.browser import OpenPage
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

SHOWN = """blocks => blocks.map(one =>
    one.querySelector('.opblock-summary-method').textContent + ' ' +
    one.querySelector('.opblock-summary-path').dataset.path)"""
STEP_PX = 500


async def shown(page: Page) -> AsyncGenerator[set[str], None]:
    """The operations in sight, from the top of the page to its end: it holds only a window of them."""
    await expect(page.locator(".opblock").first).to_be_visible()
    for _ in range(200):
        yield set(await page.locator(".opblock").evaluate_all(SHOWN))
        before = await page.evaluate("window.scrollY")
        await page.mouse.wheel(0, STEP_PX)
        await page.wait_for_timeout(50)
        if await page.evaluate("window.scrollY") == before:
            return


async def test_shows_every_operation(server: ServerProcess, open_page: OpenPage) -> None:
    with server.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    page = await open_page(f"{server.url}/docs")
    seen = set()
    async for some in shown(page):
        seen |= some
    assert seen == served


async def test_tries_an_operation_out(server: ServerProcess, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/docs")
    async for some in shown(page):
        if "GET /api/v1/health" in some:
            break
    operation = page.locator(".opblock", has_text="/api/v1/health")
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Execute").click()
    await expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
