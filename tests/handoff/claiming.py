"""A process of ten operators who take whatever waits, at once, until nobody waits: prints what each got."""

from __future__ import annotations

import asyncio
import json
import sys

from yingda.errors import NotFound
from yingda.handoff.bells import Bells
from yingda.handoff.log import DeskLog
from yingda.handoff.operating import DeskConfig, OperatorDesk
from yingda.storage.sql import open_database
from yingda.turns.clock import SystemClock
from yingda.turns.types import ALL_ROLES, Principal

OPERATORS = 10
SHOP = Principal(tenant="shop", key_id="k1", roles=ALL_ROLES)


class NoConversations:
    """Handovers of a store that has none: the desk alone decides who holds what."""

    async def hand_over(self, principal, conversation_id, status, *, expected):
        raise NotFound("no such conversation")

    async def add_note(self, principal, conversation_id, note):
        raise NotFound("no such conversation")

    async def notes(self, principal, conversation_id):
        raise NotFound("no such conversation")


def desk_over(database, clock=None, config=None) -> OperatorDesk:
    """The operators' side of the desk, over that database."""
    clock = clock or SystemClock()
    bells = Bells(DeskLog(database), clock)
    return OperatorDesk(database, NoConversations(), bells, clock, config or DeskConfig(capacity=1000))


async def take_all(desk: OperatorDesk, name: str) -> list[str]:
    taken = []
    while (handoff := await desk.claim_next(SHOP, name)) is not None:
        taken.append(handoff.conversation_id)
    return taken


async def main(url: str, process: str) -> None:
    async with open_database(url) as database:
        print("ready", flush=True)
        sys.stdin.readline()
        desk = desk_over(database)
        got = await asyncio.gather(*(take_all(desk, f"{process}-{n}") for n in range(OPERATORS)))
    print(json.dumps([one for each in got for one in each]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
