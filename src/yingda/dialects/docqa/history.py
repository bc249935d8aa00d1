"""A stored turn as `query_chat_history` shows it (docqa 4)."""

from __future__ import annotations

from typing import Any

from yingda.conversations.store import StoredTurn
from yingda.dialects.docqa.answer import composed
from yingda.dialects.docqa.note import note_from
from yingda.dialects.docqa.shown import illegal_status, references, return_type
from yingda.turns import codec
from yingda.turns.record import record_from_events


def history_entry(stored: StoredTurn) -> dict[str, Any]:
    """Question and answer with its documents; `status` tells how the turn ended, times are Unix seconds."""
    record = record_from_events(codec.load(stored.lines))
    note = note_from(record.started.wire) if record.started else None
    text, answer = composed(record, cites=note is None or note.cites)
    return {
        "msg_id": f"{stored.turn_id}-0",
        "turn_no": str(stored.number),
        "query_text": stored.text,
        "answer_text": text,
        "ref_doc_list": references(record, [one.citation for one in answer.placed]),
        "follow_up_list": list(record.suggestions),
        "illegal_status": illegal_status(record),
        "return_type": return_type(record, is_writing=note is not None and note.is_writing),
        "status": (stored.ending or "TurnRunning").removeprefix("Turn").lower(),
        "create_time": str(int(stored.started_at.timestamp())),
        "finish_time": str(int(record.ending.at.timestamp())) if record.ending else "",
    }
