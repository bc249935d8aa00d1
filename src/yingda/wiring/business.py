"""Customers' own affairs: the shop that is asked, and the counter in front of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from yingda.agents.business import Counter, CounterConfig
from yingda.business.memory import Memory
from yingda.business.sample import SampleShop, SampleShopConfig
from yingda.business.shop.database import FILE_NAME, make_shop
from yingda.business.shop.sales import KNOWN_CUSTOMER
from yingda.business.system import ShopSystem
from yingda.conversations.archive import Archive
from yingda.settings import Settings
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """A shop's system, what its conversations left open, and how its customers are dealt with."""

    shop: ShopSystem
    memory: Memory
    config: CounterConfig

    def counter(self, documents: Answerer) -> Counter:
        """The agent; `documents` tell what holds for everybody."""
        return Counter(self.shop, self.memory, documents, self.config)


async def open_business(settings: Settings, archive: Archive, clock: Clock) -> Business:
    """The sample shop, made at the first start."""
    path = settings.home / FILE_NAME
    today = clock.now().astimezone(ZoneInfo(settings.timezone)).date()
    await asyncio.to_thread(make_shop, path, today)
    return Business(
        shop=SampleShop(path, clock, SampleShopConfig(timezone=settings.timezone)),
        memory=Memory(archive),
        config=CounterConfig(
            confirm_s=settings.business_confirm_s,
            guest_id=KNOWN_CUSTOMER if settings.sample_shop_guests else None,
        ),
    )
