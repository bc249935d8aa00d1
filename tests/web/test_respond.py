"""Errors as responses."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from yingda.dialects.helpdesk.errors import error_body
from yingda.web.respond import ErrorResponses


async def test_a_bug_is_500_without_details_and_says_that_the_connection_ends() -> None:
    app = FastAPI()
    ErrorResponses(error_body, {}).install(app)

    @app.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError("secret")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        response = await http.get("/bug")
    assert (response.status_code, response.json()) == (500, {"detail": "内部错误，请稍后重试"})
    assert response.headers["Connection"] == "close"
