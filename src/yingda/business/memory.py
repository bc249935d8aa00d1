"""What a customer's conversation left open, from the records of its own turns."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from yingda.business.standing import FLOW, NOTHING_OPEN, Standing, load
from yingda.conversations.archive import Archive
from yingda.turns import codec
from yingda.turns.events import FlowAdvanced
from yingda.turns.record import record_from_events
from yingda.turns.types import Turn

_MARK = FlowAdvanced.__name__.encode()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryConfig:
    """How far back a topic is remembered, in turns."""

    turn_count: int = 8


class Memory:
    """Reads the standing that the newest completed turn with one wrote down.

    An errand stays open only for the turn right after it: once the talk went elsewhere, a mere "yes" has
    nothing to confirm any more, and only the topic is left. Raises `errors.StoreUnavailable`.
    """

    def __init__(self, archive: Archive, config: MemoryConfig = MemoryConfig()) -> None:
        self._archive = archive
        self._config = config

    async def recall(self, turn: Turn) -> Standing:
        """The standing before this turn."""
        if turn.number == 1:
            return NOTHING_OPEN
        page = await self._archive.turns(
            turn.principal, turn.dialect, turn.external_id, offset=0, limit=self._config.turn_count + 1
        )
        completed = [stored for stored in page.items if stored.ending == "TurnCompleted"]
        for back, stored in enumerate(reversed(completed)):
            if _MARK not in stored.lines:  # most turns are none of the counter's, and long
                continue
            record = record_from_events(codec.load(stored.lines))
            if record.flow is not None and record.flow.flow == FLOW:
                standing = _read(record.flow.state_json)
                return standing if back == 0 else replace(NOTHING_OPEN, topic=standing.done().topic)
        return NOTHING_OPEN


def _read(state_json: str) -> Standing:
    try:
        return load(state_json)
    except ValueError:
        log.warning("the standing of an earlier turn cannot be read; the errand begins anew")
        return NOTHING_OPEN
