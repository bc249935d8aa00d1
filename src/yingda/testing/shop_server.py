"""A shop behind HTTP on loopback, for tests: the contract's paths over any `ShopSystem`, with faults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Self

import orjson
from aiohttp import web

from yingda.business.failures import NothingThere, Refused
from yingda.business.records import Account, Member, Order, Return, Transaction
from yingda.business.system import ShopSystem

Fault = Literal["hangs", "fails", "babbles", "hides_owners", "forbids", "redirects"]
Handler = Callable[[web.Request], Awaitable[Any]]

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ShopRequest:
    """One request as it arrived; `path` is still escaped."""

    method: str
    path: str
    key: str
    token: str


@dataclass
class ShopServer:
    """`async with ShopServer(shop) as server` listens on `server.base_url`; set `fault` at any time."""

    shop: ShopSystem
    fault: Fault | None = None
    requests: list[ShopRequest] = field(default_factory=list)
    base_url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        for method, path, handle in self._routes():
            app.router.add_route(method, path, partial(self._answer, handle))
        app.router.add_route("*", "/{elsewhere:.*}", partial(self._answer, _nowhere))
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, 0)
        await site.start()
        _, port, *_ = self._runner.addresses[0]
        self.base_url = f"http://{_HOST}:{port}/shop"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def _routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/shop/orders/{id}", self._order),
            ("GET", "/shop/members/{id}", self._member),
            ("GET", "/shop/accounts/{id}", self._account),
            ("GET", "/shop/accounts/{id}/transactions", self._transactions),
            ("GET", "/shop/returns", self._returns),
            ("GET", "/shop/returns/{id}", self._return),
            ("POST", "/shop/returns", self._create),
            ("POST", "/shop/returns/{id}/cancel", self._cancel),
        ]

    async def _answer(self, handle: Handler, request: web.Request) -> web.Response:
        key, token = request.headers.get("X-API-Key", ""), request.headers.get("Idempotency-Key", "")
        self.requests.append(ShopRequest(request.method, request.raw_path, key, token))
        if self.fault == "hangs":
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        failing = {"fails": 500, "forbids": 403, "redirects": 302, "hangs": 503}.get(self.fault or "")
        if failing:
            return web.json_response({"detail": "as told"}, status=failing, headers={"Location": "/"})
        if self.fault == "babbles":
            return web.Response(text="<html>it works</html>", content_type="text/html")
        try:
            body = await handle(request)
        except NothingThere:
            return web.json_response({"detail": "not found"}, status=404)
        except Refused as refused:
            return web.json_response({"detail": refused.detail}, status=409)
        if self.fault == "hides_owners":
            body = {name: value for name, value in body.items() if name != "user_id"}
        return web.Response(body=orjson.dumps(body, default=str), content_type="application/json")

    async def _order(self, request: web.Request) -> dict[str, Any]:
        return _order(await self.shop.order(request.match_info["id"]))

    async def _member(self, request: web.Request) -> dict[str, Any]:
        return _member(await self.shop.member(request.match_info["id"]))

    async def _account(self, request: web.Request) -> dict[str, Any]:
        return _account(await self.shop.account(request.match_info["id"]))

    async def _transactions(self, request: web.Request) -> list[dict[str, Any]]:
        return [_transaction(one) for one in await self.shop.transactions(request.match_info["id"])]

    async def _returns(self, request: web.Request) -> list[dict[str, Any]]:
        return [_return(one) for one in await self.shop.returns(request.query["user_id"])]

    async def _return(self, request: web.Request) -> dict[str, Any]:
        return _return(await self.shop.return_of(request.match_info["id"]))

    async def _create(self, request: web.Request) -> dict[str, Any]:
        wanted, token = await request.json(), request.headers["Idempotency-Key"]
        return _return(
            await self.shop.create_return(wanted["order_id"], wanted["reason"], wanted["user_id"], token)
        )

    async def _cancel(self, request: web.Request) -> dict[str, Any]:
        token = request.headers["Idempotency-Key"]
        return _return(await self.shop.cancel_return(request.match_info["id"], token))


async def _nowhere(request: web.Request) -> None:
    raise NothingThere


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "user_id": order.customer_id,
        "status": order.status,
        "amount": str(order.paid),
        "created_at": order.ordered_at,
        "shipped_at": order.shipped_at,
        "delivered_at": order.delivered_at,
        "items": [{"name": line.name, "quantity": line.quantity} for line in order.lines],
        "logistics": [
            {
                "tracking_number": parcel.number,
                "carrier": parcel.carrier,
                "status": parcel.status,
                "expected_on": parcel.expected_on,
                "steps": [
                    {"time": step.at, "place": step.place, "description": step.what} for step in parcel.steps
                ],
            }
            for parcel in order.parcels
        ],
        "receiver_name": order.receiver_name,
        "receiver_phone": order.receiver_phone,
        "receiver_address": order.receiver_address,
    }


def _member(member: Member) -> dict[str, Any]:
    return {
        "user_id": member.customer_id,
        "name": member.name,
        "phone": member.phone,
        "level": member.level,
        "points": member.points,
    }


def _account(account: Account) -> dict[str, Any]:
    return {"user_id": account.customer_id, "balance": str(account.balance)}


def _transaction(one: Transaction) -> dict[str, Any]:
    return {"type": one.kind, "amount": str(one.amount), "time": one.at, "order_id": one.order_id}


def _return(found: Return) -> dict[str, Any]:
    return {
        "return_id": found.return_id,
        "order_id": found.order_id,
        "user_id": found.customer_id,
        "reason": found.reason,
        "status": found.status,
        "refund_amount": str(found.refund),
        "created_at": found.requested_at,
    }
