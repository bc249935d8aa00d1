"""Tokens that open one answer to a native EventSource, which can send no header (docqa 5.3)."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from yingda.dialects.docqa.note import note_from
from yingda.turns.events import TurnStarted
from yingda.turns.types import Principal

LIFE_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamToken:
    """What a token claims; nothing is believed before `opens` said so."""

    tenant: str
    key_id: str
    user_id: str | None
    signature: str

    @property
    def holder(self) -> Principal:
        """Whom the token stands for: the key that asked, with no more than the right to chat."""
        return Principal(
            tenant=self.tenant, key_id=self.key_id, roles=frozenset({"chat"}), user_id=self.user_id
        )

    def opens(self, started: TurnStarted, now: datetime) -> bool:
        """Whether it was made for this turn, which is not too long ago."""
        made = token_of(started)
        is_young = (now - started.at).total_seconds() <= LIFE_S
        if made is None or not is_young:
            return False
        return hmac.compare_digest(made.rpartition(".")[2].encode(), self.signature.encode())


def token_of(started: TurnStarted) -> str | None:
    """The turn's token, where one was asked for; always the same, so that a replay is byte-identical.

    Its key is the conversation's inner id: random, kept with the turn, and never shown by this dialect. So
    another process, or this one after a restart, knows it as well.
    """
    note = note_from(started.wire)
    if note is None or note.token_tenant is None:
        return None
    claims = json.dumps([note.token_tenant, note.key_id, note.user_id]).encode()
    signed = b"\n".join((b"chat_stream", started.turn_id.encode(), started.at.isoformat().encode(), claims))
    signature = hmac.new(started.conversation_id.encode(), signed, "sha256").hexdigest()
    return f"{urlsafe_b64encode(claims).decode().rstrip('=')}.{signature}"


def stream_token_from(token: str) -> StreamToken | None:
    """What a token claims; None where it is none."""
    claims, _, signature = token.rpartition(".")
    try:
        tenant, key_id, user_id = json.loads(urlsafe_b64decode(claims + "=="))
    except (ValueError, TypeError, RecursionError):
        return None
    if not (isinstance(tenant, str) and isinstance(key_id, str) and isinstance(user_id, str | None)):
        return None
    return StreamToken(tenant=tenant, key_id=key_id, user_id=user_id, signature=signature)
