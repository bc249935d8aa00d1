"""The sample shop on the first of March, a fresh file for each test."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from yingda.business.sample import SampleShop
from yingda.business.shop.database import make_shop
from yingda.testing import FrozenClock


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that nobody has touched."""
    path = tmp_path_factory.mktemp("stocked") / "shop.db"
    make_shop(path, date(2026, 3, 1))
    return path


@pytest.fixture
def shop_file(stocked: Path, tmp_path: Path) -> Path:
    """One shop for one test."""
    return Path(shutil.copy(stocked, tmp_path / "shop.db"))


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands still."""
    return FrozenClock()


@pytest.fixture
def shop(shop_file: Path, clock: FrozenClock) -> SampleShop:
    """The shop as a system."""
    return SampleShop(shop_file, clock)
