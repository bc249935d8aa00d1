"""Text with stage markers → stage events and plain text, for any answerer whose text begins with a marker."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from yingda.fastgpt.codes import Codes
from yingda.fastgpt.markers import MarkerConfig, MarkerParser, StageCode
from yingda.turns.answerer import Answerer
from yingda.turns.events import StageEntered, TextDelta, TurnEvent
from yingda.turns.types import Turn

log = logging.getLogger(__name__)

Transfer = Callable[[Turn, str], Awaitable[Sequence[TurnEvent]]]
"""Puts a call in the queue of the desk for the reason that a code names, and tells what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """How markers are read, and what they mean.

    `flow` is the name that stages are reported under. A code in `handoffs` hands the call to the desk.
    `missing_marker`: a reply without one says nothing of its stage, or what the last one said.
    """

    flow: str = "fastgpt"
    markers: MarkerConfig = field(default_factory=MarkerConfig)
    handoffs: frozenset[str] = frozenset({"0001", "0002", "0003"})
    missing_marker: Literal["none", "last"] = "none"


class StageReader:
    """One reply's. `code` is the last code as reported; codes without a name are counted in `unnamed`."""

    def __init__(self, codes: Codes, config: StageConfig, unnamed: Counter[str]) -> None:
        self.code: str | None = None
        self.has_spoken = False
        self._codes = codes
        self._config = config
        self._unnamed = unnamed
        self._parser = MarkerParser(config.markers)

    @property
    def flow(self) -> str:
        """The name that stages are reported under."""
        return self._config.flow

    def read(self, text: str) -> Iterator[StageEntered | TextDelta]:
        """What this piece lets go."""
        return self._told(self._parser.feed(text))

    def end(self, last: str | None = None) -> Iterator[StageEntered | TextDelta]:
        """What was held back; then `last`, where that stands in for a missing marker."""
        yield from self._told(self._parser.end())
        if self.code is None and last is not None and self._config.missing_marker == "last":
            yield self.entered(last)

    def entered(self, code: str) -> StageEntered:
        """The stage of a reported code."""
        self.code, label = code, self._codes.label(code)
        if not label:
            self._unnamed[code] += 1
            log.warning("stage code %s has no name yet", code)
        return StageEntered(flow=self._config.flow, stage=code, code=code, label=label)

    def _told(self, pieces: Sequence[StageCode | str]) -> Iterator[StageEntered | TextDelta]:
        for piece in pieces:
            if isinstance(piece, str):
                self.has_spoken = True
                yield TextDelta(text=piece)
            elif (code := self._codes.reported(piece.code)) != self.code:
                yield self.entered(code)


def with_stages(
    answer: Answerer, codes: Codes, config: StageConfig, transfer: Transfer | None, unnamed: Counter[str]
) -> Answerer:
    """Reads the markers in the text of `answer`; all its other events pass as they are."""

    async def staged(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        reader = StageReader(codes, config, unnamed)
        async with aclosing(answer(turn)) as events:
            async for event in events:
                told = reader.read(event.text) if isinstance(event, TextDelta) else iter((event,))
                for one in told:
                    yield one
                    for handed_over in await consequences(turn, one, config, transfer):
                        yield handed_over
        for one in reader.end():
            yield one
            for handed_over in await consequences(turn, one, config, transfer):
                yield handed_over

    return staged


async def consequences(
    turn: Turn, event: TurnEvent, config: StageConfig, transfer: Transfer | None
) -> Sequence[TurnEvent]:
    """What follows a stage that hands over."""
    if transfer is None or not isinstance(event, StageEntered) or event.code not in config.handoffs:
        return ()
    return await transfer(turn, event.code)
