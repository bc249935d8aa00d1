"""Ids that sort by time: a store appends instead of writing all over its index."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from yingda.turns.types import ConversationId, TurnId

_RANDOM_BITS = 74
_VERSION, _VARIANT = 7, 0b10


def new_turn_id(at: datetime) -> TurnId:
    """32 hexadecimal digits: the second, then 96 random bits. Who is told a turn's id may go on with it."""
    return TurnId(f"{int(at.timestamp()) & 0xFFFFFFFF:08x}{os.urandom(12).hex()}")


def new_conversation_id(at: datetime) -> ConversationId:
    """By the millisecond (RFC 9562, version 7), in the usual form with dashes."""
    milliseconds = int(at.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return ConversationId(
        str(UUID(int=milliseconds << 80 | _VERSION << 76 | high << 64 | _VARIANT << 62 | low))
    )
