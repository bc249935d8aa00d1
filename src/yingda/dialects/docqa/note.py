"""What a caller wants shown, as it rides with the turn's first event and comes back to the encoder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from yingda.dialects.docqa.wire import ChatRequest
from yingda.turns.types import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A turn's note on its caller; only the key in it may resume the answer.

    `token_tenant` is set where a token for a native EventSource was asked for; `id_last` puts a packet's id
    behind its data.
    """

    key_id: str
    user_id: str | None = None
    is_writing: bool = False
    cites: bool = True
    refs_in_packets: bool = True
    shows_phases: bool = False
    token_tenant: str | None = None
    id_last: bool = False

    def dump(self) -> str:
        """One line; equal notes give equal ones."""
        return json.dumps(asdict(self), separators=(",", ":"))


def note_for(chat: ChatRequest, caller: Principal) -> Note:
    """The note of a question."""
    return Note(
        key_id=caller.key_id,
        user_id=caller.user_id,
        is_writing=chat.category == "tpl_chat",
        cites=chat.enable_citation,
        refs_in_packets=chat.ref_mode == "packet+stop",
        shows_phases=chat.enable_progress,
        token_tenant=caller.tenant if chat.enable_eventsource else None,
        id_last=chat.line_order == "data,id",
    )


def note_from(wire: str) -> Note | None:
    """What `dump` wrote; None for a turn of another dialect."""
    return Note(**json.loads(wire)) if wire.startswith('{"key_id":') else None
