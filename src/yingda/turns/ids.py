"""Ids that sort by time (RFC 9562, version 7): a store appends instead of writing all over its index."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from yingda.turns.types import ConversationId, TurnId

_RANDOM_BITS = 74
_VERSION, _VARIANT = 7, 0b10


def new_turn_id(at: datetime) -> TurnId:
    """32 hexadecimal digits, 74 bits of them random: no one guesses another's turn."""
    return TurnId(_time_ordered(at).hex)


def new_conversation_id(at: datetime) -> ConversationId:
    """In the usual form with dashes."""
    return ConversationId(str(_time_ordered(at)))


def _time_ordered(at: datetime) -> UUID:
    milliseconds = int(at.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | _VERSION << 76 | high << 64 | _VARIANT << 62 | low)
