"""The sample shop as a shop's system."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from yingda.business.failures import Broken, TimedOut
from yingda.business.sample import SampleShop, SampleShopConfig
from yingda.testing import FrozenClock
from yingda.testing.shop_suite import ShopSuite


class TestSampleShop(ShopSuite):
    """The suite over SQLite."""


async def test_b25_a_file_that_went_missing_is_a_failure_and_not_an_empty_shop(tmp_path: Path):
    with pytest.raises(Broken):
        await SampleShop(tmp_path / "gone.db", FrozenClock()).order("ORD-2024-001")


async def test_b25_a_locked_shop_is_a_time_out(shop_file: Path):
    shop = SampleShop(shop_file, FrozenClock(), SampleShopConfig(busy_timeout_s=0.05))
    with closing(sqlite3.connect(shop_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimedOut):
            await shop.create_return("ORD-2024-002", "不想要了", "u_10086", "t1")
