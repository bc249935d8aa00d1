"""A shop behind HTTP on a thread of its own, so that plain tests can talk to the server meanwhile."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from yingda.business.sample import SampleShop
from yingda.business.shop.database import make_shop
from yingda.testing.shop_server import Fault, ShopRequest, ShopServer
from yingda.turns.clock import SystemClock

WAIT_S = 20.0


class PlayedShop:
    """The sample shop over HTTP; `fault` may be set at any time."""

    def __init__(self, folder: Path) -> None:
        path = folder / "shop.db"
        make_shop(path, datetime.now(UTC).date())
        self._server = ShopServer(SampleShop(path, SystemClock()))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def settings(self) -> dict[str, str]:
        """What a server needs to ask this shop."""
        return {
            "BUSINESS_API_BASE_URL": self._server.base_url,
            "BUSINESS_API_KEY": "shop-key",
            "BUSINESS_API_TIMEOUT": "0.5",
        }

    @property
    def requests(self) -> list[ShopRequest]:
        """All that were asked, oldest first."""
        return self._server.requests

    def fails(self, fault: Fault | None) -> None:
        """From now on."""
        self._server.fault = fault

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.__aenter__(), self._loop).result(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._server.__aexit__(), self._loop).result(WAIT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
