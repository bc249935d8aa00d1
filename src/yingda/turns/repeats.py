"""What makes two requests the same request."""

from __future__ import annotations

import hashlib

from yingda.turns.options import PLAIN
from yingda.turns.types import Principal, TurnRequest


def fingerprint_of(request: TurnRequest) -> str:
    """A digest of all that the caller asked; equal for a repeat, whoever sends it."""
    parts = (
        request.dialect,
        request.external_id,
        request.channel,
        request.user_id,
        request.text,
        request.wire,
        None if request.options == PLAIN else request.options,
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def is_repeatable(request: TurnRequest) -> bool:
    """Whether it has a name to be known by again: a conversation or a key.

    Two people may well open two conversations with the same words at the same time.
    """
    return request.idempotency_key is not None or request.external_id is not None


def repeat_key(principal: Principal, request: TurnRequest, fingerprint: str) -> tuple[str, ...]:
    """The name that a repeatable request shares with its repeats."""
    scope = (principal.tenant, principal.user_id or "", request.dialect)
    if request.idempotency_key is not None:
        return (*scope, "key", request.idempotency_key)
    return (*scope, "body", fingerprint)
