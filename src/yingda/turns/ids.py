"""Ids that sort by time: a store appends instead of writing all over its index."""

from __future__ import annotations

import os
from datetime import datetime

from yingda.turns.types import ConversationId, TurnId

_RANDOM_BYTES = 12
_DRAWS_AT_ONCE = 256
_VERSION, _VARIANT = 7, 0b10


def new_turn_id(at: datetime) -> TurnId:
    """32 hexadecimal digits: the second, then 96 random bits. Who is told a turn's id may go on with it."""
    return TurnId(f"{int(at.timestamp()) & 0xFFFFFFFF:08x}{_random().hex()}")


def new_conversation_id(at: datetime) -> ConversationId:
    """By the millisecond (RFC 9562, version 7), in the usual form with dashes."""
    milliseconds, random = int(at.timestamp() * 1000), int.from_bytes(_random())
    high, low = random >> 84, random & ((1 << 62) - 1)
    digits = f"{milliseconds << 80 | _VERSION << 76 | high << 64 | _VARIANT << 62 | low:032x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return ConversationId("-".join(parts))


_drawn: list[bytes] = []
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> bytes:
    """From the system, asked for many at once: each time it is asked, other threads take the interpreter."""
    try:
        return _drawn.pop()
    except IndexError:
        fresh = os.urandom(_RANDOM_BYTES * _DRAWS_AT_ONCE)
        _drawn.extend(
            fresh[start : start + _RANDOM_BYTES] for start in range(_RANDOM_BYTES, len(fresh), _RANDOM_BYTES)
        )
        return fresh[:_RANDOM_BYTES]
