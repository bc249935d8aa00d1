"""Customers' own affairs: the shop that is asked, and the counter in front of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import aiohttp

from yingda.agents.business import Counter, CounterConfig
from yingda.business.http import HttpShop, HttpShopConfig
from yingda.business.memory import Memory
from yingda.business.sample import SampleShop, SampleShopConfig
from yingda.business.shop.database import FILE_NAME, make_shop
from yingda.business.shop.sales import KNOWN_CUSTOMER
from yingda.business.system import ShopSystem
from yingda.conversations.archive import Archive
from yingda.errors import Unavailable
from yingda.llm.types import ChatModel
from yingda.settings import Settings
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """A shop's system, what its conversations left open, and how its customers are dealt with."""

    shop: ShopSystem
    memory: Memory
    config: CounterConfig

    def counter(self, documents: Answerer, model: ChatModel | None) -> Counter:
        """The agent; `documents` tell what holds for everybody, `model` reads what the rules cannot."""
        return Counter(self.shop, self.memory, documents, self.config, model)


async def open_business(
    settings: Settings, http: aiohttp.ClientSession, archive: Archive, clock: Clock
) -> Business:
    """The shop behind HTTP where one is set, else the sample shop, made at the first start.

    Raises `Unavailable`: a sample shop never stands in for a real one.
    """
    memory, confirm_s = Memory(archive), settings.business_confirm_s
    if _is_http(settings):
        config = CounterConfig(confirm_s=confirm_s, timezone=settings.timezone)
        return Business(shop=HttpShop(http, _door(settings)), memory=memory, config=config)
    path = settings.home / FILE_NAME
    today = clock.now().astimezone(ZoneInfo(settings.timezone)).date()
    await asyncio.to_thread(make_shop, path, today)
    guest_id = KNOWN_CUSTOMER if settings.sample_shop_guests else None
    return Business(
        shop=SampleShop(path, clock, SampleShopConfig(timezone=settings.timezone)),
        memory=memory,
        config=CounterConfig(confirm_s=confirm_s, guest_id=guest_id, timezone=settings.timezone),
    )


def _is_http(settings: Settings) -> bool:
    mode, address = settings.business_adapter_mode, settings.business_api_base_url
    if mode == "http" and not address:
        raise Unavailable("BUSINESS_ADAPTER_MODE is http, but BUSINESS_API_BASE_URL is empty")
    return mode != "mock" and bool(address)


def _door(settings: Settings) -> HttpShopConfig:
    return HttpShopConfig(
        base_url=settings.business_api_base_url,
        api_key=settings.business_api_key.get_secret_value(),
        timeout_s=settings.business_api_timeout_s,
        timezone=settings.timezone,
    )
