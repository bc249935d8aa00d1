"""A plain request takes the short way; every other one is the framework's, with its words."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from yingda.dialects.helpdesk.errors import error_body
from yingda.errors import Forbidden
from yingda.web.direct import DirectRoute, DirectRoutes
from yingda.web.limits import BodyLimiter, BodyLimits
from yingda.web.respond import ErrorResponses, json_response

ERRORS = ErrorResponses(error_body, {})


class Order(BaseModel):
    count: int


async def caller(request: Request) -> str:
    if request.headers.get("who") == "nobody":
        raise Forbidden("nobody may", field="who")
    return request.headers.get("who", "?")


Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=2)]


@pytest.fixture
async def http():
    app, router = FastAPI(), APIRouter(route_class=DirectRoute)

    @router.post("/orders")
    async def order(
        request: Request, who: Annotated[str, Depends(caller)], body: Order, key: Key = None
    ) -> Response:
        framework = "fastapi_inner_astack" in request.scope
        return json_response({"who": who, "count": body.count, "key": key, "framework": framework})

    @router.post("/broken")
    async def broken(body: Order) -> Response:
        raise ZeroDivisionError("secret")

    app.include_router(router)
    ERRORS.install(app)
    site = BodyLimiter(DirectRoutes(app, ERRORS), BodyLimits(), ERRORS)
    transport = httpx.ASGITransport(site, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield http


async def test_a_plain_request_takes_the_short_way(http):
    response = await http.post("/orders", json={"count": 3}, headers={"who": "ann"})
    assert response.json() == {"who": "ann", "count": 3, "key": None, "framework": False}


async def test_an_optional_header_is_the_frameworks(http):
    response = await http.post("/orders", json={"count": 3}, headers={"Idempotency-Key": "k1"})
    assert response.json() == {"who": "?", "count": 3, "key": "k1", "framework": True}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"count": "many"}', {}, 422),
        (b'{"count"', {}, 422),
        (b"", {}, 422),
        (b'{"count": 3}', {"Content-Type": "text/plain"}, 422),
        (b'{"count": 3}', {"Idempotency-Key": "k"}, 422),
        (b'{"count": 3}', {"who": "nobody"}, 403),
    ],
)
async def test_a_refusal_is_worded_in_one_place(http, body, headers, status):
    response = await http.post(
        "/orders", content=body, headers={"Content-Type": "application/json", **headers}
    )
    assert (response.status_code, list(response.json())) == (status, ["detail"])


async def test_a_bug_is_told_without_details(http):
    response = await http.post("/broken", json={"count": 3})
    assert (response.status_code, response.headers["Connection"]) == (500, "close")
    assert "secret" not in response.text


async def test_another_method_is_refused(http):
    assert (await http.put("/orders", json={"count": 3})).status_code == 405


async def test_the_description_says_all(http):
    operation = (await http.get("/openapi.json")).json()["paths"]["/orders"]["post"]
    assert [each["name"] for each in operation["parameters"]] == ["Idempotency-Key"]
    assert "requestBody" in operation
