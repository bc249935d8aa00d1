"""One turn at a time per conversation, within a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from weakref import WeakValueDictionary

from yingda.errors import ConversationBusy


class Turnstile:
    """Lets one turn of a conversation in; the next ones wait in line for up to `wait_s`."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def enter(self, tenant: str, dialect: str, external_id: str | None) -> Callable[[], None]:
        """Wait for the conversation to be free, return what lets the next one in.

        A conversation without a name is new, so nobody else can be in it. Raises ConversationBusy.
        """
        if external_id is None:
            return _nothing
        lock = self._locks.setdefault((tenant, dialect, external_id), asyncio.Lock())
        try:
            async with asyncio.timeout(self._wait_s):
                await lock.acquire()
        except TimeoutError:
            raise ConversationBusy("another turn of this conversation is running", retry_after_s=1) from None
        return lock.release


def _nothing() -> None:
    """There was nothing to hold."""
