"""A shop behind HTTP, by the paths of the contract (helpdesk 2.11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from yingda.business import wire
from yingda.business.failures import Broken, NothingThere, NotTheirs, Refused, ShopFailure, TimedOut
from yingda.business.records import Account, Member, Order, Return, Transaction

T = TypeVar("T")

_MAX_BODY_BYTES = 1 << 20
_REFUSALS = frozenset({400, 409, 422})
_LONGEST_DETAIL = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpShopConfig:
    """Where the shop is, how long one request may take, and the zone its customers live in."""

    base_url: str
    api_key: str = field(default="", repr=False)
    timeout_s: float = 10.0
    transaction_count: int = 200
    timezone: str = "Asia/Shanghai"


class HttpShop:
    """Implements `ShopSystem`: one request a call, never repeated; ids are escaped, redirects not followed.

    A time-out is `TimedOut`, any other failure of the shop or the way to it is `Broken`; only its own 404
    says that something is not there. A change carries its token as `Idempotency-Key`.
    """

    def __init__(self, session: aiohttp.ClientSession, config: HttpShopConfig) -> None:
        self._session = session
        self._config = config
        self._zone = ZoneInfo(config.timezone)
        self._timeout = aiohttp.ClientTimeout(total=config.timeout_s)

    async def order(self, order_id: str) -> Order:
        """As `ShopSystem` says."""
        return wire.order_from(await self._got(wire.OrderBody, "orders", order_id), self._zone)

    async def member(self, customer_id: str) -> Member:
        """As `ShopSystem` says."""
        return wire.member_from(await self._got(wire.MemberBody, "members", customer_id), customer_id)

    async def account(self, customer_id: str) -> Account:
        """As `ShopSystem` says."""
        return wire.account_from(await self._got(wire.AccountBody, "accounts", customer_id), customer_id)

    async def transactions(self, customer_id: str) -> tuple[Transaction, ...]:
        """As `ShopSystem` says; the shop may send more than are read."""
        bodies = await self._got(list[wire.TransactionBody], "accounts", customer_id, "transactions")
        found = (wire.transaction_from(body, self._zone) for body in bodies)
        newest_first = sorted(found, key=lambda one: one.at, reverse=True)
        return tuple(newest_first[: self._config.transaction_count])

    async def returns(self, customer_id: str) -> tuple[Return, ...]:
        """As `ShopSystem` says; what is somebody else's after all is left out."""
        url = self._url("returns").with_query(user_id=customer_id)
        bodies = _read(list[wire.ReturnBody], await self._asked("GET", url))
        found = (wire.return_from(body, self._zone) for body in bodies if body.user_id in ("", customer_id))
        return tuple(sorted(found, key=lambda one: one.requested_at, reverse=True))

    async def return_of(self, return_id: str) -> Return:
        """As `ShopSystem` says."""
        return wire.return_from(await self._got(wire.ReturnBody, "returns", return_id), self._zone)

    async def create_return(self, order_id: str, reason: str, customer_id: str, token: str) -> Return:
        """As `ShopSystem` says."""
        wanted = {"order_id": order_id, "reason": reason, "user_id": customer_id}
        body = _read(wire.ReturnBody, await self._asked("POST", self._url("returns"), token, wanted))
        return wire.return_from(body, self._zone)

    async def cancel_return(self, return_id: str, token: str) -> Return:
        """As `ShopSystem` says."""
        url = self._url("returns", return_id, "cancel")
        body = _read(wire.ReturnBody, await self._asked("POST", url, token, {}))
        return wire.return_from(body, self._zone)

    async def _got(self, kind: type[T], *path: str) -> T:
        return _read(kind, await self._asked("GET", self._url(*path)))

    def _url(self, *path: str) -> URL:
        if {"", ".", ".."} & set(path):
            raise NothingThere
        escaped = "/".join(quote(part, safe="") for part in path)
        return URL(f"{self._config.base_url.rstrip('/')}/{escaped}", encoded=True)

    async def _asked(
        self, method: str, url: URL, token: str = "", body: dict[str, str] | None = None
    ) -> bytes:
        headers = {"X-API-Key": self._config.api_key} if self._config.api_key else {}
        if token:
            headers["Idempotency-Key"] = token
        try:
            async with self._session.request(
                method, url, json=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                content = await _content(response)
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            # From None: aiohttp's errors carry the request headers, and so the key.
            raise Broken(type(error).__name__) from None
        if failure := _failure(response.status, content):
            raise failure
        return content


async def _content(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _MAX_BODY_BYTES:
            raise Broken("the shop sent a body without an end")
    return content


def _failure(status: int, content: bytes) -> ShopFailure | None:
    """What a status says; None where it says that all is well."""
    if 200 <= status < 300:
        return None
    if status == 404:
        return NothingThere()
    if status == 403:
        return NotTheirs()
    if status in _REFUSALS:
        return Refused(_detail(content))
    return TimedOut() if status == 504 else Broken(f"status {status}")


def _detail(content: bytes) -> str:
    """The shop's own words, where it gave some that can be shown."""
    try:
        told = TypeAdapter(dict[str, object]).validate_json(content)
    except ValidationError:
        return ""
    words = told.get("detail") or told.get("message")
    return words.strip(" 。.")[:_LONGEST_DETAIL] if isinstance(words, str) else ""


def _read(kind: type[T], content: bytes) -> T:
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError:
        raise Broken("the shop sent what nobody can read") from None
