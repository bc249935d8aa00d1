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


def repeat_key(principal: Principal, request: TurnRequest) -> tuple[str, ...] | None:
    """The name that a request shares with its repeats; without a conversation or a key it has none.

    Two people may well open two conversations with the same words at the same time.
    """
    scope = (principal.tenant, principal.user_id or "", request.dialect)
    if request.idempotency_key is not None:
        return (*scope, "key", request.idempotency_key)
    if request.external_id is not None:
        return (*scope, "body", fingerprint_of(request))
    return None
