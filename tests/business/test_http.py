"""A shop behind HTTP: the same as any other, and every way to fail told apart."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from yingda.business.failures import Broken, NotTheirs, TimedOut
from yingda.business.http import HttpShop, HttpShopConfig
from yingda.business.sample import SampleShop
from yingda.testing.shop_server import ShopRequest, ShopServer
from yingda.testing.shop_suite import ShopSuite


@pytest.fixture
async def server(shop_file, clock) -> AsyncIterator[ShopServer]:
    async with ShopServer(SampleShop(shop_file, clock)) as server:
        yield server


@pytest.fixture
async def shop(server: ShopServer) -> AsyncIterator[HttpShop]:
    async with aiohttp.ClientSession() as session:
        yield HttpShop(
            session, HttpShopConfig(base_url=server.base_url + "/", api_key="shop-key", timeout_s=0.5)
        )


class TestHttpShop(ShopSuite):
    """The suite over HTTP."""


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("hangs", TimedOut),
        ("fails", Broken),
        ("babbles", Broken),
        ("redirects", Broken),
        ("forbids", NotTheirs),
    ],
)
async def test_b25_every_failure_is_what_it_is(server, shop, fault, failure):
    server.fault = fault
    with pytest.raises(failure):
        await shop.order("ORD-2024-001")
    with pytest.raises(failure):
        await shop.create_return("ORD-2024-002", "不想要了", "u_10086", "t1")


async def test_b25_a_shop_that_is_not_there_is_a_failure():
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Broken):
            await HttpShop(session, HttpShopConfig(base_url="http://127.0.0.1:9")).order("ORD-2024-001")


async def test_b25_ids_are_escaped(server, shop):
    await shop.transactions("a b/../ü")
    assert server.requests == [
        ShopRequest("GET", "/shop/accounts/a%20b%2F..%2F%C3%BC/transactions", "shop-key", "")
    ]


async def test_a_change_carries_its_token_and_is_asked_for_once(server, shop):
    await shop.create_return("ORD-2024-002", "不想要了", "u_10086", "t1")
    assert server.requests == [ShopRequest("POST", "/shop/returns", "shop-key", "t1")]


async def test_an_order_without_an_owner_is_nobodys(server, shop):
    server.fault = "hides_owners"
    assert (await shop.order("ORD-2024-001")).customer_id == ""
