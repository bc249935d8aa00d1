"""Wakes those who follow a conversation as soon as something happened to it, in whichever process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from yingda.errors import AnswerError
from yingda.handoff.log import DeskLog
from yingda.turns.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BellsConfig:
    """How often to look for what other processes wrote, and how far back: commits may come out of order."""

    every_s: float = 0.25
    overlap_s: float = 5.0


DEFAULTS = BellsConfig()


class Bells:
    """One per process. What this process writes rings at once; `run` finds what others wrote."""

    def __init__(self, log: DeskLog, clock: Clock, config: BellsConfig = DEFAULTS) -> None:
        self._log = log
        self._clock = clock
        self._config = config
        self._listening: dict[str, set[asyncio.Event]] = {}
        self._is_closing = False

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        """Wake everybody for the last time: the server goes down, and streams without an end hold it up."""
        self._is_closing = True
        for conversation_id in list(self._listening):
            self.ring(conversation_id)

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is something new; clear it before you look."""
        bell = asyncio.Event()
        self._listening.setdefault(conversation_id, set()).add(bell)
        try:
            yield bell
        finally:
            others = self._listening[conversation_id]
            others.discard(bell)
            if not others:
                del self._listening[conversation_id]

    def ring(self, conversation_id: str) -> None:
        """Wake all who follow the conversation here."""
        for bell in self._listening.get(conversation_id, ()):
            bell.set()

    async def run(self) -> None:
        """Look for the events of other processes while anybody listens, until cancelled."""
        known: dict[tuple[str, str], int] = {}
        while True:
            await asyncio.sleep(self._config.every_s)
            if self._listening:
                known = await self._looked(known)

    async def _looked(self, known: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        try:
            newest = await self._log.newest(self._clock.now() - timedelta(seconds=self._config.overlap_s))
        except AnswerError as error:
            log.warning("followers of conversations wait for the desk: %s", error)
            return known
        for place, number in newest.items():
            if known.get(place) != number:
                self.ring(place[1])
        return newest
