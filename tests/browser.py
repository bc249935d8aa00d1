"""A real browser on loopback, and pages that tell when they complain or reach for another server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Awaitable[Page]]


class Complaints:
    """Errors and warnings of the console (refused policies among them), exceptions, requests elsewhere."""

    def __init__(self, url: str, expected: str | None) -> None:
        self.heard: list[str] = []
        self._origin = urlsplit(url).netloc
        self._expected = expected

    def listen(self, page: Page) -> None:
        """Begin before the page loads."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        is_expected = self._expected is not None and self._expected in message.text
        if message.type in ("error", "warning") and not is_expected:
            self.heard.append(message.text)

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self._origin:
            self.heard.append(f"asked {request.url}")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's chromium, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """`await open_page(url, locale="zh-CN", ...)` opens a fresh profile; options are the browser context's.

    At the end no page may have complained, but for console messages that contain `expected`.
    """
    watched: list[Complaints] = []

    async def open_(url: str, expected: str | None = None, **options: Any) -> Page:
        context = await browser.new_context(**{"locale": "en-US", **options})
        page = await context.new_page()
        watched.append(Complaints(url, expected))
        watched[-1].listen(page)
        await page.goto(url)
        return page

    yield open_
    assert [complaints.heard for complaints in watched] == [[] for _ in watched]
